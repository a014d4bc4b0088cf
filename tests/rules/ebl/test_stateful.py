"""Over any sequence of acts by any parties the promises of a title hold, and a reference of ten lines agrees."""

from hashlib import sha256

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.support.titles import (
    AUTHORITY,
    BACK_BY,
    BANK,
    CARRIER,
    COURT,
    EVERYONE,
    EVIDENCE,
    EXPORTER,
    IMPORTER,
    LEFT_BY,
    NETWORK,
    NOW,
    OPERATOR,
    OTHER_BANK,
    SUCCESSOR,
    issue_act,
    lodgement,
)
from tradelane.gateway.dcsa.endorsement_chain import moves
from tradelane.gateway.dcsa.messages import ActionCode
from tradelane.model.party import PartyRecord, PartyRef, PartyRole
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action, SurrenderReason
from tradelane.rules.ebl import Act, Crossing, Standing, decide, standing_of
from tradelane.rules.ebl.standing import ENDED, FREEZABLE, IN_EFFECT
from tradelane.rules.refusal import Refused

anyone = st.sampled_from(EVERYONE)
perhaps = st.none() | anyone
# Parties that may act, more often: else most sequences never leave the first state.
likely = st.sampled_from([CARRIER, EXPORTER, BANK, OTHER_BANK, IMPORTER, COURT, SUCCESSOR])
reasons = st.none() | st.sampled_from(SurrenderReason)

MOVES = (
    Action.ISSUE,
    Action.TRANSFER,
    Action.ENDORSE_AND_TRANSFER,
    Action.PLEDGE,
    Action.SUBSTITUTE_PLEDGEE,
    Action.IMPORT,
)
ENDORSEMENTS = (ActionCode.ENDORSE, ActionCode.ENDORSE_TO_ORDER, ActionCode.BLANK_ENDORSE)
SURRENDERS = (Action.SURRENDER_FOR_DELIVERY, Action.SURRENDER_FOR_AMENDMENT)


def reference(before: TitleRecord | None, act: Act, recipient: PartyRecord | None) -> PartyRef | None:
    """Who is in control after an act that was allowed, in the plainest words there are."""
    if act.action in MOVES and recipient is not None:
        return recipient.ref
    assert before is not None
    if act.action in SURRENDERS:
        return before.issuer
    if act.action in (Action.SACC, Action.VOID, Action.ACCOMPLISH, Action.EXPORT):
        return None
    if act.action is Action.SREJ:
        return before.surrendered_by
    if act.action is Action.RELEASE:
        assert before.pledge is not None
        return before.pledge.pledgor
    if act.action is Action.REFUSE:
        given_back = [entry.possessor for entry in before.incoming if entry.receiver == before.possessor]
        return next((giver for giver in given_back if giver is not None), before.possessor)
    if act.action is Action.RECOVER and act.subject is not None and act.subject.ref == before.possessor:
        assert recipient is not None
        return recipient.ref
    return before.possessor


