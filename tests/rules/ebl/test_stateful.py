"""Over any sequence of acts by any parties the promises of a title hold."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.support.titles import BANK, CARRIER, EVERYONE, EXPORTER, IMPORTER, NETWORK, NOW, issue_act, lodgement
from tradelane.model.party import PartyRecord, PartyRole
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action
from tradelane.rules.ebl import Act, decide
from tradelane.rules.refusal import Refused

anyone = st.sampled_from(EVERYONE)
perhaps = st.none() | anyone
# Parties that may act, more often: else most sequences never leave the first state.
likely = st.sampled_from([CARRIER, EXPORTER, BANK, IMPORTER])


class Title(RuleBasedStateMachine):
    """One title in the hands of everybody."""

    def __init__(self) -> None:
        super().__init__()
        self.title: TitleRecord | None = None

    @rule(actor=anyone | likely, holder=anyone, endorsee=perhaps, to_order=st.booleans())
    def issue(self, actor: PartyRecord, holder: PartyRecord, endorsee: PartyRecord | None, to_order: bool) -> None:
        named = None if endorsee is None else endorsee.party_id
        facts = lodgement(
            owner=actor.party_id,
            is_to_order=to_order,
            endorsee=named if to_order else None,
            consignee=None if to_order else named,
        )
        act = issue_act(facts, endorsee if to_order else None, None if to_order else endorsee)
        if self._act(act, actor, holder):
            assert PartyRole.CARRIER in actor.effective_roles

    @rule(action=st.sampled_from(Action), actor=anyone | likely, recipient=perhaps | likely)
    def act(self, action: Action, actor: PartyRecord, recipient: PartyRecord | None) -> None:
        self._act(Act(action), actor, recipient)

    @rule(action=st.sampled_from(Action), recipient=likely)
    def act_as_controller(self, action: Action, recipient: PartyRecord) -> None:
        if self.title is not None and self.title.possessor is not None:
            controller = next(party for party in EVERYONE if party.ref == self.title.possessor)
            self._act(Act(action), controller, None if action is Action.BLANK_ENDORSE else recipient)
            self._act(Act(action), controller, None)

    def _act(self, act: Act, actor: PartyRecord, recipient: PartyRecord | None) -> bool:
        before = self.title
        if act.action is Action.ISSUE and before is None and act.issue is None:
            return False
        try:
            self.title = decide(before, act, actor, recipient, NOW, NETWORK).title
        except Refused:
            return False
        self._check_step(before, self.title, actor)
        return True

    def _check_step(self, before: TitleRecord | None, after: TitleRecord, actor: PartyRecord) -> None:
        assert after.sequence == (1 if before is None else before.sequence + 1)
        assert actor.effective_roles
        if before is None:
            return
        assert before.status is not TitleStatus.SURRENDERED_FOR_DELIVERY
        assert after.parties[: len(before.parties)] == before.parties
        assert (after.title_id, after.document_id, after.commitment) == (
            before.title_id,
            before.document_id,
            before.commitment,
        )
        assert (after.issuer, after.first_possessor, after.consignee, after.is_to_order) == (
            before.issuer,
            before.first_possessor,
            before.consignee,
            before.is_to_order,
        )
        # Nobody loses control but by an own act, or by the carrier's answer to an own surrender.
        if before.possessor != after.possessor:
            assert before.possessor == actor.ref

    @invariant()
    def exactly_one_in_control_while_in_effect(self) -> None:
        if self.title is not None:
            assert (self.title.possessor is None) == (self.title.status is TitleStatus.SURRENDERED_FOR_DELIVERY)

    @invariant()
    def everyone_concerned_is_a_party(self) -> None:
        if self.title is not None:
            concerned = (self.title.issuer, self.title.possessor, self.title.endorsee, self.title.consignee)
            assert {party.party_id for party in concerned if party} <= set(self.title.parties)
            assert len(set(self.title.parties)) == len(self.title.parties)

    @invariant()
    def a_record_reads_back_as_itself(self) -> None:
        if self.title is not None:
            assert TitleRecord.from_json(self.title.to_json()) == self.title


TestTitle = Title.TestCase
TestTitle.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
