"""Effects of the way to another platform and back; as in `effects`, the first line says what each does."""

from types import MappingProxyType

from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Abroad, Action
from tradelane.rules.ebl.case import Case
from tradelane.rules.ebl.succession import following, joined, members_of
from tradelane.rules.endorsement import endorsement_rule

_SURRENDERED = MappingProxyType(
    {
        Action.SURRENDER_FOR_DELIVERY: TitleStatus.PENDING_SURRENDER_FOR_DELIVERY,
        Action.SURRENDER_FOR_AMENDMENT: TitleStatus.PENDING_SURRENDER_FOR_AMENDMENT,
    }
)


def exported(case: Case, status: TitleStatus) -> TitleRecord:
    """Nobody is in control here any more; the operator brings it back once the other platform has sent it."""
    crossing = case.crossing
    abroad = Abroad(operator=case.receiver.ref, platform=crossing.platform, entry=crossing.entry, since=case.now)
    after = following(case, status, case.receiver.ref, possessor=None, abroad=abroad, nominee=None, incoming=())
    # It comes back with the endorsement of those without whom it could not have left.
    rule = endorsement_rule(after.issuer, case.actor.ref, case.network)
    return after.model_copy(update={"endorsement": rule})


def imported(case: Case, status: TitleStatus) -> TitleRecord:
    """The recipient gets possession, and the title the endorsement it was given abroad; or the carrier a surrender."""
    crossing, holder = case.crossing, case.receiver.ref
    after = following(case, status, holder, possessor=holder, abroad=None, returned_by=crossing.entry, incoming=())
    if crossing.endorsed:
        endorsee = None if crossing.endorsee is None else crossing.endorsee.ref
        endorsement = {"endorsee": endorsee, "endorsee_may_endorse": endorsee is not None and crossing.may_endorse}
        parties = joined(after.parties, endorsee, *members_of(crossing.endorsee))
        after = after.model_copy(update={**endorsement, "parties": parties})
    if crossing.surrender is None:
        return after
    return after.model_copy(
        update={
            "status": _SURRENDERED[crossing.surrender],
            "possessor": after.issuer,
            "surrendered_by": holder,
            "surrender_reason": case.act.reason,
            "endorsement": endorsement_rule(after.issuer, after.issuer, case.network),
        }
    )
