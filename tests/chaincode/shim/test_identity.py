"""The caller's certificate."""

import pytest

from tests.support.identities import admin_identity, identity_saying, make_identity, party_identity


def test_attributes_and_units_come_from_the_certificate() -> None:
    identity = party_identity("HongKongMSP", "p1", "viewer")
    assert identity.attributes == {"tradelane.party": "p1", "tradelane.role": "viewer"}
    assert identity.organizational_units == ("client",)
    assert admin_identity("HongKongMSP").organizational_units == ("admin",)


def test_a_certificate_without_attributes_has_none() -> None:
    assert make_identity("HongKongMSP").attributes == {}


@pytest.mark.parametrize(
    "content", [b"\xff", b"{", b"[]", b"7", b"{}", b'{"attrs":null}', b'{"attrs":["a"]}', b'{"attrs":{"a":1}}']
)
def test_attributes_that_cannot_be_read_are_none(content: bytes) -> None:
    assert identity_saying(content).attributes == {}
