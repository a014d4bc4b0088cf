"""Which organisations' peers must endorse the next change of a title."""

from functools import lru_cache

from tradelane.model.identifiers import MspId
from tradelane.model.party import NetworkRecord, PartyRef
from tradelane.model.title_parts import EndorsementRule


def endorsement_rule(issuer: PartyRef, possessor: PartyRef | None, network: NetworkRecord) -> EndorsementRule:
    """Return who endorses: the issuer's and the controller's organisation, and never fewer than a majority.

    Fabric counts a signature for one leaf of a policy only, so each organisation stands in one place of it. What
    demands the same endorsements is the same rule, because each change of a key's policy costs: until the block of
    that change is committed, Fabric refuses every other transaction on the key.
    """
    required = tuple(sorted({party.msp_id for party in (issuer, possessor) if party is not None}))
    return _rule(required, network.msp_ids)


@lru_cache(maxsize=1024)
def _rule(required: tuple[MspId, ...], msp_ids: tuple[MspId, ...]) -> EndorsementRule:
    majority = len(msp_ids) // 2 + 1
    others = tuple(sorted(msp_id for msp_id in msp_ids if msp_id not in required))
    count = max(majority - len(required), 0)
    if count == 0:
        return EndorsementRule(required=required)
    if count >= len(others):
        return EndorsementRule(required=tuple(sorted((*required, *others))))
    return EndorsementRule(required=required, count=count, others=others)
