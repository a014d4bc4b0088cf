"""What the loopback peer's services share: whose signature it is, and how a call is refused."""

from collections.abc import Sequence
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fabric_protos.gateway import gateway_pb2
from fabric_protos.msp import identities_pb2
from google.protobuf import any_pb2


class Refusal(Exception):
    """Ends a call with a gRPC status; `peers` are (address, MSP id, message)."""

    def __init__(self, code: grpc.StatusCode, message: str, peers: Sequence[tuple[str, str, str]] = ()) -> None:
        super().__init__(message)
        self.code, self.message, self.peers = code, message, peers


def verify(creator: bytes, message: bytes, signature: bytes) -> None:
    identity = identities_pb2.SerializedIdentity.FromString(creator)
    key = x509.load_pem_x509_certificate(identity.id_bytes).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature, message, ec.ECDSA(hashes.SHA256()))


class _Status(grpc.Status):  # type: ignore[misc]
    def __init__(self, code: grpc.StatusCode, details: str, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self.code, self.details, self.trailing_metadata = code, details, metadata


def abort(context: Any, refusal: Refusal) -> Any:
    metadata = (("grpc-status-details-bin", status_bytes(refusal)),) if refusal.peers else ()
    context.abort_with_status(_Status(refusal.code, refusal.message, metadata))


def status_bytes(refusal: Refusal) -> bytes:
    """Write google.rpc.Status by hand: a second opinion on what the client reads."""
    details = b""
    for address, msp_id, message in refusal.peers:
        packed = any_pb2.Any()
        packed.Pack(gateway_pb2.ErrorDetail(address=address, msp_id=msp_id, message=message))
        details += b"\x1a" + _delimited(packed.SerializeToString())
    return b"\x08" + bytes([refusal.code.value[0]]) + b"\x12" + _delimited(refusal.message.encode()) + details


def _delimited(content: bytes) -> bytes:
    length, varint = len(content), b""
    while length > 0x7F:
        varint += bytes([length & 0x7F | 0x80])
        length >>= 7
    return varint + bytes([length]) + content
