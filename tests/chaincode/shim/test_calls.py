"""Conformance of the invocation of other chaincodes (fabric.md 2.3, rule 31)."""

import logging

import pytest
from fabric_protos.peer import chaincode_pb2
from fabric_protos.peer import chaincode_shim_pb2 as pb

from tests.support.scripted_peer import CHANNEL, TX, registered
from tradelane.chaincode.shim import wire
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.wire import Kind

WARNING = "chaincode invoked on another channel, its writes are discarded"


class Caller:
    """Invokes another chaincode and keeps the answer."""

    def __init__(self, channel_id: str = "") -> None:
        self.channel_id = channel_id
        self.response: Response | None = None

    async def __call__(self, stub: Stub) -> None:
        self.response = await stub.invoke_chaincode("other", [b"f", b"\xff"], self.channel_id)


@pytest.mark.parametrize(
    ("channel_id", "name", "warned"),
    [("", "other", False), (CHANNEL, f"other/{CHANNEL}", False), ("second", "other/second", True)],
)
async def test_rule_31_the_other_chaincodes_response_is_the_answer(
    channel_id: str, name: str, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    call = Caller(channel_id)
    async with registered(call) as peer:
        await peer.invoke()
        answer = wire.encode_completed(Response(404, "not here", b"\xfe"), None, TX, CHANNEL)
        request = await peer.answer(Kind.INVOKE_CHAINCODE, answer)
        await peer.completed()
    spec = chaincode_pb2.ChaincodeSpec.FromString(request.payload)
    assert (spec.chaincode_id.name, list(spec.input.args)) == (name, [b"f", b"\xff"])
    assert call.response == Response(404, "not here", b"\xfe")
    assert (WARNING in caplog.messages) is warned


async def test_rule_31_what_the_peer_refuses_is_status_500() -> None:
    call = Caller()
    async with registered(call) as peer:
        await peer.invoke()
        await peer.refuse(Kind.INVOKE_CHAINCODE, "txid exists")
        assert (await peer.completed()).status == 200
    assert call.response == Response(500, "txid exists", b"txid exists")


async def test_rule_31_a_chaincode_that_did_not_complete_is_status_500() -> None:
    call = Caller()
    nested = pb.ChaincodeMessage(type=int(Kind.ERROR), payload=b"it broke").SerializeToString()
    async with registered(call) as peer:
        await peer.invoke()
        await peer.answer(Kind.INVOKE_CHAINCODE, nested)
        assert (await peer.completed()).status == 200
    assert call.response == Response(500, "it broke", b"it broke")


@pytest.mark.parametrize(
    "answer", [b"\xff", pb.ChaincodeMessage(type=int(Kind.COMPLETED), payload=b"\xff").SerializeToString()]
)
async def test_rule_31_an_answer_that_cannot_be_read_is_the_peers_fault(answer: bytes) -> None:
    async with registered(Caller()) as peer:
        await peer.invoke()
        await peer.answer(Kind.INVOKE_CHAINCODE, answer)
        await peer.expect(Kind.ERROR, TX)
