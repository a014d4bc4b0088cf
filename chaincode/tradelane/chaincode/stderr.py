"""Standard error as records of the log.

gRPC's own library writes there, above all when a TLS handshake fails, and so does whatever else prints.
The file descriptor itself is exchanged for a pipe, since the library is no Python. Should the process be killed, the
last lines in that pipe are lost; those of a crash are not, for Python's fault handler writes past it.
"""

import contextlib
import faulthandler
import logging
import os
import re
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

_STDERR = 2
_JOIN_SECONDS = 1.0
_LINE = re.compile(r"^(?P<level>[IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ (?P<place>[^\]]+)\] (?P<text>.*)$")
_LEVELS = {"I": logging.INFO, "W": logging.WARNING, "E": logging.ERROR, "F": logging.CRITICAL}

_PLAIN_TEXT = (
    "a peer spoke plain text, but this service wants TLS: set tls_required to true in the connection.json of that "
    "peer's package (absent means false), or CHAINCODE_TLS_DISABLED to true here"
)
_NO_CERTIFICATE = (
    "a peer showed no certificate: set client_auth_required, client_cert and client_key in the connection.json of "
    "that peer's package"
)
_FOREIGN_CERTIFICATE = (
    "a peer showed a certificate which CHAINCODE_CLIENT_CA_CERT does not cover: the client_cert of its "
    "connection.json must be in that file, or issued by a CA in it, and not have expired"
)
_EXPLAINED = {
    "WRONG_VERSION_NUMBER": _PLAIN_TEXT,
    "HTTP_REQUEST": _PLAIN_TEXT,
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": _NO_CERTIFICATE,
    "CERTIFICATE_VERIFY_FAILED": _FOREIGN_CERTIFICATE,
}
"""What names of BoringSSL's errors mean here."""

_grpc_log = logging.getLogger("grpc")
_other_log = logging.getLogger("stderr")


@contextlib.contextmanager
def captured_stderr() -> Iterator[TextIO]:
    """Turn lines on standard error into records within the block; yield the true one, for the log itself."""
    true_error = os.dup(_STDERR)
    stream = os.fdopen(true_error, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    reader, writer = os.pipe()
    os.dup2(writer, _STDERR)
    os.close(writer)
    faulthandler.enable(file=true_error)
    thread = threading.Thread(target=_forward, args=(reader,), name="stderr", daemon=True)
    thread.start()
    try:
        yield stream
    finally:
        sys.stderr.flush()
        os.dup2(true_error, _STDERR)
        faulthandler.disable()
        thread.join(_JOIN_SECONDS)  # a child process may still hold the pipe open


def _forward(reader: int) -> None:
    with os.fdopen(reader, encoding="utf-8", errors="backslashreplace") as lines:
        for line in lines:
            _record(line.rstrip("\n"))


def _record(line: str) -> None:
    found = _LINE.match(line)
    if found is None:
        _other_log.warning("%s", line)
        return
    text = found["text"]
    for mark, advice in _EXPLAINED.items():
        if mark in text:
            _grpc_log.warning(advice, extra={"cause": text})
            return
    _grpc_log.log(_LEVELS[found["level"]], "%s", text, extra={"place": found["place"]})
