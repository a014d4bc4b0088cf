"""The channel as control tracking registry: what a platform with an empty database answers, from the ledger alone."""

from typing import Any

import pytest

from tests.gateway.pint.test_scenarios import finished
from tests.support.pint import (
    CHANNEL,
    CHECKSUM,
    HERE,
    THERE,
    Keys,
    Letters,
    Place,
    Receiving,
    left_for,
    party,
    transaction,
)
from tests.support.trade import BANK, IMPORTER
from tradelane.gateway.dcsa import checksums
from tradelane.gateway.pint.registry import Control

TITLE = "a" * 32


def last(sent: dict[str, Any]) -> str:
    return checksums.of_signed(sent["envelopeTransferChain"][-1])


def guarded(letters: Letters, to: str = IMPORTER, platform: str = THERE) -> dict[str, Any]:
    """Return an envelope whose chain names the channel as its registry."""
    return letters.envelope([letters.first(left_for(platform, to), registry=CHANNEL)])


def onward(keys: Keys, sent: dict[str, Any], platform: str = HERE, by: str = THERE) -> dict[str, Any]:
    there = Letters(keys, by)
    moved = transaction("TRANSFER", party(IMPORTER, by), party(BANK, platform), at=120)
    return there.envelope(there.then(sent["envelopeTransferChain"], moved))


def answered(at: Receiving, sent: dict[str, Any]) -> tuple[str, str]:
    answer = finished(at.wire, at.wire.start(sent))
    return answer["responseCode"], answer.get("reason", "")


def test_what_the_ledger_let_out_is_received(receiving: Receiving, letters: Letters) -> None:
    sent = guarded(letters)
    receiving.register.export(TITLE, last(sent))
    assert answered(receiving, sent)[0] == "RECE"
    assert answered(receiving, sent)[0] == "DUPE"


def test_what_the_ledger_does_not_know_is_invalid(receiving: Receiving, letters: Letters) -> None:
    code, reason = answered(receiving, guarded(letters))
    assert (code, "no record of this transfer" in reason) == ("BENV", True)
    assert receiving.store.title(CHECKSUM) is None


def test_what_never_left_is_disputed(receiving: Receiving, letters: Letters) -> None:
    receiving.register.documents[CHECKSUM] = TITLE
    receiving.register.controls[TITLE] = Control(TITLE, None, None)
    assert answered(receiving, guarded(letters))[0] == "DISE"


def test_of_a_double_send_to_two_fresh_receivers_the_second_is_disputed(
    place: Place, keys: Keys, letters: Letters, receiving: Receiving
) -> None:
    first, second = guarded(letters), guarded(letters, to=BANK)
    receiving.register.export(TITLE, last(first))
    assert answered(receiving, first)[0] == "RECE"
    (place.home / "WAVE.db").rename(place.home / "first.db")
    with place.receiving(keys, THERE, receiving.register) as other:
        assert answered(other, second)[0] == "DISE"
        assert other.store.title(CHECKSUM) is None


def test_what_came_back_and_left_again_does_not_leave_by_its_first_entry(
    receiving: Receiving, letters: Letters
) -> None:
    sent, again = guarded(letters), guarded(letters)
    receiving.register.export(TITLE, last(sent))
    receiving.register.export(TITLE, last(again))
    assert answered(receiving, sent)[0] == "DISE"
    receiving.register.controls[TITLE] = Control(TITLE, None, "f" * 64)
    assert answered(receiving, again)[0] == "DISE"


def test_what_left_for_one_platform_is_not_anothers(place: Place, keys: Keys, letters: Letters) -> None:
    with place.receiving(keys) as found:
        sent = guarded(letters)
        found.register.export(TITLE, last(sent), platform="BOLE")
        assert answered(found, sent)[0] == "DISE"


@pytest.mark.parametrize("over", ["b" * 32, None])
def test_a_title_does_not_leave_by_anothers_entry(receiving: Receiving, letters: Letters, over: str | None) -> None:
    """Whoever lets a title of theirs out with an entry over another document has not let out that document's title."""
    sent, register = guarded(letters), receiving.register
    register.export(TITLE, last(sent))
    del register.documents[CHECKSUM]
    if over is not None:
        register.documents[CHECKSUM] = over
        register.controls[over] = Control(over, None, None)
    assert answered(receiving, sent)[0] == "DISE"
    assert receiving.store.title(CHECKSUM) is None


def test_what_claims_to_have_left_twice_is_disputed(receiving: Receiving, letters: Letters, keys: Keys) -> None:
    sent = guarded(letters)
    receiving.register.export(TITLE, last(sent))  # the ledger still has it abroad by its first entry
    back = onward(keys, sent)
    here = Letters(keys)
    moved = transaction("TRANSFER", party(BANK, HERE), party(IMPORTER, THERE), at=180)
    assert answered(receiving, here.envelope(here.then(back["envelopeTransferChain"], moved)))[0] == "DISE"


@pytest.mark.parametrize("registry", [None, "https://ctr.example/v1"])
def test_a_chain_born_elsewhere_over_a_title_of_this_channel_is_not_received(
    receiving: Receiving, letters: Letters, registry: str | None
) -> None:
    receiving.register.documents[CHECKSUM] = TITLE
    receiving.register.controls[TITLE] = Control(TITLE, None, None)
    sent = letters.envelope([letters.first(registry=registry)])
    assert answered(receiving, sent)[0] == ("DISE" if registry is None else "BENV")
    assert receiving.store.title(CHECKSUM) is None


def test_a_platform_with_a_new_database_takes_its_own_titles_back(place: Place, keys: Keys, letters: Letters) -> None:
    sent = guarded(letters)
    with place.receiving(keys, HERE) as home:
        home.register.export(TITLE, last(sent))
        coming = onward(keys, sent)
        assert answered(home, coming)[0] == "RECE"
        (returned,) = home.register.returned
        assert (returned.title_id, returned.left_by, returned.to) == (TITLE, last(sent), BANK)
        held = home.store.title(CHECKSUM)
        assert held is not None
        assert (held.title_id, held.here) == (TITLE, True)


def test_a_stop_between_ledger_and_a_new_database_is_made_good(place: Place, keys: Keys, letters: Letters) -> None:
    sent = guarded(letters)
    with place.receiving(keys, HERE) as home:
        coming = onward(keys, sent)
        home.register.export(TITLE, last(sent))
        home.register.controls[TITLE] = Control(TITLE, None, last(coming))
        assert answered(home, coming)[0] == "RECE"
        assert home.register.returned == []


def test_what_our_peer_has_not_heard_of_yet_is_answered_by_nothing_signed(
    receiving: Receiving, letters: Letters
) -> None:
    sent = guarded(letters)
    receiving.register.behind = True
    assert receiving.wire.start(sent).status_code == 503
    receiving.register.documents[CHECKSUM] = TITLE
    receiving.register.controls[TITLE] = Control(TITLE, None, None)
    assert receiving.wire.start(sent).status_code == 503
    receiving.register.export(TITLE, last(sent))  # now it has; what others say beyond that does not matter
    assert answered(receiving, sent)[0] == "RECE"
    receiving.register.controls[TITLE] = Control(TITLE, None, "f" * 64)
    assert answered(receiving, sent)[0] == "DUPE"
