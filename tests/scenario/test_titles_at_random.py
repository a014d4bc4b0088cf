"""Acts at random on the real network: each ends as the rules say it must, in the same title or the same refusal.

What the rules say is computed here from the same records; what the network does goes through clients, peers and the
chaincode. Hundreds of steps, many titles at once.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest

from examples.story.acts import BANK, CARRIER, EXPORTER, IMPORTER, issuance_request
from tests.support.told import Told
from tradelane.gateway import Committed, Flow, Refused, aio, ebl, organisations, parties
from tradelane.model.party import NetworkRecord, PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action, SurrenderReason
from tradelane.rules.ebl import Act, decide, standing_of
from tradelane.rules.ebl.standing import ENDED, IN_EFFECT
from tradelane.rules.refusal import Refused as RuleRefused

pytestmark = pytest.mark.network

SH_AUTHORITY, SH_OUTSIDER = "sh-authority", "pudong-trading"
ACTORS = (CARRIER, EXPORTER, BANK, IMPORTER, SH_AUTHORITY, SH_OUTSIDER)
TITLES, STEPS = 15, 24
NOW, EVIDENCE = "2026-11-23T12:00:00.000Z", "e" * 64

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
WITH_RECIPIENT = (
    Action.NOMINATE,
    Action.TRANSFER,
    Action.ENDORSE,
    Action.ENDORSE_TO_ORDER,
    Action.ENDORSE_AND_TRANSFER,
    Action.PLEDGE,
    Action.SUBSTITUTE_PLEDGEE,
    Action.RECOVER,
)
WORDED = (
    Action.REFUSE,
    Action.ENFORCE,
    Action.SREJ,
    Action.ACCOMPLISH,
    Action.FREEZE,
    Action.UNFREEZE,
    Action.RECOVER,
)
SAME = {"last_action", "incoming", "pledge", "freezes", "conversion", "delivery"}
"""Parts that hold times and salted digests, which the prediction cannot know; that they are there is compared."""


class Walk:
    """One title on its way through acts at random."""

    def __init__(
        self, clients: Mapping[str, aio.Gateway], records: Mapping[str, PartyRecord], network: NetworkRecord
    ) -> None:
        self._clients, self._records, self._network = clients, records, network
        self.outcomes: Counter[str] = Counter()

    async def go(self, title: TitleRecord, chance: random.Random) -> None:
        """Take the steps; stop early at the end of the title's life."""
        for _ in range(STEPS):
            if standing_of(title) in ENDED:
                return
            title = await self._step(title, chance)
            unfrozen = title.model_copy(update={"freezes": ()})
            assert (title.possessor is not None) == (standing_of(unfrozen) in IN_EFFECT)

    async def _step(self, title: TitleRecord, chance: random.Random) -> TitleRecord:
        action = chance.choice(tuple(CALLS))
        likely = [title.possessor.party_id] * 4 if title.possessor is not None else [CARRIER] * 4
        actor = chance.choice([*ACTORS, *likely])
        to = chance.choice(ACTORS) if action in WITH_RECIPIENT else None
        code, predicted = self._predict(title, action, actor, to)
        done, refused = await self._try(actor, CALLS[action](title.title_id, to))
        assert refused == code, (action, actor, to, title)
        if done is None or predicted is None:
            self.outcomes[str(refused)] += 1
            return title
        found: TitleRecord = done.result
        assert found.model_dump(exclude=SAME) == predicted.model_dump(exclude=SAME)
        for part in SAME - {"incoming"}:
            assert (getattr(found, part) is None) == (getattr(predicted, part) is None)
        assert [entry.receiver for entry in found.incoming] == [entry.receiver for entry in predicted.incoming]
        self.outcomes[action] += 1
        for client in self._clients.values():
            await client.outcome(done.transaction_id)
        return found

    async def _try(self, actor: str, flow: Flow[Any]) -> tuple[Committed[TitleRecord] | None, str | None]:
        try:
            return await self._clients[actor].run(flow), None
        except Refused as refused:
            return None, refused.code

    def _predict(
        self, title: TitleRecord, action: Action, actor: str, to: str | None
    ) -> tuple[str | None, TitleRecord | None]:
        reason = SurrenderReason.SWITCH_BILL if action is Action.SURRENDER_FOR_AMENDMENT else None
        subject = self._records[EXPORTER] if action is Action.RECOVER else None
        act = Act(action, evidence=EVIDENCE if action in WORDED else None, reason=reason, subject=subject)
        recipient = None if to is None else self._records[to]
        try:
            return None, decide(title, act, self._records[actor], recipient, NOW, self._network).title
        except RuleRefused as refused:
            return refused.code.value, None


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_network_does_what_the_rules_say(told: Told, seed: int) -> None:
    async with AsyncExitStack() as stack:
        clients = {name: await stack.enter_async_context(_connection(told, name)) for name in ACTORS}
        views = await clients[CARRIER].run(parties.list_parties())
        records = {view.party.party_id: view.party for view in views}
        network = await clients[CARRIER].run(organisations.list_organisations())
        issues = (clients[CARRIER].run(ebl.issue(issuance_request(), share=False)) for _ in range(TITLES))
        issued = await asyncio.gather(*issues)
        for client in clients.values():  # every peer knows the titles before anybody acts on them there
            await asyncio.gather(*(client.outcome(done.transaction_id) for done in issued))
        titles = [done.result for done in issued]
        walks = [Walk(clients, records, network) for _ in titles]
        chances = [random.Random(f"{seed}-{number}") for number in range(TITLES)]  # noqa: S311 -- repeatable
        await asyncio.gather(
            *(walk.go(title, chance) for walk, title, chance in zip(walks, titles, chances, strict=True))
        )
    outcomes = sum((walk.outcomes for walk in walks), Counter())
    print(f"seed {seed}: {outcomes.total()} acts, {dict(sorted(outcomes.items()))}")
    assert outcomes.total() > TITLES * STEPS // 4
    assert len(outcomes) > 10


def _connection(told: Told, party_id: str) -> aio.Gateway:
    party = next(each for each in told.cast.parties if each.party_id == party_id)
    return aio.connect(told.network.paths.profile(party.org).root, party.user)
