"""Who an act is done in favour of, and what has to come with it."""

from tradelane.model.law import GoverningLaw
from tradelane.model.party import PartyRecord, PartyRole
from tradelane.rules.ebl.case import Case
from tradelane.rules.ebl.law import RULE_SETS
from tradelane.rules.party import require_licensed_recipient
from tradelane.rules.refusal import Code, Refused


def recipient_given(case: Case) -> None:
    """A recipient is named."""
    if case.recipient is None:
        raise Refused(422, Code.RECIPIENT_REQUIRED, f"{case.act.action} needs a recipient")


def no_recipient(case: Case) -> None:
    """No recipient is named."""
    if case.recipient is not None:
        raise Refused(422, Code.RECIPIENT_NOT_ALLOWED, f"{case.act.action} has no recipient")


def recipient_other(case: Case) -> None:
    """The recipient is somebody else."""
    if case.receiver.party_id == case.actor.party_id:
        raise Refused(422, Code.SAME_PARTY, f"{case.actor.party_id!r} cannot be its own recipient")


def recipient_new_endorsee(case: Case) -> None:
    """The recipient is not the endorsee already."""
    endorsee = case.existing.endorsee
    if endorsee is not None and endorsee.party_id == case.receiver.party_id:
        raise Refused(422, Code.SAME_PARTY, f"{endorsee.party_id!r} is the endorsee already")


def recipient_new_nominee(case: Case) -> None:
    """The recipient is not the nominee already."""
    nominee = case.existing.nominee
    if nominee is not None and nominee.party_id == case.receiver.party_id:
        raise Refused(422, Code.SAME_PARTY, f"{nominee.party_id!r} is the nominee already")


def recipient_licensed(case: Case) -> None:
    """The recipient has a role with effect."""
    require_licensed_recipient(case.receiver)


def law_allows_joint(case: Case) -> None:
    """A joint party as recipient, or in an issued document, needs a law under which joint control counts as one."""
    law = case.issue.governing_law if case.title is None else case.title.governing_law
    given = (case.receiver,) if case.act.issue is None else (case.receiver, case.issue.endorsee, case.issue.consignee)
    for party in given:
        if party is not None:
            require_joint(law, party)


def require_joint(law: GoverningLaw, party: PartyRecord) -> None:
    """Refuse to give a joint party what its law gives to single persons only.

    Raises:
        Refused: NOT_UNDER_THIS_LAW.
    """
    if party.members and not RULE_SETS[law].joint_control:
        raise Refused(
            422,
            Code.NOT_UNDER_THIS_LAW,
            f"under {RULE_SETS[law].instrument} several persons together are not one party in control",
            {"governingLaw": law.value},
        )


def recipient_bank(case: Case) -> None:
    """The recipient is a licensed bank."""
    if PartyRole.BANK not in case.receiver.effective_roles:
        raise Refused(
            422,
            Code.NOT_A_BANK,
            f"a title is pledged to a licensed bank only, and {case.receiver.party_id!r} is none",
            {"partyId": case.receiver.party_id},
        )


def recipient_not_pledgor(case: Case) -> None:
    """The recipient is not the pledgor."""
    pledge = case.existing.pledge
    if pledge is not None and pledge.pledgor.party_id == case.receiver.party_id:
        raise Refused(
            422, Code.SAME_PARTY, f"{case.receiver.party_id!r} is the pledgor; release the title to give it back"
        )


def limit_ahead(case: Case) -> None:
    """The time limit for a refusal, where one is given, is in the future."""
    limit = case.act.refusable_until
    if limit is not None and limit <= case.now:
        raise Refused(
            422, Code.LIMIT_PASSED, f"the limit {limit} for a refusal is not after the transaction's time {case.now}"
        )


def evidence_given(case: Case) -> None:
    """The words behind the act (reason, order, reference) are given, in private."""
    if case.act.evidence is None:
        raise Refused(
            422,
            Code.REASON_REQUIRED,
            f"{case.act.action} needs the words behind it, sent as transient `reason` with `salt`: the reason, the "
            "court's order or the delivery order's reference",
        )
