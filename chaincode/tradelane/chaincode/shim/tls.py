"""The server's TLS files, and their exchange for renewed ones while it runs.

Before each handshake it is looked whether there are others. Connections that stand keep the one they began with. Files
that do not fit together, as in the moment between the renewal of one and of the next, change nothing.
"""

import logging
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tradelane.chaincode.shim.errors import CannotServe

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2: what HTTP/2 allows of it (RFC 9113, appendix A)."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of a server, mutually authenticated unless it is told to let anybody in.

    Attributes:
        key: The server's private key, not encrypted.
        certificate: Its certificate, followed by those between it and its root.
        client_ca: Peers must show one of these certificates, or one that one of these issued. None asks them for none,
            and then whoever reaches the address can play the peer.
    """

    key: Path
    certificate: Path
    client_ca: Path | None

    @property
    def all(self) -> tuple[Path, ...]:
        """The files."""
        return tuple(each for each in (self.key, self.certificate, self.client_ca) if each is not None)


class _Read(NamedTuple):
    """What the files held, as TLS wants it, and what the log says about the certificate."""

    context: ssl.SSLContext
    fields: dict[str, str]


class Credentials:
    """What the server shows and whom it lets in, by files that may be replaced at any time.

    Raises:
        CannotServe: A file is missing or holds something else, or key and certificate are not a pair.
    """

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._seen = self._look()
        read = _read(files)
        self._context = read.context
        _log.info("TLS certificate loaded", extra=read.fields)

    def context(self) -> ssl.SSLContext:
        """Return what the next handshake is to be made with: of renewed files, if there are any that can be used."""
        try:
            state = self._look()
            if state == self._seen:
                return self._context
            renewed = _read(self._files)
        except CannotServe as error:
            _log.error("the TLS files were replaced and cannot be used, keeping those from before: %s", error)
            return self._context
        self._seen = state
        self._context = renewed.context
        _log.info("the TLS files were replaced and are used from now on", extra=renewed.fields)
        return self._context

    def _look(self) -> tuple[tuple[int, int, int], ...]:
        try:
            found = [path.stat() for path in self._files.all]
        except OSError as error:
            raise _unreadable(error) from error
        return tuple((each.st_mtime_ns, each.st_ino, each.st_size) for each in found)


def _read(files: TlsFiles) -> _Read:
    try:
        return _read_all(files)
    except CannotServe:
        raise
    except Exception as error:  # whatever a parser raises: it may cost no connection
        raise CannotServe(f"the TLS files hold what cannot be used: {error}") from error


def _read_all(files: TlsFiles) -> _Read:
    try:
        key, certificate = files.key.read_bytes(), files.certificate.read_bytes()
        client_ca = files.client_ca.read_bytes() if files.client_ca is not None else None
    except OSError as error:
        raise _unreadable(error) from error
    leaf = _certificates(certificate, files.certificate)[0]
    trusted = _certificates(client_ca, files.client_ca) if client_ca is not None else None
    if _private_key(key, files.key).public_key() != leaf.public_key():
        raise CannotServe(f"the TLS key {files.key} does not belong to the certificate {files.certificate}")
    if leaf.not_valid_after_utc < datetime.now(UTC):
        _log.error("the TLS certificate has expired: peers will refuse it", extra={"file": str(files.certificate)})
    context = _context(files, trusted)
    return _Read(context, {"serial": f"{leaf.serial_number:x}", "expires": leaf.not_valid_after_utc.isoformat()})


def _context(files: TlsFiles, trusted: list[x509.Certificate] | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["h2"])
    context.verify_mode = ssl.CERT_REQUIRED if trusted is not None else ssl.CERT_NONE
    # A peer's own certificate may be what is trusted, not only a CA's.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # No tickets: a session is known to this context alone, and ends with the files it was made of.
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.num_tickets = 0
    try:
        if trusted is not None:  # the certificates alone: OpenSSL's own reader takes no text around them but ASCII
            encoded = [each.public_bytes(serialization.Encoding.DER) for each in trusted]
            context.load_verify_locations(cadata=b"".join(encoded))
        context.load_cert_chain(files.certificate, files.key, password="")
    except (ssl.SSLError, ValueError) as error:  # such as those of a renewal between two looks at them
        raise CannotServe(f"the TLS files cannot be used together: {error}") from error
    except OSError as error:
        raise _unreadable(error) from error
    return context


def _certificates(pem: bytes, path: Path | None) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise CannotServe(f"the TLS file {path} holds no PEM certificate") from error


def _private_key(pem: bytes, path: Path) -> Any:  # noqa: ANN401 - any kind of key
    try:
        return serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise CannotServe(
            f"the TLS file {path} holds no PEM private key that can be read without a password"
        ) from error


def _unreadable(error: OSError) -> CannotServe:
    return CannotServe(f"cannot read the TLS file {error.filename}: {error.strerror}")
