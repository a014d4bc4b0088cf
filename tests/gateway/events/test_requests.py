"""Requests for events, field by field, and what peers send, read."""

from typing import Any

import pytest
from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.orderer import ab_pb2
from fabric_protos.peer import events_pb2

from tradelane.gateway.errors import ResultError
from tradelane.gateway.events import reading, requests
from tradelane.gateway.rpc import Failure

CREATOR, NOW_NS = b"creator", 1_700_000_000_123_456_789
STARTS = pytest.mark.parametrize(
    ("start", "position"),
    [
        (None, ab_pb2.SeekPosition(next_commit=ab_pb2.SeekNextCommit())),
        (0, ab_pb2.SeekPosition(specified=ab_pb2.SeekSpecified(number=0))),
        (2**64 - 1, ab_pb2.SeekPosition(specified=ab_pb2.SeekSpecified(number=2**64 - 1))),
    ],
)


@STARTS
def test_a_request_for_chaincode_events(start: int | None, position: Any) -> None:
    content = requests.chaincode_events_request(
        "trade", "tradelane", start_block=start, creator=CREATOR, after_transaction_id="ab"
    )
    assert gateway_pb2.ChaincodeEventsRequest.FromString(content) == gateway_pb2.ChaincodeEventsRequest(
        channel_id="trade",
        chaincode_id="tradelane",
        identity=CREATOR,
        start_position=position,
        after_transaction_id="ab",
    )
    signed = gateway_pb2.SignedChaincodeEventsRequest.FromString(
        requests.signed_chaincode_events_request(content, b"signature")
    )
    assert (signed.request, signed.signature) == (content, b"signature")


@STARTS
def test_a_request_for_blocks(start: int | None, position: Any) -> None:
    content = requests.deliver_payload(
        "trade", start_block=start, creator=CREATOR, now_ns=NOW_NS, tls_certificate_hash=b"hash"
    )
    payload = common_pb2.Payload.FromString(content)
    channel = common_pb2.ChannelHeader(
        type=common_pb2.DELIVER_SEEK_INFO,
        timestamp={"seconds": 1_700_000_000, "nanos": 123_456_789},
        channel_id="trade",
        tls_cert_hash=b"hash",
    )
    assert common_pb2.ChannelHeader.FromString(payload.header.channel_header) == channel
    signer = common_pb2.SignatureHeader.FromString(payload.header.signature_header)
    assert signer == common_pb2.SignatureHeader(creator=CREATOR)
    end = ab_pb2.SeekPosition(specified=ab_pb2.SeekSpecified(number=2**64 - 1))
    assert ab_pb2.SeekInfo.FromString(payload.data) == ab_pb2.SeekInfo(start=position, stop=end)
    envelope = common_pb2.Envelope.FromString(requests.signed_deliver_request(content, b"signature"))
    assert (envelope.payload, envelope.signature) == (content, b"signature")


@pytest.mark.parametrize("form", ["block", "filtered_block", "block_and_private_data"])
def test_a_delivery_is_read_as_the_message_within(form: str) -> None:
    response = events_pb2.DeliverResponse()
    getattr(response, form).SetInParent()
    if form == "filtered_block":
        response.filtered_block.number = 7
    content = reading.delivered(response.SerializeToString())
    assert content == getattr(response, form).SerializeToString()


@pytest.mark.parametrize(
    ("status", "grpc_status"),
    [
        (common_pb2.SUCCESS, "UNKNOWN"),
        (common_pb2.BAD_REQUEST, "INVALID_ARGUMENT"),
        (common_pb2.FORBIDDEN, "PERMISSION_DENIED"),
        (common_pb2.NOT_FOUND, "NOT_FOUND"),
        (common_pb2.SERVICE_UNAVAILABLE, "UNAVAILABLE"),
        (common_pb2.INTERNAL_SERVER_ERROR, "UNKNOWN"),
        (599, "UNKNOWN"),
    ],
)
def test_a_status_ends_a_delivery(status: int, grpc_status: str) -> None:
    found = reading.delivered(events_pb2.DeliverResponse(status=status).SerializeToString())
    assert isinstance(found, Failure)
    assert found.status == grpc_status
    assert found.message


@pytest.mark.parametrize("answer", [b"", b"\xff", b"\x12\xff"])
def test_what_is_no_delivery_is_refused(answer: bytes) -> None:
    with pytest.raises(ResultError) as raised:
        reading.delivered(answer)
    assert raised.value.code == "BAD_ANSWER"


def test_what_is_no_message_of_events_is_refused() -> None:
    with pytest.raises(ResultError) as raised:
        reading.chaincode_events(b"\xff")
    assert raised.value.code == "BAD_ANSWER"
