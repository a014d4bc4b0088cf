"""The client's TLS: whom it trusts, and what it shows. The private key stays in memory."""

import contextlib
import os
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tradelane.gateway.profile import TlsMaterial

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2: what HTTP/2 allows of it (RFC 9113, appendix A)."""

_IN_MEMORY = Path("/proc/self/fd")


def context_of(tls: TlsMaterial) -> ssl.SSLContext:
    """Return the context of mutually authenticated connections.

    Args:
        tls: What `transport.refuse_unusable` lets pass.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["h2"])
    # The profile's roots may be the certificate of an intermediate authority.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.load_verify_locations(cadata=tls.roots.decode("ascii", "replace"))
    with _as_file(tls.certificate + b"\n" + tls.key) as path:
        context.load_cert_chain(path, password="")
    return context


@contextlib.contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """Give content a path, which OpenSSL wants: without a disk where the system has such files."""
    if hasattr(os, "memfd_create") and _IN_MEMORY.exists():
        descriptor, path = os.memfd_create("tls", os.MFD_CLOEXEC), None
    else:
        descriptor, path = tempfile.mkstemp()  # of mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            yield path or str(_IN_MEMORY / str(descriptor))
    finally:
        if path is not None:
            Path(path).unlink()
