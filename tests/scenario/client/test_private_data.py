"""Private data of one organisation: who may write, who may read and where, and who endorses when nobody is named."""

from typing import Any

import pytest

from tests.scenario.client.conftest import HONGKONG, SHANGHAI, Connect, Gateway, endorsers
from tradelane.gateway.errors import CallError

pytestmark = pytest.mark.network

SECRET = b"secret-canary"


def write(gateway: Any, key: str, *collections: str, endorsing: tuple[str, ...] = ()) -> set[str]:
    """Write into collections and return who endorsed."""
    proposal = gateway.new_proposal(
        "put_private", key, *collections, transient={"value": SECRET}, endorsing_organizations=endorsing
    )
    transaction = gateway.endorse(proposal)
    assert gateway.status(gateway.submit_endorsed(transaction)).successful
    return endorsers(transaction)


def read(gateway: Any, collection: str, key: str, on: str) -> bytes:
    return gateway.evaluate("get_private", collection, key, target_organizations=[on])  # type: ignore[no-any-return]


def unreadable(gateway: Any, collection: str, key: str, on: str) -> None:
    with pytest.raises(CallError) as refused:
        read(gateway, collection, key, on)
    assert SECRET.decode() not in refused.value.diagnostics() + repr(refused.value.peers)


def test_a_member_writes_and_reads_back(gateway: Gateway, key: str) -> None:
    assert write(gateway, key, "hongkong", endorsing=(HONGKONG,)) == {HONGKONG}
    assert read(gateway, "hongkong", key, HONGKONG) == SECRET


def test_a_member_does_not_find_it_on_another_organisations_peer(gateway: Gateway, key: str) -> None:
    write(gateway, key, "hongkong", endorsing=(HONGKONG,))
    unreadable(gateway, "hongkong", key, SHANGHAI)


def test_another_organisation_may_write_but_not_read_back(connect: Connect, key: str) -> None:
    other = connect(SHANGHAI)
    assert write(other, key, "hongkong", endorsing=(HONGKONG,)) == {HONGKONG}
    unreadable(other, "hongkong", key, HONGKONG)


def test_what_another_organisation_wrote_the_member_reads(gateway: Gateway, connect: Connect, key: str) -> None:
    write(connect(SHANGHAI), key, "hongkong", endorsing=(HONGKONG,))
    assert read(gateway, "hongkong", key, HONGKONG) == SECRET


def test_a_closed_collection_is_not_read_by_others(gateway: Gateway, connect: Connect, key: str) -> None:
    write(gateway, key, "hongkong-closed", endorsing=(HONGKONG,))
    assert read(gateway, "hongkong-closed", key, HONGKONG) == SECRET
    unreadable(connect(SHANGHAI), "hongkong-closed", key, HONGKONG)


def test_a_closed_collection_is_not_written_by_others(gateway: Gateway, connect: Connect, key: str) -> None:
    with pytest.raises(CallError):
        write(connect(SHANGHAI), key, "hongkong-closed", endorsing=(HONGKONG,))
    with pytest.raises(CallError, match="no such key"):
        read(gateway, "hongkong-closed", key, HONGKONG)


def test_nobody_needs_to_be_named_for_ones_own_collection(gateway: Gateway, key: str) -> None:
    assert write(gateway, key, "hongkong-closed") == {HONGKONG}
    assert read(gateway, "hongkong-closed", key, HONGKONG) == SECRET


def test_private_inputs_go_to_another_organisation_only_when_it_is_named(
    gateway: Gateway, connect: Connect, key: str
) -> None:
    with pytest.raises(CallError):
        write(gateway, key, "hongkong", "shanghai")
    assert write(gateway, key, "hongkong", "shanghai", endorsing=(HONGKONG, SHANGHAI)) == {HONGKONG, SHANGHAI}
    assert read(gateway, "hongkong", key, HONGKONG) == SECRET
    assert read(connect(SHANGHAI), "shanghai", key, SHANGHAI) == SECRET
    unreadable(gateway, "shanghai", key, SHANGHAI)
