"""What to tell the operator about a peer that could not connect: it is mostly a setting of that peer's package."""

import ssl

PLAIN_TEXT = (
    "a peer spoke plain text, but this service wants TLS: set tls_required to true in the connection.json of that "
    "peer's package (absent means false), or CHAINCODE_TLS_DISABLED to true here"
)
NO_CERTIFICATE = (
    "a peer showed no certificate: set client_auth_required, client_cert and client_key in the connection.json of "
    "that peer's package"
)
FOREIGN_CERTIFICATE = (
    "a peer showed a certificate which CHAINCODE_CLIENT_CA_CERT does not cover: the client_cert of its "
    "connection.json must be in that file, or issued by a CA in it, and not have expired"
)
_TRUST = (
    "the root_cert of its connection.json must be the CA that issued CHAINCODE_TLS_CERT, and the host of its address "
    "must be among that certificate's names"
)
NOT_TRUSTED = f"a peer does not trust this service's certificate: {_TRUST}"
LEFT = f"a peer left during the TLS handshake, as some do that do not trust this service's certificate: {_TRUST}"
TLS = (
    "a peer spoke TLS, but this service speaks plain text: give the service certificates, or set tls_required to "
    "false in the connection.json of that peer's package"
)
NOT_HTTP_2 = "a connection that does not speak HTTP/2, as gRPC does, was closed"
NO_HTTP_2_AGREED = "a connection whose TLS did not agree on HTTP/2 (ALPN 'h2'), as gRPC's does, was closed"
TOO_SLOW = "a peer did not finish the TLS handshake in time"
HANDSHAKE_FAILED = "the TLS handshake with a peer failed"

_REASONS = {
    "HTTP_REQUEST": PLAIN_TEXT,
    "WRONG_VERSION_NUMBER": PLAIN_TEXT,
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": NO_CERTIFICATE,
    "CERTIFICATE_VERIFY_FAILED": FOREIGN_CERTIFICATE,
    "TLSV1_ALERT_UNKNOWN_CA": NOT_TRUSTED,
    "SSLV3_ALERT_BAD_CERTIFICATE": NOT_TRUSTED,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": NOT_TRUSTED,
}
"""What OpenSSL's names of errors mean here."""

_TLS_RECORD = b"\x16\x03"


def of_handshake(fault: Exception) -> str:
    """Say why a TLS handshake failed."""
    if isinstance(fault, ssl.SSLError):
        return _REASONS.get(fault.reason or "", HANDSHAKE_FAILED)
    if isinstance(fault, TimeoutError | ConnectionAbortedError):  # the loop's own word for it
        return TOO_SLOW
    return LEFT


def of_first_bytes(data: bytes) -> str:
    """Say what it is that begins a connection in the place of HTTP/2's preface."""
    return TLS if data.startswith(_TLS_RECORD) else NOT_HTTP_2
