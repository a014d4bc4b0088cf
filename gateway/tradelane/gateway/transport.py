"""What is asked of gRPC's library: credentials, options, how a failed call reads; and what calls without it share."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

import grpc
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from tradelane.gateway.envelope import peer_details
from tradelane.gateway.errors import IdentityError, InputError, PeerDetail, ProfileError
from tradelane.gateway.faults import LEFT
from tradelane.gateway.profile import Profile, TlsMaterial
from tradelane.gateway.rpc import Failure

_MESSAGE_LIMIT_BYTES: Final = 100 * 1024 * 1024
"""Fabric's own limit of a message."""

WINDOW_BYTES: Final = 4 * 1024 * 1024
"""HTTP/2's window of one stream."""

_CONNECTING: Final = (
    # A peer that restarts is back in seconds; gRPC alone would let it wait for up to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    # A connection that a firewall dropped silently is noticed, a little less often than peers allow by default.
    ("grpc.keepalive_time_ms", 90_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    # What a peer may send of a stream before anybody wants it. gRPC alone lets it grow with the connection's speed, and
    # a slow consumer of events would fill memory.
    ("grpc.http2.lookahead_bytes", WINDOW_BYTES),
    ("grpc.http2.bdp_probe", 0),
    # What is tried again is for `retry` to say, and its caller sees each attempt. gRPC's own retries are not seen, and
    # take a tenth of its time also where nothing is tried again.
    ("grpc.enable_retries", 0),
)

_DETAILS_KEY: Final = "grpc-status-details-bin"


def credentials(tls: TlsMaterial) -> Any:  # noqa: ANN401 -- gRPC ships no types
    """Return channel credentials for a mutually authenticated connection.

    Raises:
        ProfileError: TLS_ROOTS_MALFORMED.
        IdentityError: TLS_CERTIFICATE_MALFORMED, TLS_KEY_MISMATCH.
    """
    refuse_unusable(tls)
    return grpc.ssl_channel_credentials(
        root_certificates=tls.roots, private_key=tls.key, certificate_chain=tls.certificate
    )


def refuse_unusable(tls: TlsMaterial) -> None:
    """Refuse what gRPC would take, log about and then answer every call with the same vague words for.

    Raises:
        ProfileError: TLS_ROOTS_MALFORMED.
        IdentityError: TLS_CERTIFICATE_MALFORMED, TLS_KEY_MISMATCH.
    """
    try:
        x509.load_pem_x509_certificates(tls.roots)
    except ValueError:
        raise ProfileError(
            "The file of TLS roots holds no PEM certificate; it needs that of the CA which signed the peers' TLS "
            "certificates.",
            code="TLS_ROOTS_MALFORMED",
        ) from None
    try:
        certificate = x509.load_pem_x509_certificates(tls.certificate)[0]
    except ValueError:
        raise IdentityError(
            "The TLS client certificate is no PEM certificate.", code="TLS_CERTIFICATE_MALFORMED"
        ) from None
    if certificate.public_key() != _public_key(tls.key):
        raise IdentityError(
            "The TLS client key does not belong to the TLS client certificate; use the pair the CA issued together.",
            code="TLS_KEY_MISMATCH",
        )


def _public_key(key: bytes) -> object:
    try:
        return serialization.load_pem_private_key(key, password=None).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The cause is dropped on purpose: no text that touches a private key may reach a log.
        return None


def tls_certificate_hash(profile: Profile) -> bytes:
    """Return the SHA-256 over the DER of the TLS client certificate.

    A peer that demands client certificates compares it with the connection's own, so that a signed request for blocks
    cannot be replayed over another connection (ChannelHeader.tls_cert_hash).
    """
    return x509.load_pem_x509_certificate(profile.tls.certificate).fingerprint(hashes.SHA256())


def options(profile: Profile, number: int = 0) -> list[tuple[str, str | int]]:
    """Return the options of a channel to one of the profile's peers, counted from 0.

    The peer is checked against the name the profile gives, whatever its address.
    """
    name = profile.network.peers[number].server_name
    return [
        ("grpc.ssl_target_name_override", name),
        ("grpc.default_authority", name),
        ("grpc.max_receive_message_length", _MESSAGE_LIMIT_BYTES),
        ("grpc.max_send_message_length", _MESSAGE_LIMIT_BYTES),
        *_CONNECTING,
    ]


def names_of(channels: Sequence[object], names: str | Sequence[str]) -> tuple[str, ...]:
    """Return how errors name the peers behind a caller's channels; one name for several gets numbers."""
    if not channels:
        raise InputError("A client needs at least one gRPC channel to a gateway peer.", code="NO_PEER")
    if not isinstance(names, str):
        if len(names) != len(channels):
            raise InputError(f"There are {len(channels)} channels, but {len(names)} names.", code="NO_PEER")
        return tuple(names)
    if len(channels) == 1:
        return (names,)
    return tuple(f"{names} {number}" for number in range(1, len(channels) + 1))


class FailedCall(Protocol):
    """What grpc.RpcError of a finished call offers; gRPC leaves it untyped."""

    def code(self) -> Any:  # noqa: ANN401, D102
        ...

    def details(self) -> str | None: ...  # noqa: D102

    def trailing_metadata(self) -> Iterable[tuple[str, str | bytes]] | None: ...  # noqa: D102


def failure_of(error: FailedCall) -> Failure:
    """Read a failed call: status, words, and what single peers said."""
    peers: tuple[PeerDetail, ...] = ()
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            peers = peers_of(value)
    return Failure(status=error.code().name, message=error.details() or "", peers=peers)


def peers_of(details: bytes) -> tuple[PeerDetail, ...]:
    """Read what single peers said from a failed call's `grpc-status-details-bin`; nothing, where it is none."""
    try:
        return peer_details(_status_details(details))
    except DecodeError:
        return ()


def closed() -> InputError:
    """Return the error for a call on a gRPC channel that the program has closed."""
    return InputError("The gateway, or the gRPC channel it uses, is closed; connect again.", code="GATEWAY_CLOSED")


def closed_since(error: InputError, *, began: bool) -> Failure:
    """Return how a step failed for which the gateway was closed already, or raise the error if nothing was sent before.

    Between two steps of a call it may have been closed: what was sent in the first one is not to be denied then.
    """
    if not began:
        raise error
    return LEFT


def _status_details(value: bytes) -> list[tuple[str, bytes]]:
    found = []
    for detail in _STATUS.FromString(value).details:
        wrapped = any_pb2.Any.FromString(detail)
        found.append((wrapped.TypeName(), wrapped.value))
    return found


def _status_class() -> type[Any]:
    """Build google.rpc.Status from its three fields, in a pool of our own.

    The package that ships it would register the same file in the default pool as other libraries do; `details` is
    declared as bytes, which on the wire is what an embedded Any is.
    """
    field = descriptor_pb2.FieldDescriptorProto
    status = descriptor_pb2.DescriptorProto(
        name="Status",
        field=[
            field(name="code", number=1, type=field.TYPE_INT32, label=field.LABEL_OPTIONAL),
            field(name="message", number=2, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL),
            field(name="details", number=3, type=field.TYPE_BYTES, label=field.LABEL_REPEATED),
        ],
    )
    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(
        name="status.proto", package="google.rpc", syntax="proto3", message_type=[status]
    )
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("google.rpc.Status"))


_STATUS: Final = _status_class()
