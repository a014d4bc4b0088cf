"""Which organisations' peers must endorse the next change of a title."""

from dataclasses import dataclass

from tradelane.model.identifiers import MspId
from tradelane.model.party import NetworkRecord
from tradelane.model.title import TitleRecord


@dataclass(frozen=True, slots=True)
class EndorsementRule:
    """All of `required`, and `count` of `others`; the two share no organisation."""

    required: tuple[MspId, ...]
    count: int
    others: tuple[MspId, ...]


def endorsement_rule(title: TitleRecord, network: NetworkRecord) -> EndorsementRule:
    """Return who endorses: the issuer's and the controller's organisation, and never fewer than a majority.

    Fabric counts a signature for one leaf of a policy only, so each organisation stands in one place of it.
    """
    controllers = (title.issuer, title.possessor)
    required = tuple(sorted({party.msp_id for party in controllers if party is not None}))
    majority = len(network.msp_ids) // 2 + 1
    others = tuple(msp_id for msp_id in network.msp_ids if msp_id not in required)
    return EndorsementRule(required, min(max(majority - len(required), 0), len(others)), others)
