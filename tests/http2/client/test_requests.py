"""Requests' heads are what any HTTP/2 reads in them, and leave its table alone."""

import hpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelane.http2.client.answers import leaves_table_alone
from tradelane.http2.client.requests import field, request_head

NAMES = st.sampled_from(["te", "content-type", "user-agent", "grpc-timeout", "x" * 200])
VALUES = st.text(st.characters(codec="ascii", exclude_characters="\0\r\n"), max_size=300)


@given(st.sampled_from(["http", "https"]), VALUES, VALUES, st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_a_head_says_what_was_meant(scheme: str, host: str, path: str, fields: list[tuple[str, str]]) -> None:
    head = request_head(scheme, host, path, fields[:2]) + b"".join(field(*each) for each in fields[2:])
    expected = [(":method", "POST"), (":scheme", scheme), (":path", path), (":authority", host), *fields]
    assert [(str(name), str(value)) for name, value in hpack.Decoder().decode(head)] == expected
    assert leaves_table_alone(head)


@pytest.mark.parametrize(("name", "value"), [("Te", "x"), ("", "x"), ("a b", "x"), ("a", "x\n"), ("connection", "x")])
def test_a_field_that_http_2_has_not_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="HTTP/2 has no header"):
        field(name, value)
