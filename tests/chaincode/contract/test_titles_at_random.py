"""Thousands of acts by everybody on several titles, with the real contracts, beside a reference that knows no rules.

Splits, combinations, joint control, courts and other platforms among them. TRADELANE_STEPS multiplies the examples
(`make soak`).
"""

import json
import os
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from tests.support.crossing import OPERATOR
from tests.support.reference import MOVES, SURRENDERS, Known, after, known, may, seen
from tests.support.titles_machine import BOTH, HOME, MEMBERS, TRADERS, WORLD, Channel
from tests.support.trade import CARRIER, EXPORTER, HK_AUTHORITY, IMPORTER, SH_AUTHORITY, SH_OUTSIDER
from tradelane.gateway.dcsa.endorsement_chain import Directory, export
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action

TIMES = int(os.environ.get("TRADELANE_STEPS", "1"))
WITH_RECIPIENT = (*MOVES, Action.NOMINATE, Action.ENDORSE, Action.ENDORSE_TO_ORDER)
PLAIN = [action for action in Action if action not in {Action.ISSUE, Action.RECOVER, Action.EXPORT, Action.IMPORT}]
AUTHORITIES = st.sampled_from([SH_AUTHORITY, HK_AUTHORITY])
everybody = st.sampled_from(sorted(HOME))
traders = st.sampled_from(TRADERS)
even = st.sampled_from(range(9973))
walks = st.lists(st.tuples(even, even), min_size=4, max_size=10)
laws = st.sampled_from(["UK_ETDA", "UK_ETDA", "SG_ETA"])
counted: Counter[str] = Counter()


