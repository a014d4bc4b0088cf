"""Answers' headers are read as the compression means them, whether their bytes were seen before or not."""

import hpack
from hypothesis import given
from hypothesis import strategies as st

from tradelane.http2.client.answers import AnswerReader, leaves_table_alone
from tradelane.http2.headers import Block, Codec

NAMES = st.sampled_from(["grpc-status", "grpc-message", "a", "b"])
VALUES = st.sampled_from(["", "0", "2", "words", "w" * 300])
FIELDS = st.lists(st.tuples(NAMES, VALUES, st.booleans()), min_size=1, max_size=5)


@given(st.lists(FIELDS, max_size=30), st.lists(st.integers(0, 200), max_size=3))
def test_what_was_read_before_means_the_same_only_as_long_as_the_table_does(
    blocks: list[list[tuple[str, str, bool]]], sizes: list[int]
) -> None:
    encoder, codec, reader, truth = hpack.Encoder(), Codec(), AnswerReader(), hpack.Decoder()
    for number, fields in enumerate(blocks):
        if number % 7 == 6 and sizes:
            encoder.header_table_size = sizes.pop()
        block = encoder.encode(
            [hpack.NeverIndexedHeaderTuple(name, value) if secret else (name, value) for name, value, secret in fields]
        )
        meant = {str(name).encode(): str(value).encode() for name, value in truth.decode(block)}
        assert reader.read(codec, Block(1, True, block, 1 << 20), first=False) == meant


def test_only_blocks_that_put_nothing_into_the_table_leave_it_alone() -> None:
    assert leaves_table_alone(b"\x88\xbe")
    assert leaves_table_alone(b"\x00\x01a\x01b\x1f\x2b\x01c")
    assert leaves_table_alone(b"\x00\x7f\x81\x01" + b"n" * 256 + b"\x00")
    assert not leaves_table_alone(b"\x88\x40\x01a\x01b")
    assert not leaves_table_alone(b"\x41\x01a")
    assert not leaves_table_alone(b"\x20\x88")
    assert not leaves_table_alone(b"\x3f\xe1\x1f")


def test_what_is_kept_is_bounded() -> None:
    codec, reader = Codec(), AnswerReader()
    for number in range(1000):
        reader.read(codec, Block(1, True, b"\x00\x01a\x04%04d" % number, 1 << 20), first=False)
    assert len(reader._known) <= 64
