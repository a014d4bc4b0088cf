"""gRPC's messages within a stream, and its status."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelane.http2.messages import MessageReader, Unfinished, enclosed
from tradelane.http2.status import Failure, Status, trailers


@given(st.lists(st.binary(max_size=200), max_size=10), st.integers(1, 300))
def test_messages_are_read_alike_however_the_content_is_cut(messages: list[bytes], cut: int) -> None:
    content = b"".join(map(enclosed, messages))
    unfinished = Unfinished()
    reader = MessageReader(unfinished)
    found: list[bytes] = []
    for start in range(0, len(content), cut):
        found += reader.feed(content[start : start + cut])
    assert found == messages
    assert not reader.amid_message
    assert unfinished.bytes == 0


@given(st.binary(min_size=1, max_size=20))
def test_a_message_that_lacks_its_end_is_known(message: bytes) -> None:
    reader = MessageReader(Unfinished())
    assert reader.feed(enclosed(message)[:-1]) == []
    assert reader.amid_message


@pytest.mark.parametrize("rest", [b"", b"the first of what is too much"])
def test_a_message_is_refused_by_its_announcement(rest: bytes) -> None:
    with pytest.raises(Failure, match="a message of 101 bytes is more than the 100 allowed") as refused:
        MessageReader(Unfinished(), max_bytes=100).feed(b"\0\0\0\0\x65" + rest)
    assert refused.value.status is Status.RESOURCE_EXHAUSTED


def test_one_of_just_the_size_allowed_is_taken() -> None:
    assert MessageReader(Unfinished(), max_bytes=100).feed(enclosed(b"x" * 100)) == [b"x" * 100]


def test_all_readers_hold_unfinished_messages_up_to_one_bound() -> None:
    unfinished = Unfinished(max_bytes=100)
    first, second = MessageReader(unfinished), MessageReader(unfinished)
    begun = enclosed(b"x" * 200)[:60]
    first.feed(begun)
    with pytest.raises(Failure, match="unfinished messages hold the 100 bytes there are for them") as refused:
        second.feed(begun)
    assert refused.value.status is Status.RESOURCE_EXHAUSTED
    second.close()
    assert second.feed(enclosed(b"whole")) == [b"whole"]
    first.close()
    second.feed(begun)
    assert unfinished.bytes == len(begun)


def test_a_compressed_message_is_refused() -> None:
    with pytest.raises(Failure) as refused:
        MessageReader(Unfinished()).feed(b"\1\0\0\0\1x")
    assert refused.value.status is Status.UNIMPLEMENTED


def test_the_status_text_is_percent_encoded() -> None:
    assert trailers(Status.INTERNAL, "100 % schön\n") == [
        ("grpc-status", "13"),
        ("grpc-message", "100 %25 sch%C3%B6n%0A"),
    ]
    assert trailers(Status.OK) == [("grpc-status", "0")]
