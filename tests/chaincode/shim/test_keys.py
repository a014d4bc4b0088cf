"""Composite keys (fabric.md 2.3, rules 23 and 24)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelane.chaincode.shim.errors import InvalidName
from tradelane.chaincode.shim.keys import create_composite_key, partial_range, split_composite_key

parts = st.text(st.characters(codec="utf-8", exclude_characters="\x00\U0010ffff"))
lists_of_parts = st.lists(parts, max_size=4)


def test_rule_23_the_form_is_fabrics() -> None:
    assert create_composite_key("title", ["p1", "t1"]) == "\x00title\x00p1\x00t1\x00"
    assert create_composite_key("network", []) == "\x00network\x00"


@given(parts, lists_of_parts)
def test_rule_23_what_is_joined_can_be_split(object_type: str, attributes: list[str]) -> None:
    assert split_composite_key(create_composite_key(object_type, attributes)) == (object_type, tuple(attributes))


@pytest.mark.parametrize("part", ["a\x00b", "a\U0010ffff", "\ud800", "é\x00"])
def test_rule_23_what_utf8_or_fabric_cannot_hold_is_refused(part: str) -> None:
    with pytest.raises(InvalidName):
        create_composite_key(part, [])
    with pytest.raises(InvalidName):
        create_composite_key("title", ["p1", part])


@pytest.mark.parametrize("key", ["", "\x00", "simple", "\x00title", "title\x00"])
def test_rule_23_what_is_no_composite_key_cannot_be_split(key: str) -> None:
    with pytest.raises(InvalidName, match="not a composite key"):
        split_composite_key(key)


@given(parts, lists_of_parts, lists_of_parts)
def test_rule_24_a_range_holds_what_continues_its_parts_in_the_order_of_utf8(
    object_type: str, attributes: list[str], rest: list[str]
) -> None:
    start, end = partial_range(object_type, attributes)
    key = create_composite_key(object_type, attributes + rest)
    assert start <= key < end
    assert start.encode() <= key.encode() < end.encode()


@given(parts, parts, parts)
def test_rule_24_a_range_does_not_hold_parts_which_only_begin_alike(
    object_type: str, attribute: str, more: str
) -> None:
    start, end = partial_range(object_type, [attribute])
    key = create_composite_key(object_type, [attribute + "x" + more])
    assert not start <= key < end
