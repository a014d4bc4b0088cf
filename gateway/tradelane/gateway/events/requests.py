"""The requests that open event streams, pure; field by field as Fabric's own clients build them.

A request is built in two steps, so that whoever holds the key may be elsewhere: first the bytes to be signed, then
those bytes with their signature, which is what goes to the peer.
"""

from typing import Final

from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.orderer import ab_pb2

CHAINCODE_EVENTS: Final = "/gateway.Gateway/ChaincodeEvents"
DELIVER: Final = "/protos.Deliver/Deliver"
DELIVER_FILTERED: Final = "/protos.Deliver/DeliverFiltered"
DELIVER_WITH_PRIVATE_DATA: Final = "/protos.Deliver/DeliverWithPrivateData"

NO_END: Final = 2**64 - 1
"""The block after which a delivery ends: the largest number there is, so it goes on until the client leaves."""


def chaincode_events_request(
    channel: str, chaincode: str, *, start_block: int | None, creator: bytes, after_transaction_id: str = ""
) -> bytes:
    """Return what is to be signed to ask for a chaincode's events.

    Args:
        channel: Fabric channel.
        chaincode: Name of the chaincode on that channel.
        start_block: The first block to be told of; None begins with the next commit.
        creator: Who asks (`envelope.creator_bytes`).
        after_transaction_id: The peer passes over everything up to and including this transaction.
    """
    request = gateway_pb2.ChaincodeEventsRequest(
        channel_id=channel,
        chaincode_id=chaincode,
        identity=creator,
        start_position=_position(start_block),
        after_transaction_id=after_transaction_id,
    )
    return request.SerializeToString()  # type: ignore[no-any-return]


def signed_chaincode_events_request(request: bytes, signature: bytes) -> bytes:
    """Return the request for `CHAINCODE_EVENTS`."""
    signed = gateway_pb2.SignedChaincodeEventsRequest(request=request, signature=signature)
    return signed.SerializeToString()  # type: ignore[no-any-return]


def deliver_payload(
    channel: str, *, start_block: int | None, creator: bytes, now_ns: int, tls_certificate_hash: bytes = b""
) -> bytes:
    """Return what is to be signed to ask for blocks; the same for blocks whole, filtered and with private data.

    Args:
        channel: Fabric channel.
        start_block: The first block to be told of; None begins with the next commit.
        creator: Who asks (`envelope.creator_bytes`).
        now_ns: Nanoseconds since 1970; peers refuse a request too far from their own clocks.
        tls_certificate_hash: Of the TLS client certificate (`transport.tls_certificate_hash`); peers that demand
            such certificates refuse a request without it.
    """
    channel_header = common_pb2.ChannelHeader(
        type=common_pb2.DELIVER_SEEK_INFO, channel_id=channel, tls_cert_hash=tls_certificate_hash
    )
    channel_header.timestamp.FromNanoseconds(now_ns)
    seek = ab_pb2.SeekInfo(start=_position(start_block), stop=_position(NO_END))
    payload = common_pb2.Payload(
        header=common_pb2.Header(
            channel_header=channel_header.SerializeToString(),
            signature_header=common_pb2.SignatureHeader(creator=creator).SerializeToString(),
        ),
        data=seek.SerializeToString(),
    )
    return payload.SerializeToString()  # type: ignore[no-any-return]


def signed_deliver_request(payload: bytes, signature: bytes) -> bytes:
    """Return the request for `DELIVER`, `DELIVER_FILTERED` and `DELIVER_WITH_PRIVATE_DATA`: a signed Envelope."""
    return common_pb2.Envelope(payload=payload, signature=signature).SerializeToString()  # type: ignore[no-any-return]


def _position(block: int | None) -> ab_pb2.SeekPosition:
    if block is None:
        return ab_pb2.SeekPosition(next_commit=ab_pb2.SeekNextCommit())
    return ab_pb2.SeekPosition(specified=ab_pb2.SeekSpecified(number=block))
