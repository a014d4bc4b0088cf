"""Acts at random on the real network: each ends as a reference that knows no rules says it must.

The reference (`tests/support/reference.py`) is the one of the in-memory ledger's walk; what the network does goes
through clients, peers and the chaincode. Hundreds of steps, many titles at once.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest

from examples.story.acts import BANK, CARRIER, EXPORTER, IMPORTER, issuance_request
from tests.support.reference import MOVES, Known, World, after, known, may, seen
from tests.support.told import Told
from tradelane.gateway import Committed, Flow, Refused, aio, ebl
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action, SurrenderReason

pytestmark = pytest.mark.network

SH_AUTHORITY, HK_AUTHORITY, SH_OUTSIDER = "sh-authority", "hk-authority", "pudong-trading"
ACTORS = (CARRIER, EXPORTER, BANK, IMPORTER, SH_AUTHORITY, HK_AUTHORITY, SH_OUTSIDER)
SHANGHAI = (CARRIER, EXPORTER, SH_AUTHORITY, SH_OUTSIDER)
TITLES, STEPS = 15, 24

Call = Callable[[str, str | None], Flow[Any]]


def endorsing(action: Action) -> Call:
    return lambda title_id, to: ebl.endorse(title_id, to=to, action=action, share=False)


CALLS: Mapping[Action, Call] = {
    Action.SIGN: lambda title_id, _: ebl.sign(title_id),
    Action.NOMINATE: lambda title_id, to: ebl.nominate(title_id, to=to or BANK),
    Action.TRANSFER: lambda title_id, to: ebl.transfer(title_id, to=to or BANK, share=False),
    Action.ENDORSE: endorsing(Action.ENDORSE),
    Action.ENDORSE_TO_ORDER: endorsing(Action.ENDORSE_TO_ORDER),
    Action.ENDORSE_AND_TRANSFER: endorsing(Action.ENDORSE_AND_TRANSFER),
    Action.BLANK_ENDORSE: endorsing(Action.BLANK_ENDORSE),
    Action.REFUSE: lambda title_id, _: ebl.refuse(title_id, reason="not wanted"),
    Action.PLEDGE: lambda title_id, to: ebl.pledge(title_id, to=to or BANK, share=False),
    Action.RELEASE: lambda title_id, _: ebl.release(title_id),
    Action.ENFORCE: lambda title_id, _: ebl.enforce(title_id, reason="default"),
    Action.SUBSTITUTE_PLEDGEE: lambda title_id, to: ebl.substitute_pledgee(title_id, to=to or BANK, share=False),
    Action.SURRENDER_FOR_DELIVERY: lambda title_id, _: ebl.surrender(title_id),
    Action.SURRENDER_FOR_AMENDMENT: lambda title_id, _: ebl.surrender_for_amendment(
        title_id, reason_code=SurrenderReason.SWITCH_BILL
    ),
    Action.SACC: lambda title_id, _: ebl.accept(title_id),
    Action.SREJ: lambda title_id, _: ebl.reject(title_id, reason="not in order"),
    Action.ACCOMPLISH: lambda title_id, _: ebl.accomplish(title_id, delivery_order="DO 1"),
    Action.VOID: lambda title_id, _: ebl.void(title_id),
    Action.FREEZE: lambda title_id, _: ebl.freeze(title_id, order="order 1"),
    Action.UNFREEZE: lambda title_id, _: ebl.unfreeze(title_id, order="order 2"),
    Action.RECOVER: lambda title_id, to: ebl.recover(title_id, subject=EXPORTER, to=to or SH_OUTSIDER, order="order 3"),
}
WITH_RECIPIENT = (*MOVES, Action.NOMINATE, Action.ENDORSE, Action.ENDORSE_TO_ORDER)
TO_SOMEBODY = (*WITH_RECIPIENT, Action.RECOVER)
WORLD = World(
    {name: "SH" if name in SHANGHAI else "HK" for name in ACTORS}, carrier=CARRIER, operator="", banks=(BANK,)
)


class Walk:
    """One title on its way through acts at random, beside what the reference knows of it."""

    def __init__(self, clients: Mapping[str, aio.Gateway], title: TitleRecord, chance: random.Random) -> None:
        self._clients, self._id, self._chance = clients, title.title_id, chance
        self._known = Known(EXPORTER, EXPORTER)
        self.outcomes: Counter[str] = Counter()

    async def go(self) -> None:
        """Take the steps; stop early at the end of the title's life."""
        for _ in range(STEPS):
            if self._known.place == "ended":
                return
            await self._step()

    async def _step(self) -> None:
        action, by, to = self._choose()
        subject = EXPORTER if action is Action.RECOVER else ""
        allowed = _may(self._known, action, by, to, subject)
        done = await self._try(by, CALLS[action](self._id, to or None))
        assert (done is not None) == allowed, (action, by, to, self._known)
        self.outcomes[action.value if allowed else "refused"] += 1
        if done is None:
            return
        self._known = after(self._known, action, by, to, WORLD, subject)
        assert seen(done.result) == known(self._known)
        for name, client in self._clients.items():
            await client.outcome(done.transaction_id)
            if name in (CARRIER, BANK):  # the peers of both jurisdictions show the same
                shown = await self._clients[SH_AUTHORITY if name == CARRIER else HK_AUTHORITY].run(ebl.show(self._id))
                assert shown == done.result

    def _choose(self) -> tuple[Action, str, str]:
        """Mostly something that the reference says is possible: else most of it would be refused."""
        action = self._chance.choice(tuple(CALLS))
        if self._chance.random() < 0.3:
            return action, self._chance.choice(ACTORS), self._chance.choice(ACTORS) if action in TO_SOMEBODY else ""
        possible = [
            (action, by, to)
            for action in CALLS
            for by in ACTORS
            for to in (ACTORS if action in TO_SOMEBODY else ("",))
            if _may(self._known, action, by, to, EXPORTER if action is Action.RECOVER else "")
        ]
        acts = sorted({action for action, _, _ in possible})
        action = self._chance.choice(acts)
        return self._chance.choice([each for each in possible if each[0] is action])

    async def _try(self, actor: str, flow: Flow[Any]) -> Committed[TitleRecord] | None:
        try:
            return await self._clients[actor].run(flow)
        except Refused:
            return None


