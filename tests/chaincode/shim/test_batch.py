"""Conformance of writes, alone and in batches (fabric.md 2.3, rules 20, 22, 30, 32)."""

from typing import Any

from fabric_protos.peer import chaincode_shim_pb2 as pb

from tests.support.scripted_peer import ScriptedPeer, registered
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.policy import signed_by
from tradelane.chaincode.shim.wire import Kind
from tradelane.chaincode.shim.wire_policy import encode_policy

POLICY = encode_policy(signed_by("A"))
POLICY_ENTRY = pb.StateMetadata(metakey="VALIDATION_PARAMETER", value=POLICY)


async def write_everything(stub: Stub) -> None:
    async with stub.write_batch():
        await stub.put_state("a", b"1")
        await stub.set_state_validation_parameter("a", signed_by("A"))
        await stub.del_state("b")
        await stub.put_private_data("c", "a", b"2")
        await stub.del_private_data("c", "b")
        await stub.purge_private_data("c", "d")


async def test_rule_22_a_batch_is_one_message() -> None:
    async with registered(write_everything) as peer:
        await peer.invoke()
        records = await _batch(peer)
        await peer.completed()
    kinds = pb.WriteRecord.Type
    assert records == [
        pb.WriteRecord(key="a", value=b"1", type=kinds.PUT_STATE),
        pb.WriteRecord(key="a", metadata=POLICY_ENTRY, type=kinds.PUT_STATE_METADATA),
        pb.WriteRecord(key="b", type=kinds.DEL_STATE),
        pb.WriteRecord(collection="c", key="a", value=b"2", type=kinds.PUT_STATE),
        pb.WriteRecord(collection="c", key="b", type=kinds.DEL_STATE),
        pb.WriteRecord(collection="c", key="d", type=kinds.PURGE_PRIVATE_DATA),
    ]


async def test_rule_22_without_the_feature_every_write_is_a_message_of_its_own() -> None:
    expected = [
        (Kind.PUT_STATE, pb.PutState(key="a", value=b"1")),
        (Kind.PUT_STATE_METADATA, pb.PutStateMetadata(key="a", metadata=POLICY_ENTRY)),
        (Kind.DEL_STATE, pb.DelState(key="b")),
        (Kind.PUT_STATE, pb.PutState(collection="c", key="a", value=b"2")),
        (Kind.DEL_STATE, pb.DelState(collection="c", key="b")),
        (Kind.PURGE_PRIVATE_DATA, pb.PurgePrivateState(collection="c", key="d")),
    ]
    async with registered(write_everything, write_batch=0) as peer:
        await peer.invoke()
        for kind, body in expected:
            assert (await peer.answer(kind)).payload == body.SerializeToString()
        await peer.completed()


async def test_rule_30_a_policy_is_written_under_its_name_with_the_collection_apart() -> None:
    async def write(stub: Stub) -> None:
        await stub.set_state_validation_parameter("a", signed_by("A"))
        await stub.set_private_data_validation_parameter("c", "a", signed_by("A"))

    async with registered(write) as peer:
        await peer.invoke()
        for body in (
            pb.PutStateMetadata(key="a", metadata=POLICY_ENTRY),
            pb.PutStateMetadata(collection="c", key="a", metadata=POLICY_ENTRY),
        ):
            assert (await peer.answer(Kind.PUT_STATE_METADATA)).payload == body.SerializeToString()
        await peer.completed()


async def test_rule_32_a_purge_is_like_a_deletion_on_the_wire_but_for_its_type() -> None:
    async def purge(stub: Stub) -> None:
        await stub.purge_private_data("c", "k")
        await stub.del_private_data("c", "k")

    async with registered(purge) as peer:
        await peer.invoke()
        purged = await peer.answer(Kind.PURGE_PRIVATE_DATA)
        deleted = await peer.answer(Kind.DEL_STATE)
        await peer.completed()
    assert purged.payload == deleted.payload == pb.DelState(collection="c", key="k").SerializeToString()


