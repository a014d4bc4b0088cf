"""Bytes that are no blocks, and blocks that hold what is no transaction."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fabric_protos.common import common_pb2
from fabric_protos.peer import events_pb2
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.ledger.recorded import FACTS, RECORDED, recorded
from tradelane.gateway import ledger
from tradelane.gateway.errors import MalformedBlock
from tradelane.gateway.ledger import decode
from tradelane.gateway.ledger.records import SerializedIdentity

FILES: dict[str, tuple[bytes, Callable[[bytes], Any]]] = {
    "genesis": ((RECORDED / "genesis.block").read_bytes(), ledger.decode_block),
    "everything": ((RECORDED / "everything.block").read_bytes(), ledger.decode_block),
    "filtered": ((RECORDED / "everything.filtered").read_bytes(), ledger.decode_filtered_block),
    "private": ((RECORDED / "everything.private").read_bytes(), ledger.decode_block_and_private_data),
}
DECODERS = (
    ledger.decode_block,
    ledger.decode_filtered_block,
    ledger.decode_block_and_private_data,
    decode.decode_processed_transaction,
    decode.decode_chain_info,
)
ENVELOPE = recorded("everything").transactions[0].envelope


def read_or_refused(decoder: Callable[[bytes], Any], data: bytes) -> None:
    """Whatever the bytes: a record that can be shown and hashed, or the one error."""
    try:
        found = decoder(data)
    except MalformedBlock:
        return
    repr(found)
    if isinstance(found, ledger.Block):
        hash(found.header.hash)
        assert ledger.decode_block(ledger.encode_block(found)) == found


def mutated(data: bytes) -> st.SearchStrategy[bytes]:
    """The bytes with some changed, cut off, or put in."""

    def change(place: int, removed: int, put: bytes) -> bytes:
        return data[:place] + put + data[place + removed :]

    places = st.integers(0, len(data))
    return st.builds(change, places, st.integers(0, 40), st.binary(max_size=8))


@given(st.sampled_from(DECODERS), st.binary(max_size=300))
def test_random_bytes_are_read_or_refused(decoder: Callable[[bytes], Any], data: bytes) -> None:
    read_or_refused(decoder, data)


@given(st.data())
def test_mutated_blocks_are_read_or_refused(data: st.DataObject) -> None:
    content, decoder = FILES[data.draw(st.sampled_from(sorted(FILES)))]
    read_or_refused(decoder, data.draw(mutated(content)))


@given(mutated(ENVELOPE))
def test_a_mutated_transaction_is_kept_as_it_is(envelope: bytes) -> None:
    found = ledger.decode_transaction(envelope)
    assert found.envelope == envelope
    repr(found)
    if found.creator is not None:
        repr(found.creator.certificate)


@given(st.binary(max_size=200), st.sampled_from([0, 1, 3, 77]))
def test_a_transaction_of_any_content_is_kept(data: bytes, kind: int) -> None:
    header = common_pb2.Header(channel_header=common_pb2.ChannelHeader(type=kind, tx_id="id").SerializeToString())
    payload = common_pb2.Payload(header=header, data=data)
    found = ledger.decode_transaction(common_pb2.Envelope(payload=payload.SerializeToString()).SerializeToString())
    assert (found.id, found.data) == ("id", data)


def test_one_hostile_envelope_does_not_hide_the_others() -> None:
    message = common_pb2.Block.FromString((RECORDED / "everything.block").read_bytes())
    message.data.data.insert(0, b"\xff no envelope")
    message.metadata.metadata[common_pb2.TRANSACTIONS_FILTER] = bytes([1, 0])
    hostile, good = ledger.decode_block(message.SerializeToString()).transactions
    assert (hostile.envelope, hostile.validation_code, hostile.id) == (b"\xff no envelope", "NIL_ENVELOPE", "")
    assert hostile.unreadable
    assert good.unreadable is None
    assert good.id == FACTS["everything"][0]


def test_a_time_outside_the_calendar_is_kept_as_unreadable() -> None:
    header = common_pb2.ChannelHeader(type=3, tx_id="id")
    header.timestamp.seconds = 2**62
    payload = common_pb2.Payload(header=common_pb2.Header(channel_header=header.SerializeToString()))
    found = ledger.decode_transaction(common_pb2.Envelope(payload=payload.SerializeToString()).SerializeToString())
    assert found.unreadable is not None
    assert "calendar" in found.unreadable


def test_types_and_codes_of_a_later_release_go_by_their_number() -> None:
    message = common_pb2.Block.FromString((RECORDED / "everything.block").read_bytes())
    message.metadata.metadata[common_pb2.TRANSACTIONS_FILTER] = bytes([199])
    assert ledger.decode_block(message.SerializeToString()).transactions[0].validation_code == "VALIDATION_CODE_199"
    filtered = events_pb2.FilteredBlock(filtered_transactions=[{"type": 77, "tx_validation_code": 199}])
    [found] = ledger.decode_filtered_block(filtered.SerializeToString()).transactions
    assert (found.type, found.validation_code) == ("TYPE_77", "VALIDATION_CODE_199")


def test_a_block_from_an_orderer_says_no_codes() -> None:
    message = common_pb2.Block.FromString((RECORDED / "everything.block").read_bytes())
    message.metadata.metadata[common_pb2.TRANSACTIONS_FILTER] = b""
    [found] = ledger.decode_block(message.SerializeToString()).transactions
    assert found.validation_code is None
    assert not found.is_valid


def test_codes_that_fit_no_transactions_are_refused() -> None:
    message = common_pb2.Block.FromString((RECORDED / "everything.block").read_bytes())
    message.metadata.metadata[common_pb2.TRANSACTIONS_FILTER] = bytes(3)
    with pytest.raises(MalformedBlock, match="1 transactions, 3 validation codes"):
        ledger.decode_block(message.SerializeToString())


def test_a_certificate_that_is_none_is_none() -> None:
    assert SerializedIdentity("OneMSP", b"no certificate", b"").certificate is None


@given(st.integers(0, 2**64 - 1), st.binary(max_size=300), st.binary(max_size=300))
def test_the_header_is_encoded_as_der(number: int, previous: bytes, data: bytes) -> None:
    header = replace(recorded("genesis").header, number=number, previous_hash=previous, data_hash=data)
    assert read_der(header.encoded) == [number, previous, data]


def read_der(content: bytes) -> list[Any]:
    """A small reader of DER, written from X.690 alone."""
    [(tag, inner)] = list(elements(content))
    assert tag == 0x30
    return [int.from_bytes(one, "big", signed=True) if tag == 2 else one for tag, one in elements(inner)]


def elements(content: bytes) -> Any:
    while content:
        tag, length, start = content[0], content[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(content[2:start], "big")
            assert length >= 0x80, "DER takes the shortest form"
        yield tag, content[start : start + length]
        content = content[start + length :]
