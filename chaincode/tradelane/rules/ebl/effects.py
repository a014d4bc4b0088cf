"""What an act makes of a title, once its guards have let it pass; each effect says it in its first line.

Three modules share them: here are issue, control and surrender, in `encumbering` pledge and court, in `succession`
what every effect ends with.
"""

from tradelane.model.party import PartyRecord, PartyRef
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Conversion, Delivery, Medium, SurrenderReason
from tradelane.rules.ebl.case import Case
from tradelane.rules.ebl.law import statement
from tradelane.rules.ebl.succession import first, following, handed, own_cleared


def issued(case: Case, status: TitleStatus) -> TitleRecord:
    """The recipient gets possession; endorsee or consignee are the document's, the endorsee may endorse on."""
    facts, holder = case.issue, case.receiver.ref
    to_order = facts.lodgement.is_to_order
    endorsee = _ref(facts.endorsee) if to_order else None
    conversion = None
    if facts.paper is not None:
        words = statement(facts.governing_law, Medium.ELECTRONIC)
        conversion = Conversion(
            source=Medium.PAPER, target=Medium.ELECTRONIC, statement=words, evidence=facts.paper, date_time=case.now
        )
    return first(
        case,
        status,
        endorsee=endorsee,
        endorsee_may_endorse=endorsee is not None,
        first_possessor=holder,
        consignee=None if to_order else _ref(facts.consignee),
        conversion=conversion,
    )


def signed(case: Case, status: TitleStatus) -> TitleRecord:
    """Nothing changes but the history, which names the signer."""
    return following(case, status, None)


def nominated(case: Case, status: TitleStatus) -> TitleRecord:
    """Whoever is in control may endorse to the recipient, and to nobody else."""
    return following(case, status, case.receiver.ref, nominee=case.receiver.ref)


def possession_moved(case: Case, status: TitleStatus) -> TitleRecord:
    """The recipient gets possession, which it may refuse; endorsee and consignee stay."""
    return handed(case, status, possession=True)


def endorsed(case: Case, status: TitleStatus) -> TitleRecord:
    """The recipient becomes endorsee and may not endorse on, but refuse; possession stays."""
    return handed(case, status, endorsement=True)


def endorsed_to_order(case: Case, status: TitleStatus) -> TitleRecord:
    """The recipient becomes endorsee and may endorse on, or refuse; possession stays."""
    return handed(case, status, endorsement=True, to_order=True)


def endorsed_and_moved(case: Case, status: TitleStatus) -> TitleRecord:
    """The recipient becomes endorsee, may endorse on, and gets possession; it may refuse both together."""
    return handed(case, status, endorsement=True, to_order=True, possession=True)


def endorsed_in_blank(case: Case, status: TitleStatus) -> TitleRecord:
    """Nobody is endorsee: from now on possession is enough."""
    kept = tuple(entry for entry in own_cleared(case) if not entry.endorsed)
    return following(case, status, None, endorsee=None, endorsee_may_endorse=False, nominee=None, incoming=kept)


def surrendered(case: Case, status: TitleStatus) -> TitleRecord:
    """The issuer gets possession until it answers; who surrendered is remembered, nothing can be refused any more."""
    title = case.existing
    return following(
        case,
        status,
        title.issuer,
        possessor=title.issuer,
        surrendered_by=title.possessor,
        surrender_reason=case.act.reason,
        nominee=None,
        incoming=(),
    )


def ended(case: Case, status: TitleStatus) -> TitleRecord:
    """The title has no effect any more and nobody is in control of it; who surrendered stays on record."""
    return following(case, status, None, possessor=None)


def amendment_accepted(case: Case, status: TitleStatus) -> TitleRecord:
    """Nobody is in control any more: the carrier replaces the title; a switch to paper voids it at once, for ever."""
    title = case.existing
    if title.surrender_reason is not SurrenderReason.SWITCH_TO_PAPER:
        return ended(case, status)
    conversion = Conversion(
        source=Medium.ELECTRONIC,
        target=Medium.PAPER,
        statement=statement(title.governing_law, Medium.PAPER),
        evidence=case.evidence,
        date_time=case.now,
    )
    return following(case, TitleStatus.VOIDED, None, possessor=None, conversion=conversion)


def given_back(case: Case, status: TitleStatus) -> TitleRecord:
    """Who surrendered gets possession back; endorsee and owner never changed."""
    back = case.existing.surrendered_by
    return following(case, status, back, possessor=back, surrendered_by=None, surrender_reason=None)


def accomplished(case: Case, status: TitleStatus) -> TitleRecord:
    """The goods are delivered, against the delivery order whose reference is kept in private; nobody is in control."""
    delivery = Delivery(reference=case.evidence, date_time=case.now)
    return following(case, status, None, possessor=None, delivery=delivery, incoming=())


def _ref(party: PartyRecord | None) -> PartyRef | None:
    return None if party is None else party.ref
