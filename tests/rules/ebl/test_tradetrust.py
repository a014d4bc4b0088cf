"""TradeTrust's title escrow (token registry v5) beside our table: the same acts by the same parties, step by step.

Its two roles are ours: beneficiary is the endorsee (owner), holder the possessor. What we do otherwise, on purpose:

| TradeTrust | here | why |
| --- | --- | --- |
| who has both roles rejects both or none | what came in is refused, whatever else one has | a way out of any transfer |
| the owner may be made owner again | SAME_PARTY | an act without effect is a mistake |
| a rejected transfer leaves no nominee | the nominee is again the one before | refused is as if never given |
| remarks are public, encrypted with a public id | private data with salt | no secret on the ledger |
| pause stops every title of a registry | FREEZE stops one title, by a court's order | nobody else's title is touched |
| the registry's minter restores and burns | the issuing carrier alone answers | EBL_SUR |
"""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.titles import BANK, CARRIER, COURT, EVIDENCE, EXPORTER, IMPORTER, NETWORK, NOW, issue_act
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action, Freeze
from tradelane.rules.ebl import Act, decide
from tradelane.rules.refusal import Code, Refused

PARTIES = (EXPORTER, BANK, IMPORTER)


@dataclass(frozen=True)
class Escrow:
    """TradeTrust's state; parties by id, "" is nobody; position is escrow, registry or burned."""

    beneficiary: str
    holder: str
    nominee: str = ""
    prev_beneficiary: str = ""
    prev_holder: str = ""
    prev_nominee: str = ""
    position: str = "escrow"


class Reverted(Exception):
    """The contract would revert."""


def require(condition: bool) -> None:
    if not condition:
        raise Reverted


def step(state: Escrow, act: str, by: str, to: str) -> Escrow:
    """One act of the escrow, as its contract's rows read."""
    if act in {"restore", "burn"}:
        require(state.position == "registry" and by == CARRIER.party_id)
        return replace(state, position="escrow" if act == "restore" else "burned")
    require(state.position == "escrow")
    both = state.beneficiary == state.holder == by
    if act == "nominate":
        require(by == state.beneficiary and to not in {by, state.nominee})
        return replace(_acted(state, by), nominee=to)
    if act == "transferBeneficiary":
        require(by == state.holder and (both or to == state.nominee) and to != state.beneficiary)
        given = replace(_acted(state, by), beneficiary=to, nominee="", prev_beneficiary=state.beneficiary)
        return replace(given, prev_nominee=state.nominee)
    if act == "transferHolder":
        require(by == state.holder and to != by)
        return replace(_acted(state, by), holder=to, prev_holder=by)
    if act == "transferOwners":
        require(by == state.holder and (both or to == state.nominee) and to not in {by, state.beneficiary})
        return Escrow(to, to, "", state.beneficiary, by, state.nominee)
    if act == "reject":
        owned = by == state.beneficiary and state.prev_beneficiary
        held = by == state.holder and state.prev_holder
        require(bool(owned or held))
        before = {"beneficiary": state.prev_beneficiary, "prev_beneficiary": "", "nominee": state.prev_nominee}
        after = replace(state, **before) if owned else state
        return replace(after, holder=state.prev_holder, prev_holder="") if held else after
    assert act == "returnToIssuer"
    require(both)
    return replace(state, position="registry", nominee="", prev_beneficiary="", prev_holder="")


def _acted(state: Escrow, by: str) -> Escrow:
    """A party's own act closes its windows."""
    if by == state.beneficiary:
        state = replace(state, prev_beneficiary="")
    return replace(state, prev_holder="") if by == state.holder else state


OURS = {
    "nominate": Action.NOMINATE,
    "transferBeneficiary": Action.ENDORSE_TO_ORDER,
    "transferHolder": Action.TRANSFER,
    "transferOwners": Action.ENDORSE_AND_TRANSFER,
    "reject": Action.REFUSE,
    "returnToIssuer": Action.SURRENDER_FOR_DELIVERY,
    "restore": Action.SREJ,
    "burn": Action.SACC,
}
WITH_RECIPIENT = ("nominate", "transferBeneficiary", "transferHolder", "transferOwners")
POSITIONS = {
    TitleStatus.ISSUED: "escrow",
    TitleStatus.PENDING_SURRENDER_FOR_DELIVERY: "registry",
    TitleStatus.SURRENDERED_FOR_DELIVERY: "burned",
}


def seen(title: TitleRecord, escrow: Escrow) -> Escrow:
    """Our title in the escrow's words; who holds at the registry is not told apart there."""
    position = POSITIONS[title.status]
    holder = title.possessor if position == "escrow" else title.surrendered_by
    nominee = "" if title.nominee is None else title.nominee.party_id
    assert title.endorsee is not None
    assert holder is not None
    return replace(
        escrow, beneficiary=title.endorsee.party_id, holder=holder.party_id, nominee=nominee, position=position
    )


acts = st.tuples(st.sampled_from(sorted(OURS)), st.sampled_from((*PARTIES, CARRIER)), st.sampled_from(PARTIES))


@settings(max_examples=500, deadline=None)
@given(st.lists(acts, min_size=1, max_size=25))
def test_every_sequence_of_acts_ends_alike(sequence: list[tuple[str, PartyRecord, PartyRecord]]) -> None:
    escrow = Escrow(EXPORTER.party_id, EXPORTER.party_id)
    title = decide(None, issue_act(), CARRIER, EXPORTER, NOW, NETWORK).title
    for name, by, to in sequence:
        act, recipient = Act(OURS[name], evidence=EVIDENCE), to if name in WITH_RECIPIENT else None
        try:
            after = step(escrow, name, by.party_id, to.party_id)
        except Reverted:
            with pytest.raises(Refused):
                decide(title, act, by, recipient, NOW, NETWORK)
            continue
        title = decide(title, act, by, recipient, NOW, NETWORK).title
        escrow = after
        assert seen(title, escrow) == escrow


def test_pause_stops_every_act_of_the_escrow() -> None:
    title = decide(None, issue_act(), CARRIER, EXPORTER, NOW, NETWORK).title
    paused = title.model_copy(update={"freeze": Freeze(authority=COURT.ref, order=EVIDENCE, since=NOW)})
    for action in OURS.values():
        with pytest.raises(Refused) as refused:
            decide(paused, Act(action, evidence=EVIDENCE), EXPORTER, BANK, NOW, NETWORK)
        assert refused.value.code is Code.WRONG_STATE
