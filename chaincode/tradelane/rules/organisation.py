"""Organisations: which jurisdictions count for the majority."""

from tradelane.model.identifiers import MspId
from tradelane.model.party import NetworkRecord
from tradelane.rules.refusal import Code, Refused


def register(network: NetworkRecord, msp_id: MspId) -> NetworkRecord:
    """Return the network with one more organisation, which its own administrator adds.

    Raises:
        Refused: ORGANISATION_EXISTS.
    """
    if msp_id in network.msp_ids:
        raise Refused(409, Code.ORGANISATION_EXISTS, f"{msp_id} is registered already", {"mspId": msp_id})
    return NetworkRecord(msp_ids=tuple(sorted((*network.msp_ids, msp_id))))


def require_registered(network: NetworkRecord, msp_id: MspId) -> None:
    """Refuse an organisation that does not count for the majority yet.

    Raises:
        Refused: UNKNOWN_ORGANISATION.
    """
    if msp_id not in network.msp_ids:
        raise Refused(
            404,
            Code.UNKNOWN_ORGANISATION,
            f"{msp_id} is not registered; its administrator registers it first",
            {"mspId": msp_id},
        )


def require_unprepared(msp_id: MspId, reference_key: bytes | None) -> None:
    """Refuse a second key: with another key, references lodged before would no longer be recognised.

    Raises:
        Refused: ORGANISATION_EXISTS.
    """
    if reference_key is not None:
        raise Refused(
            409,
            Code.ORGANISATION_EXISTS,
            f"{msp_id} has been prepared already; its key for document references stays as it is",
            {"mspId": msp_id},
        )