class Titles(RuleBasedStateMachine):
    """Everybody acts; what the ledger then shows is what the reference says."""

    titles = Bundle("titles")

    def __init__(self) -> None:
        super().__init__()
        self.channel = Channel()
        self.known: dict[str, Known] = {}
        self.packages: dict[str, int] = {}
        self.amended = 0
        self.law: dict[str, str] = {}
        self.over: dict[str, TitleRecord] = {}
        self.touched: set[str] = set()

    @rule(
        target=titles,
        packages=st.integers(2, 60),
        holder=st.sampled_from((EXPORTER, IMPORTER)),
        law=laws,
        blank=even,
        chances=walks,
    )
    def issue(self, packages: int, holder: str, law: str, blank: int, chances: list[tuple[int, int]]) -> Any:
        if len(self.known) > 8:
            return multiple()
        blank = blank % 4 == 0
        title_id = self.channel.issue(packages, holder, law=law, blank=blank)
        self.known[title_id] = Known(holder, "" if blank else EXPORTER, not blank)
        self.packages[title_id], self.law[title_id] = packages, law
        self.touched.add(title_id)
        self.what_may_be_done(title_id, chances)
        return title_id

    @rule(title=titles, chances=walks)
    def what_may_be_done(self, title: str, chances: list[tuple[int, int]]) -> None:
        """By the reference: else most of what is tried would be refused."""
        for one, other in chances:
            found = self.possible(title)
            if found:
                action = list(found)[one % len(found)]
                by, to = found[action][other % len(found[action])]
                self.act(title, action, by, to)
                self.the_ledger_shows_what_the_reference_says()

    def possible(self, title: str) -> dict[Action, list[tuple[str, str]]]:
        state, found = self.known[title], dict[Action, list[tuple[str, str]]]()
        for action in PLAIN:
            for by in () if action is Action.FREEZE else sorted(HOME):
                for to in TRADERS if action in WITH_RECIPIENT else ("",):
                    if may(state, action, by, to, WORLD) and self.world_allows(action, by, to):
                        found.setdefault(action, []).append((by, to))
        return found

    @rule(title=titles, action=st.sampled_from(PLAIN), by=everybody, to=traders, chances=walks)
    def anybody(self, title: str, action: Action, by: str, to: str, chances: list[tuple[int, int]]) -> None:
        self.act(title, action, by, to)
        self.act(title, action, self.known[title].possessor or by, to)
        self.what_may_be_done(title, chances)

    @rule(
        title=titles, paper=even.map(lambda chance: chance % 4 == 0), accepted=even.map(lambda chance: chance % 4 > 0)
    )
    def surrender_and_answer(self, title: str, paper: bool, accepted: bool) -> None:
        state = self.known[title]
        by = state.endorsee or state.possessor
        if by and state.possessor != by:
            self.act(title, Action.TRANSFER, state.possessor or CARRIER, by)
        self.act(title, Action.SURRENDER_FOR_AMENDMENT, by or CARRIER, "", paper=paper)
        self.act(title, Action.SACC if accepted else Action.SREJ, CARRIER, "")

    @rule(title=titles, action=st.sampled_from([Action.FREEZE, Action.UNFREEZE]), by=AUTHORITIES)
    def court(self, title: str, action: Action, by: str) -> None:
        action = Action.UNFREEZE if self.known[title].orders and by == SH_AUTHORITY else action
        self.act(title, action, by, "")

    @rule(title=titles, subject=st.sampled_from([EXPORTER, SH_OUTSIDER, BOTH]))
    def recover(self, title: str, subject: str) -> None:
        self.act(title, Action.RECOVER, SH_AUTHORITY, EXPORTER if subject != EXPORTER else SH_OUTSIDER, subject)

    @rule(title=titles, to=traders, chance=even)
    def out_and_perhaps_back(self, title: str, to: str, chance: int) -> None:
        if chance % 3:
            return
        self.act(title, Action.EXPORT, self.known[title].possessor or EXPORTER, OPERATOR)
        self.act(title, Action.IMPORT, OPERATOR if to != IMPORTER else EXPORTER, to)

    @rule(title=titles, member=st.sampled_from(MEMBERS), to=traders)
    def one_member_alone_changes_nothing(self, title: str, member: str, to: str) -> None:
        if self.known[title].possessor == BOTH and to != BOTH:
            before = self.channel.show(title)
            noted = self.channel.ask_alone(title, member, to)
            # It is the second one to ask where the other has asked for the same before.
            if self.channel.show(title).sequence != before.sequence:
                self.known[title] = after(self.known[title], Action.TRANSFER, BOTH, to, WORLD)
                self.touched.add(title)
                assert self.channel.asked_for(title) == []
            elif noted:
                found = self.channel.asked_for(title)
                assert all(view.in_force and view.agreement.action_code is Action.TRANSFER for view in found)
                other = tuple(each for each in MEMBERS if each != member)
                asked = {json.loads(view.agreement.request or "")["recipient"]: view for view in found}
                assert (asked[to].agreement.agreed, asked[to].waiting_for) == ((member,), other)

    @rule(target=titles, title=titles, parts=st.lists(st.integers(1, 40), min_size=1, max_size=3), honest=st.booleans())
    def amend_or_split(self, title: str, parts: list[int], honest: bool) -> Any:
        whole = self.packages[title]
        if honest:
            ones = [1] * (len(parts) - 1)
            parts = [*ones, whole - len(ones)] if whole > len(ones) else [whole]
        if honest:
            self.surrender_and_answer(title, False, True)
        elif self.known[title].place != "amendment" and parts[0] % 4:
            return multiple()  # refused, which need not be seen too often
        return self.replaced([title], parts)

    @rule(target=titles, one=titles, other=titles, lost=st.sampled_from([0, 0, 0, 1]))
    def combine(self, one: str, other: str, lost: int) -> Any:
        if self.known[one].place == "amendment" != self.known[other].place:
            self.surrender_and_answer(other, False, True)
        elif self.known[one].place != "amendment" and lost == 0:
            return multiple()
        return self.replaced([one, other], [self.packages[one] + self.packages[other] - lost])

    def replaced(self, old: list[str], parts: list[int]) -> Any:
        states = [self.known[each] for each in old]
        fits = (
            all(state.place == "amendment" and not state.orders for state in states)
            and len({state.back for state in states}) == len({self.law[each] for each in old}) == 1
            and len(set(old)) == len(old)
            and (len(old) + len(parts) == 2 or sum(parts) == sum(self.packages[each] for each in old))
        )
        new = self.channel.replace(old, parts)
        assert bool(new) == fits, (states, parts)
        counted["replaced" if new else "not replaced"] += 1
        if not new:
            return multiple()
        for each in old:
            self.known[each] = after(self.known[each], Action.VOID, CARRIER, "", WORLD)
        if len(old) == len(parts) == 1:  # an amendment may say other quantities
            self.amended += parts[0] - self.packages[old[0]]
        for title_id, packages in zip(new, parts, strict=True):
            self.known[title_id] = Known(states[0].back, EXPORTER)
            self.packages[title_id], self.law[title_id] = packages, self.law[old[0]]
        self.touched |= {*old, *new}
        return multiple(*new)

    def act(self, title: str, action: Action, by: str, to: str, subject: str = "", *, paper: bool = False) -> None:
        if action not in WITH_RECIPIENT and action not in {Action.RECOVER, Action.EXPORT, Action.IMPORT}:
            to = ""
        before = self.known[title]
        allowed = may(before, action, by, to, WORLD, subject) and self.world_allows(action, by, to)
        found = self.channel.act(action, title, by, to, subject, paper=paper)
        assert (found is not None) == allowed, (action, by, to, subject, before)
        counted[action if allowed else "refused"] += 1
        if found is None:
            return
        self.known[title] = after(before, action, by, to, WORLD, subject)
        if action in SURRENDERS:
            self.known[title] = Known(**{**vars_of(self.known[title]), "paper": paper})
        self.touched.add(title)
        if (
            before.pledgor
            and known(self.known[title])["possessor"] != before.possessor
            and action is not Action.RECOVER
        ):
            assert by == before.possessor  # a pledged title never moves without the pledgee

    @staticmethod
    def world_allows(action: Action, by: str, to: str) -> bool:
        """What hangs on who the parties are: authorities, banks, the jurisdiction of who loses and gets."""
        if action in {Action.FREEZE, Action.UNFREEZE}:
            return by in {SH_AUTHORITY, HK_AUTHORITY}
        if action in {Action.PLEDGE, Action.SUBSTITUTE_PLEDGEE}:
            return to in WORLD.banks
        return True

    @invariant()
    def the_ledger_shows_what_the_reference_says(self) -> None:
        for title_id in self.touched:
            title, reference = self.channel.show(title_id), self.known[title_id]
            assert seen(title) == known(reference), title_id
            # Exactly one controller, and nobody once it is abroad or over.
            controlled = reference.place not in {"abroad", "ended", "delivery", "amendment"}
            assert self.channel.holders(title_id) == ([reference.possessor] if controlled else [])
            if reference.place == "ended":
                self.over.setdefault(title_id, title)
        self.touched.clear()

    @invariant()
    def what_is_over_never_comes_back(self) -> None:
        for title_id, last in self.over.items():
            assert self.known[title_id].place == "ended"
            assert last.possessor is None

    def teardown(self) -> None:
        """At the end, of all titles at once."""
        titles = {title_id: self.channel.show(title_id) for title_id in self.known}
        for title_id, last in self.over.items():
            assert titles[title_id] == last
        self.nothing_was_lost(titles)
        directory = Directory.of("TRDL", self.channel.directory()) if titles else None
        for title_id, title in titles.items():
            assert directory is not None
            entries = self.channel.history(title_id)
            assert [entry.title.sequence for entry in entries] == list(range(1, title.sequence + 1))
            document = self.channel.documents[title_id]
            (chain,) = export(entries, directory, document)
            first = entries[0].title.endorsee
            folded = fold(chain["endorsementChain"][::-1], "" if first is None else first.party_id)
            shown = seen(title)
            # Of a title that was abroad the rest of the chain stands in other platforms' entries.
            if all(entry.title.abroad is None for entry in entries):
                assert folded == {name: shown[name] for name in folded}

    def nothing_was_lost(self, titles: dict[str, TitleRecord]) -> None:
        """What was split and combined is all there: of each old title, or old titles together, in what replaced it."""
        for title_id, title in titles.items():
            assert all(title_id in titles[each].replaces for each in title.replaced_by)
            assert all(title_id in titles[each].replaced_by for each in title.replaces)
        roots = sum(self.packages[each] for each, title in titles.items() if not title.replaces)
        leaves = sum(self.packages[each] for each, title in titles.items() if not title.replaced_by)
        assert roots + self.amended == leaves