class Title(RuleBasedStateMachine):
    """One title in the hands of everybody."""

    def __init__(self) -> None:
        super().__init__()
        self.title: TitleRecord | None = None
        self.history: list[TitleRecord] = []

    @rule(
        actor=anyone | likely,
        holder=anyone | likely,
        endorsee=perhaps,
        to_order=st.booleans(),
        code=st.sampled_from(["BOL", "BOL", "BOL", "SWB"]),
        paper=st.booleans(),
    )
    def issue(
        self,
        actor: PartyRecord,
        holder: PartyRecord,
        endorsee: PartyRecord | None,
        to_order: bool,
        code: str,
        paper: bool,
    ) -> None:
        to_order = to_order and code == "BOL"
        named = None if endorsee is None else endorsee.party_id
        facts = lodgement(
            owner=actor.party_id,
            transport_document_type_code=code,
            is_to_order=to_order,
            endorsee=named if to_order else None,
            consignee=None if to_order else named,
        )
        act = issue_act(
            facts,
            endorsee if to_order else None,
            None if to_order else endorsee,
            paper=EVIDENCE if paper else None,
        )
        if self._act(act, actor, holder):
            assert PartyRole.CARRIER in actor.effective_roles

    @rule(
        action=st.sampled_from(Action), actor=anyone | likely, recipient=perhaps | likely, subject=perhaps,
        reason=reasons,
    )  # fmt: skip
    def act(
        self,
        action: Action,
        actor: PartyRecord,
        recipient: PartyRecord | None,
        subject: PartyRecord | None,
        reason: SurrenderReason | None,
    ) -> None:
        self._act(Act(action, evidence=EVIDENCE, subject=subject, reason=reason), actor, recipient)

    @rule(action=st.sampled_from(Action), recipient=likely, reason=reasons)
    def act_as_controller(self, action: Action, recipient: PartyRecord, reason: SurrenderReason | None) -> None:
        if self.title is not None and self.title.possessor is not None:
            controller = next(party for party in EVERYONE if party.ref == self.title.possessor)
            act = Act(action, evidence=EVIDENCE, reason=reason)
            self._act(act, controller, recipient) or self._act(act, controller, None)

    @rule(accepted=st.booleans())
    def answer(self, accepted: bool) -> None:
        self._act(Act(Action.SACC if accepted else Action.SREJ, evidence=EVIDENCE), CARRIER, None)

    @rule(court=st.sampled_from([COURT, AUTHORITY]))
    def unfreeze(self, court: PartyRecord) -> None:
        self._act(Act(Action.UNFREEZE, evidence=EVIDENCE), court, None)

    @rule(platform=st.sampled_from(["WAVE", "IQAX"]))
    def leave(self, platform: str) -> None:
        if self.title is not None and self.title.possessor is not None:
            controller = next(party for party in EVERYONE if party.ref == self.title.possessor)
            self._act(Act(Action.EXPORT, crossing=Crossing(LEFT_BY, platform=platform)), controller, OPERATOR)

    @rule(
        actor=st.sampled_from([OPERATOR, OPERATOR, EXPORTER]),
        recipient=likely,
        left_by=st.sampled_from([LEFT_BY, LEFT_BY, BACK_BY]),
        endorsed=st.booleans(),
        endorsee=perhaps,
        may_endorse=st.booleans(),
    )
    def come_back(
        self,
        actor: PartyRecord,
        recipient: PartyRecord,
        left_by: str,
        endorsed: bool,
        endorsee: PartyRecord | None,
        may_endorse: bool,
    ) -> None:
        crossing = Crossing(BACK_BY, left_by=left_by, endorsed=endorsed, endorsee=endorsee, may_endorse=may_endorse)
        if self._act(Act(Action.IMPORT, crossing=crossing), actor, recipient):
            assert left_by == LEFT_BY  # an unbroken chain

    @rule(party=likely)
    def refuse(self, party: PartyRecord) -> None:
        self._act(Act(Action.REFUSE, evidence=EVIDENCE), party, None)

    def _act(self, act: Act, actor: PartyRecord, recipient: PartyRecord | None) -> bool:
        before = self.title
        if act.action is Action.ISSUE and before is None and act.issue is None:
            return False
        try:
            self.title = decide(before, act, actor, recipient, NOW, NETWORK).title
        except Refused:
            return False
        assert self.title.possessor == reference(before, act, recipient)
        self._check_step(before, self.title, act, actor)
        self.history.append(self.title)
        return True

    def _check_step(self, before: TitleRecord | None, after: TitleRecord, act: Act, actor: PartyRecord) -> None:
        assert after.sequence == (1 if before is None else before.sequence + 1)
        assert actor.effective_roles
        if before is None:
            return
        assert standing_of(before) not in ENDED  # void, paper and delivered never come back
        assert after.parties[: len(before.parties)] == before.parties
        for name in ("title_id", "document_id", "commitment", "issuer", "is_to_order", "governing_law"):
            assert getattr(after, name) == getattr(before, name)
        assert after.transport_document_type_code == before.transport_document_type_code
        court = act.action is Action.RECOVER
        # Nobody loses control but by an own act, by the carrier's answer to an own surrender, or by a court's order.
        if before.possessor != after.possessor and not court:
            assert before.possessor == actor.ref or act.action in (Action.ACCOMPLISH, Action.IMPORT)
        if act.action is Action.IMPORT:
            assert before.abroad is not None
            assert actor.ref == before.abroad.operator
        if standing_of(before) is Standing.PLEDGED and before.possessor != after.possessor and not court:
            assert before.pledge is not None
            assert actor.ref == before.pledge.pledgee
        if court:
            assert PartyRole.AUTHORITY in actor.effective_roles

    @invariant()
    def exactly_one_in_control_while_in_effect(self) -> None:
        if self.title is not None:
            unfrozen = self.title.model_copy(update={"freeze": None, "further_freezes": None})
            assert (self.title.possessor is not None) == (standing_of(unfrozen) in IN_EFFECT)

    @invariant()
    def a_pledged_title_is_in_its_pledgees_hands(self) -> None:
        if self.title is not None and self.title.pledge is not None:
            assert self.title.possessor == self.title.pledge.pledgee
            assert self.title.status.value == "ISSUED"

    @invariant()
    def a_waybill_gives_no_title(self) -> None:
        if self.title is not None and self.title.transport_document_type_code == "SWB":
            assert self.title.pledge is None
            assert self.title.endorsee is None

    @invariant()
    def everyone_concerned_is_a_party(self) -> None:
        if self.title is not None:
            title = self.title
            pledge = () if title.pledge is None else (title.pledge.pledgor, title.pledge.pledgee)
            concerned = (title.issuer, title.possessor, title.endorsee, title.consignee, title.nominee, *pledge)
            assert {party.party_id for party in concerned if party} <= set(title.parties)
            assert len(set(title.parties)) == len(title.parties)

    @invariant()
    def what_may_be_refused_is_what_its_receiver_has(self) -> None:
        if self.title is not None:
            for entry in self.title.incoming:
                assert entry.possessor is None or entry.receiver == self.title.possessor
                assert not entry.endorsed or entry.receiver == self.title.endorsee
            assert standing_of(self.title) in (*FREEZABLE, Standing.FROZEN) or not self.title.incoming

    @invariant()
    def a_record_reads_back_as_itself(self) -> None:
        if self.title is not None:
            assert TitleRecord.from_json(self.title.to_json()) == self.title

    @invariant()
    def the_sum_of_dcsas_moves_is_the_state(self) -> None:
        """Of a title that stayed here; what is done abroad stands in other platforms' entries."""
        if self.title is None or any(version.abroad is not None for version in self.history):
            return
        endorsee, may_endorse = self.history[0].endorsee, self.history[0].endorsee_may_endorse
        possessor = None
        for before, after in zip([None, *self.history], self.history, strict=False):
            for move in moves(before, after):
                if move.code in ENDORSEMENTS:
                    endorsee, may_endorse = move.recipient, move.code is ActionCode.ENDORSE_TO_ORDER
                elif move.code is not ActionCode.SIGN:
                    possessor = move.recipient
        assert (possessor, endorsee) == (self.title.possessor, self.title.endorsee)
        assert may_endorse == self.title.endorsee_may_endorse

    @invariant()
    def every_version_names_the_one_before(self) -> None:
        digests = [sha256(version.to_json()).hexdigest() for version in self.history]
        assert [version.previous for version in self.history] == [None, *digests][: len(self.history)]


TestTitle = Title.TestCase
TestTitle.settings = settings(
    max_examples=150, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
