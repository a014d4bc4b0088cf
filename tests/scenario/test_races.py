"""Two acts on one title at the same time: both are endorsed on the same state, exactly one takes effect.

Many titles race at once, so that a block holds many pairs; each pair is one round. Rounds whose two acts came into two
blocks are held to the same, but only those of one block count: 200 for each pair of acts.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from examples.story.acts import BANK, CARRIER, EXPORTER, IMPORTER, issuance_request
from tests.support.told import Told
from tradelane.gateway import aio, ebl
from tradelane.gateway.envelope import Status
from tradelane.model.base import Record
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import EndorseRequest, TitleAct, TransferRequest

pytestmark = pytest.mark.network

TITLES, ROUNDS, TRIES = 20, 10, 20
"""Each title races until it has met so many times in one block, and gives up after so many tries."""
WANTED = TITLES * ROUNDS
ORGANISATIONS = ("HongKongMSP", "ShanghaiMSP")


@dataclass(frozen=True)
class Rival:
    """One of two acts that meet: who does what, and how things are put back when it has won."""

    function: str
    body: Callable[[str], Record]
    back: tuple[str, Callable[[str], Any]]


def to(recipient: str) -> Callable[[str], Record]:
    return lambda title_id: TransferRequest(title_id=title_id, recipient=recipient)


def endorsed_to(recipient: str) -> Callable[[str], Record]:
    return lambda title_id: EndorseRequest(title_id=title_id, action_code=Action.ENDORSE_TO_ORDER, recipient=recipient)


TRANSFER = Rival("ebl:transfer", to(BANK), (BANK, lambda title_id: ebl.transfer(title_id, to=EXPORTER, share=False)))
PLEDGE = Rival("ebl:pledge", to(BANK), (BANK, ebl.release))
SURRENDER = Rival(
    "ebl:surrender",
    lambda title_id: TitleAct(title_id=title_id),
    (CARRIER, lambda title_id: ebl.reject(title_id, reason="not presented in order")),
)
TO_BANK = Rival("ebl:endorse", endorsed_to(BANK), (BANK, lambda title_id: ebl.refuse(title_id, reason="not ours")))
TO_IMPORTER = Rival(
    "ebl:endorse", endorsed_to(IMPORTER), (IMPORTER, lambda title_id: ebl.refuse(title_id, reason="not ours"))
)


@pytest.mark.parametrize(
    "rivals",
    [(TRANSFER, PLEDGE), (SURRENDER, TRANSFER), (TO_BANK, TO_IMPORTER)],
    ids=["transfer-pledge", "surrender-transfer", "endorse-endorse"],
)
async def test_exactly_one_of_two_acts_takes_effect(told: Told, rivals: tuple[Rival, Rival]) -> None:
    async with AsyncExitStack() as stack:
        parties = {
            name: await stack.enter_async_context(_connection(told, name))
            for name in (CARRIER, EXPORTER, BANK, IMPORTER)
        }
        issues = (parties[CARRIER].run(ebl.issue(issuance_request(), share=False)) for _ in range(TITLES))
        titles = [done.result for done in await asyncio.gather(*issues)]
        rounds = await asyncio.gather(*(_rounds(parties, title, rivals) for title in titles))
    taken = sum(len(each) for each in rounds)
    codes = Counter(code for each in rounds for codes, _ in each for code in codes)
    together = sum(one_block for each in rounds for _, one_block in each)
    print(f"{taken} rounds: {dict(codes)}, {together} with both acts in one block")
    assert codes == {"VALID": taken, "MVCC_READ_CONFLICT": taken}
    assert together >= WANTED


def _connection(told: Told, party_id: str) -> aio.Gateway:
    party = next(each for each in told.cast.parties if each.party_id == party_id)
    return aio.connect(told.network.paths.profile(party.org).root, party.user)


async def _rounds(
    parties: Mapping[str, aio.Gateway], title: TitleRecord, rivals: tuple[Rival, Rival]
) -> list[tuple[tuple[str, ...], bool]]:
    results: list[tuple[tuple[str, ...], bool]] = []
    while sum(one_block for _, one_block in results) < ROUNDS:
        assert len(results) < TRIES, f"{len(results)} tries, {results}"
        statuses = await _race(parties[EXPORTER], title.title_id, rivals)
        winner = next(rival for rival, status in zip(rivals, statuses, strict=True) if status.successful)
        who, flow = winner.back
        won = next(status for status in statuses if status.successful)
        for party in parties.values():
            await party.outcome(won.transaction_id)
        back = await parties[who].run(flow(title.title_id))
        for party in parties.values():
            await party.outcome(back.transaction_id)
        results.append((tuple(status.code for status in statuses), len({s.block_number for s in statuses}) == 1))
    return results


async def _race(gateway: aio.Gateway, title_id: str, rivals: tuple[Rival, Rival]) -> list[Status]:
    proposals = [
        gateway.new_proposal(rival.function, rival.body(title_id), endorsing_organizations=ORGANISATIONS)
        for rival in rivals
    ]
    # Both stand endorsed on the same state before either is ordered, and go to the orderer at the same moment.
    transactions = await asyncio.gather(*map(gateway.endorse, proposals))
    commits = await asyncio.gather(*map(gateway.submit_endorsed, transactions))
    return list(await asyncio.gather(*map(gateway.status, commits)))
