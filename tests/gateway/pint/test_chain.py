"""The chain as a property: whatever is taken out, put elsewhere, repeated or changed is noticed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.pint import CHECKSUM, HERE, THERE, Keys, Letters, left_for, party, transaction
from tests.support.trade import IMPORTER
from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.signing import BadSignature
from tradelane.gateway.pint import chain
from tradelane.gateway.pint.chain import MAX_ENTRIES, BrokenChain

KEYS = Keys()


def crossing(times: int) -> list[str]:
    """Return the chain of a title that goes there and back so many times."""
    entries = [Letters(KEYS).first(left_for())]
    for number in range(1, times):
        platform, other = (THERE, HERE) if number % 2 else (HERE, THERE)
        moved = transaction("TRANSFER", party(IMPORTER, platform), party(IMPORTER, other), at=60 * number)
        entries = Letters(KEYS, platform).then(entries, moved)
    return entries


CHAIN = crossing(6)


def verify(entries: list[str]) -> chain.Chain:
    return chain.verify(entries, KEYS.platforms, KEYS.carriers)


def test_a_chain_that_nobody_has_touched_holds() -> None:
    found = verify(CHAIN)
    assert [entry.checksum for entry in found.entries] == [checksums.of_signed(each) for each in CHAIN]
    assert found.issuance.document_checksum == CHECKSUM
    assert len(found.transactions) == 7


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(CHAIN), max_size=8))
def test_only_the_chain_and_its_beginnings_hold(entries: list[str]) -> None:
    if entries and entries == CHAIN[: len(entries)]:
        assert len(verify(entries).entries) == len(entries)
        return
    with pytest.raises(BrokenChain):
        verify(entries)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(CHAIN) - 1), st.data())
def test_any_changed_character_is_noticed(number: int, data: st.DataObject) -> None:
    content = CHAIN[number]
    place = data.draw(st.integers(0, len(content) - 2))  # the last one holds bits that say nothing
    other = data.draw(st.sampled_from([letter for letter in "Az09-_." if letter != content[place]]))
    changed = content[:place] + other + content[place + 1 :]
    with pytest.raises((BadSignature, BrokenChain)):
        verify([*CHAIN[:number], changed, *CHAIN[number + 1 :]])


def test_an_entry_signed_anew_breaks_the_chain_after_it() -> None:
    payload = KEYS.platforms.verify(CHAIN[2]).payload
    again = KEYS.signers[HERE].sign(payload)
    assert verify([*CHAIN[:2], again]).last.content == again
    with pytest.raises(BrokenChain, match="entry 4"):
        verify([*CHAIN[:2], again, *CHAIN[3:]])


def test_chains_are_bounded() -> None:
    with pytest.raises(BrokenChain, match=str(MAX_ENTRIES)):
        verify([CHAIN[0]] * (MAX_ENTRIES + 1))