def vars_of(state: Known) -> dict[str, Any]:
    return {name: getattr(state, name) for name in Known.__dataclass_fields__}


def fold(links: list[dict[str, Any]], endorsee: str) -> dict[str, Any]:
    """Return where a title stands, of nothing but DCSA's chain and the endorsee its document names."""
    state: dict[str, Any] = {"possessor": "", "endorsee": endorsee, "on": bool(endorsee)}
    for link in links:
        to = party_id(link["recipient"]) if "recipient" in link else ""
        match link["actionCode"]:
            case "ISSUE" | "TRANSFER" | "SURRENDER_FOR_DELIVERY" | "SURRENDER_FOR_AMENDMENT":
                state["possessor"] = to
            case "ENDORSE" | "ENDORSE_TO_ORDER" | "BLANK_ENDORSE" as code:
                state |= {"endorsee": to, "on": code == "ENDORSE_TO_ORDER"}
            case "SURRENDERED":
                state["possessor"] = ""
    return state


def party_id(party: dict[str, Any]) -> str:
    return next(str(code["partyCode"]) for code in party["identifyingCodes"] if code["codeListProvider"] == "ZZZ")


def test_thousands_of_acts_end_as_the_reference_says() -> None:
    often = settings(
        max_examples=50 * TIMES,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # A failure is made small in a soak only, where there is time: it takes minutes.
        phases=tuple(Phase) if TIMES > 1 else (Phase.reuse, Phase.generate),
    )
    run_state_machine_as_test(Titles, settings=often)
    print(f"{counted.total()} acts: {dict(sorted(counted.items()))}")
    assert counted.total() > 2000
    assert {*PLAIN, Action.RECOVER, Action.EXPORT, Action.IMPORT, "replaced", "refused"} <= set(counted)