def _may(state: Known, action: Action, by: str, to: str, subject: str) -> bool:
    """What the reference says, and what hangs on who the parties are."""
    if action in {Action.FREEZE, Action.UNFREEZE, Action.RECOVER} and by not in {SH_AUTHORITY, HK_AUTHORITY}:
        return False
    if action is Action.RECOVER and (by == HK_AUTHORITY or to not in SHANGHAI):
        return False
    if action in {Action.PLEDGE, Action.SUBSTITUTE_PLEDGEE} and to != BANK:
        return False
    return may(state, action, by, to, WORLD, subject)


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_network_does_what_the_reference_says(told: Told, seed: int) -> None:
    async with AsyncExitStack() as stack:
        clients = {name: await stack.enter_async_context(_connection(told, name)) for name in ACTORS}
        issues = (clients[CARRIER].run(ebl.issue(issuance_request(), share=False)) for _ in range(TITLES))
        issued = await asyncio.gather(*issues)
        for client in clients.values():  # every peer knows the titles before anybody acts on them there
            await asyncio.gather(*(client.outcome(done.transaction_id) for done in issued))
        chances = [random.Random(f"{seed}-{number}") for number in range(TITLES)]  # noqa: S311 -- repeatable
        walks = [Walk(clients, done.result, chance) for done, chance in zip(issued, chances, strict=True)]
        await asyncio.gather(*(walk.go() for walk in walks))
    outcomes = sum((walk.outcomes for walk in walks), Counter())
    assert outcomes["refused"] > 0
    print(f"seed {seed}: {outcomes.total()} acts, {dict(sorted(outcomes.items()))}")
    assert outcomes.total() > TITLES * STEPS // 4
    assert len(outcomes) > 10


def _connection(told: Told, party_id: str) -> aio.Gateway:
    party = next(each for each in told.cast.parties if each.party_id == party_id)
    return aio.connect(told.network.paths.profile(party.org).root, party.user)