async def test_rule_22_the_last_write_of_a_key_wins_and_its_policy_stands_apart() -> None:
    async def write(stub: Stub) -> None:
        async with stub.write_batch():
            await stub.put_state("a", b"1")
            await stub.set_state_validation_parameter("a", signed_by("A"))
            await stub.put_private_data("c", "a", b"private")
            await stub.put_state("b", b"2")
            await stub.del_state("a")

    async with registered(write) as peer:
        await peer.invoke()
        records = await _batch(peer)
        await peer.completed()
    kinds = pb.WriteRecord.Type
    assert [(each.collection, each.key, each.type) for each in records] == [
        ("", "a", kinds.DEL_STATE),
        ("", "a", kinds.PUT_STATE_METADATA),
        ("c", "a", kinds.PUT_STATE),
        ("", "b", kinds.PUT_STATE),
    ]


async def test_rule_22_a_long_batch_goes_in_chunks_each_of_which_is_awaited() -> None:
    async def write(stub: Stub) -> None:
        async with stub.write_batch():
            for number in range(201):
                await stub.put_state(f"k{number}", b"1")

    async with registered(write, write_batch=1) as peer:
        await peer.invoke()
        sizes = []
        for _ in range(3):
            request = await peer.expect(Kind.WRITE_BATCH_STATE)
            sizes.append(len(pb.WriteBatchState.FromString(request.payload).rec))
            await peer.expect_nothing()
            await peer.tell(Kind.RESPONSE)
        await peer.completed()
    assert sizes == [100, 100, 1]


async def test_rule_22_a_batch_within_a_batch_is_part_of_it() -> None:
    async def write(stub: Stub) -> None:
        async with stub.write_batch():
            async with stub.write_batch():
                await stub.put_state("a", b"1")
            await stub.put_state("b", b"2")

    async with registered(write) as peer:
        await peer.invoke()
        assert [record.key for record in await _batch(peer)] == ["a", "b"]
        await peer.completed()


async def test_rule_22_a_batch_is_cleared_once_it_is_sent() -> None:
    async def write(stub: Stub) -> None:
        for key in ("a", "b"):
            async with stub.write_batch():
                await stub.put_state(key, b"1")

    async with registered(write) as peer:
        await peer.invoke()
        assert [record.key for record in await _batch(peer)] == ["a"]
        assert [record.key for record in await _batch(peer)] == ["b"]
        await peer.completed()


async def test_rule_22_an_empty_batch_costs_no_message() -> None:
    async def write(stub: Stub) -> None:
        async with stub.write_batch():
            pass

    async with registered(write) as peer:
        await peer.invoke()
        await peer.completed()


async def test_a_batch_left_by_an_exception_is_not_sent() -> None:
    async def write(stub: Stub) -> Response:
        try:
            async with stub.write_batch():
                await stub.put_state("a", b"1")
                raise ValueError("changed my mind")
        except ValueError:
            return Response(409)

    async with registered(write) as peer:
        await peer.invoke()
        assert (await peer.completed()).status == 409


async def test_a_written_transaction_costs_two_messages() -> None:
    async def act(stub: Stub) -> None:
        await stub.get_multiple_states(["title", "party", "network"])
        async with stub.write_batch():
            await stub.put_state("title", b"1")
            await stub.set_state_validation_parameter("title", signed_by("A"))

    async with registered(act) as peer:
        await peer.invoke()
        values = pb.GetStateMultipleResult(values=[b"", b"", b""]).SerializeToString()
        await peer.answer(Kind.GET_STATE_MULTIPLE, values)
        await _batch(peer)
        await peer.completed()


async def _batch(peer: ScriptedPeer) -> list[Any]:
    request = await peer.answer(Kind.WRITE_BATCH_STATE)
    return list(pb.WriteBatchState.FromString(request.payload).rec)
