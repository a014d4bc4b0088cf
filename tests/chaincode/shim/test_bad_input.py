"""TradeLane's chaincode with input nobody should send: refused with a code, while others are served."""

import json
import tracemalloc

import pytest

from tests.support.identities import admin_identity
from tests.support.scripted_peer import TX, ScriptedPeer, input_payload, proposal_bytes, registered
from tradelane.chaincode.contract.router import build
from tradelane.chaincode.shim.wire import Kind

OTHER = "b" * 64
MEGABYTE = 1024 * 1024
METADATA = b"org.hyperledger.fabric:GetMetadata"
SHOW = b"ebl:show"

BAD = {
    "arguments of another encoding": (SHOW, b"\xff\xfe\x00"),
    "a surrogate in UTF-8": (SHOW, b'{"titleId":"\xed\xa0\x80"}'),
    "half of a surrogate pair, escaped": (SHOW, b'{"titleId":"\\ud800"}'),
    "a deep list": (SHOW, b"[" * 60_000),
    "a deep object": (SHOW, b'{"a":' * 12_000),
    "a huge integer": (SHOW, b'{"titleId":' + b"9" * 60_000 + b"}"),
    "a huge exponent": (SHOW, b'{"titleId":1e999999999}'),
    "many names": (SHOW, b"{" + b",".join(b'"%d":1' % number for number in range(5000)) + b"}"),
    "a long name": (SHOW, b'{"' + b"x" * 60_000 + b'":1}'),
    "a long name, twice": (SHOW, b'{"' + b"x" * 30_000 + b'":1,"' + b"x" * 30_000 + b'":1}'),
    "one name many times": (SHOW, b"{" + b",".join([b'"a":1'] * 9000) + b"}"),
    "an argument of 100 MB": (SHOW, b'{"titleId":"' + b"x" * 100 * MEGABYTE + b'"}'),
    "a function name of 10 MB": (b"x" * 10 * MEGABYTE, b"{}"),
    "a function name of another encoding": (b"\xff" * 300, b"{}"),
    "many arguments": (SHOW, *[b"{}"] * 10_000),
    "no arguments": (),
}


async def _refused(peer: ScriptedPeer) -> tuple[int, str]:
    answer = await peer.completed(TX)
    assert len(answer.message) < 3000
    return answer.status, json.loads(answer.message)["code"]


@pytest.mark.parametrize("args", BAD.values(), ids=BAD)
async def test_bad_input_is_refused_with_a_code_and_others_are_served(args: tuple[bytes, ...]) -> None:
    async with registered(build().invoke) as peer:
        admin = proposal_bytes(admin_identity("HongKongMSP"))
        await peer.tell(Kind.TRANSACTION, input_payload(b"organisation:list", b"{}"), OTHER, proposal=admin)
        await peer.expect(Kind.GET_STATE_MULTIPLE, OTHER)
        await peer.invoke(*args)
        status, code = await _refused(peer)
        assert (status, code in ("INVALID_REQUEST", "UNKNOWN_FUNCTION")) == (400, True)
        await peer.tell(Kind.ERROR, b"not now", OTHER)
        assert (await peer.completed(OTHER)).status == 500
        await peer.invoke(METADATA)
        assert (await peer.completed()).status == 200


async def test_a_long_function_name_is_not_kept_whole() -> None:
    async with registered(build().invoke) as peer:
        await peer.invoke(METADATA)
        await peer.completed()
        name = "\U0001f6a2".encode() * (4 * MEGABYTE)
        await peer.invoke(name)
        tracemalloc.start()
        try:
            assert await _refused(peer) == (400, "UNKNOWN_FUNCTION")
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 3 * len(name)  # the message, its payload and the argument, but no text of it
