"""Titles are written with their indexes and their policy, and read back in pages."""

from typing import Any

import pytest

from tests.support.identities import make_identity
from tests.support.memory_ledger import MemoryLedger
from tests.support.memory_state import PUBLIC
from tests.support.titles import BANK, EXPORTER, HK, IMPORTER, SH, ended, pending, title
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.policy import Policy, all_of, n_of, signed_by
from tradelane.chaincode.state import keys, titles
from tradelane.chaincode.state.policies import policy_of
from tradelane.chaincode.state.reading import read
from tradelane.model.party import NetworkRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import EndorsementRule
from tradelane.model.title_requests import ListRequest, TitlePage


class Saving:
    """A chaincode that writes one version of a title."""

    def __init__(self, before: TitleRecord | None, after: TitleRecord) -> None:
        self._versions = (before, after)

    async def invoke(self, stub: Stub) -> Response:
        await titles.save_title(stub, *self._versions)
        return Response(200)


class Listing:
    """A chaincode that answers with a page of a party's titles."""

    async def invoke(self, stub: Stub) -> Response:
        page = await titles.page_of_titles(stub, stub.args[0].decode(), ListRequest.from_json(stub.args[1]))
        return Response(200, payload=page.to_json())


def rule(required: tuple[str, ...], count: int = 0, others: tuple[str, ...] = ()) -> EndorsementRule:
    return EndorsementRule(required=required, count=count, others=others)


async def save(ledger: MemoryLedger, before: TitleRecord | None, after: TitleRecord) -> None:
    outcome = await ledger.submit(Saving(before, after), make_identity(HK), "save")
    assert outcome.valid


def held_by(ledger: MemoryLedger) -> list[str]:
    return ledger.state.scan("\x00title.holder\x00", "\x00title.holder\x01")


def policy(ledger: MemoryLedger) -> Policy | None:
    return ledger.state.slots[PUBLIC, keys.title("a" * 32).key].policy


async def test_indexes_follow_possession() -> None:
    ledger, issued = MemoryLedger(), title()
    await save(ledger, None, issued)
    assert held_by(ledger) == [keys.held("exporter", issued.title_id)]
    moved = title(possessor=BANK.ref, parties=(*issued.parties, "bank"))
    await save(ledger, issued, moved)
    assert held_by(ledger) == [keys.held("bank", issued.title_id)]
    for party_id in moved.parties:
        assert (PUBLIC, keys.of_party(party_id, issued.title_id)) in ledger.state.slots
    assert ledger.state.slots[PUBLIC, keys.title_of_document("d" * 32, SH).key].value.decode() == issued.title_id


async def test_nobody_holds_an_ended_title() -> None:
    ledger = MemoryLedger()
    await save(ledger, None, pending())
    await save(ledger, pending(), ended())
    assert held_by(ledger) == []


async def test_the_policy_is_written_when_its_rule_changes_only() -> None:
    ledger, issued = MemoryLedger(), title()
    await save(ledger, None, issued)
    assert policy(ledger) == all_of(signed_by(HK), signed_by(SH))
    moved = title(possessor=BANK.ref)
    outcome = await ledger.endorse(Saving(issued, moved), make_identity(HK), "save")
    assert outcome.simulated.policies == {}
    await save(ledger, issued, title(endorsement=rule((SH,), 1, (HK, "SG"))))
    assert policy(ledger) == all_of(signed_by(SH), n_of(1, signed_by(HK), signed_by("SG")))


def test_policies() -> None:
    assert policy_of(rule((HK, SH))) == all_of(signed_by(HK), signed_by(SH))
    assert policy_of(rule((SH,), 2, (HK, "SG", "DE"))) == all_of(
        signed_by(SH), n_of(2, signed_by(HK), signed_by("SG"), signed_by("DE"))
    )


async def test_pages() -> None:
    ledger = MemoryLedger()
    for number in range(7):
        holder = EXPORTER if number % 2 else IMPORTER
        await save(ledger, None, title(title_id=f"{number:032x}", document_id=f"{number:032x}", possessor=holder.ref))

    async def page(party_id: str, **request: Any) -> TitlePage:
        body = ListRequest(**request).to_json()
        response = await ledger.evaluate(Listing(), make_identity(HK), HK, party_id, body)
        return TitlePage.from_json(response.payload)

    first = await page("exporter", held_only=True, page_size=2)
    assert [int(each.title_id, 16) for each in first.titles] == [1, 3]
    assert first.bookmark == f"{5:032x}"
    last = await page("exporter", held_only=True, page_size=2, bookmark=first.bookmark)
    assert [int(each.title_id, 16) for each in last.titles] == [5]
    assert last.bookmark == ""
    assert len((await page("exporter")).titles) == 7
    assert (await page("nobody")).titles == ()


async def test_reading_asks_for_each_key_once() -> None:
    asked: list[list[str]] = []

    class Once:
        async def get_multiple_states(self, names: list[str]) -> list[bytes | None]:
            asked.append(names)
            return [None for _ in names]

    stub: Any = Once()
    found = await read(stub, [keys.party("bank"), keys.network(), keys.party("bank")])
    assert asked == [[keys.party("bank").key, keys.network().key]]
    assert found.get(keys.party("bank")) is None
    assert found.network == NetworkRecord()
    with pytest.raises(KeyError):
        found.get(keys.party("exporter"))
