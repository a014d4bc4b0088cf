"""The transport document as a title: its record, status and kind."""

import hashlib
from enum import StrEnum
from typing import Literal

from tradelane.model.base import Record
from tradelane.model.identifiers import DocumentId, PartyId, Sha256, TitleId
from tradelane.model.law import GoverningLaw
from tradelane.model.party import PartyRef
from tradelane.model.title_parts import (
    Abroad,
    Conversion,
    Delivery,
    EndorsementRule,
    Freeze,
    Incoming,
    LastAction,
    Pledge,
    SurrenderReason,
)


class TitleStatus(StrEnum):
    """transportDocumentStatus of an issued transport document, DCSA EBL 3.0.4."""

    ISSUED = "ISSUED"
    PENDING_SURRENDER_FOR_AMENDMENT = "PENDING_SURRENDER_FOR_AMENDMENT"
    SURRENDERED_FOR_AMENDMENT = "SURRENDERED_FOR_AMENDMENT"
    PENDING_SURRENDER_FOR_DELIVERY = "PENDING_SURRENDER_FOR_DELIVERY"
    SURRENDERED_FOR_DELIVERY = "SURRENDERED_FOR_DELIVERY"
    VOIDED = "VOIDED"


class TitleKind(StrEnum):
    """What a transport document gives its holder."""

    STRAIGHT = "STRAIGHT"
    """To a named consignee; cannot be endorsed."""
    TO_ORDER = "TO_ORDER"
    """To the order of a named endorsee."""
    BLANK_ENDORSED = "BLANK_ENDORSED"
    """To the order of whoever is in possession."""
    SEA_WAYBILL = "SEA_WAYBILL"
    """A receipt, no title: cannot be endorsed, transferred or pledged, and delivery needs no surrender."""


class TitleRecord(Record):
    """A title. `possessor` is the one party in control while the title has effect, and absent once it has ended.

    Each version names the one before by its digest, so a field that a later release adds has to be absent by default:
    else it would read an old version as other bytes than are on the ledger.
    """

    title_id: TitleId
    document_id: DocumentId
    commitment: Sha256
    transport_document_type_code: Literal["BOL", "SWB"] = "BOL"
    governing_law: GoverningLaw = GoverningLaw.UK_ETDA
    is_to_order: bool
    status: TitleStatus
    issuer: PartyRef
    possessor: PartyRef | None = None
    endorsee: PartyRef | None = None
    """The titleholder of a to-order bill; absent when endorsed in blank, and on a straight bill."""
    endorsee_may_endorse: bool = False
    """Whether the endorsee may endorse on (to order) or not (named)."""
    nominee: PartyRef | None = None
    """To whom alone a possessor who is not the endorsee may endorse, as the endorsee has said."""
    incoming: tuple[Incoming, ...] = ()
    """What its receivers may still refuse: at most one possession and one endorsement."""
    pledge: Pledge | None = None
    freeze: Freeze | None = None
    """A court's order that stops it: of several the oldest."""
    further_freezes: tuple[Freeze, ...] | None = None
    """Orders of other authorities beside it; absent, as in records of earlier releases, where there is none."""
    abroad: Abroad | None = None
    returned_by: Sha256 | None = None
    """Checksum of the chain entry with which it last came back from another platform."""
    first_possessor: PartyRef
    consignee: PartyRef | None = None
    surrendered_by: PartyRef | None = None
    """Who gets the title back when the carrier rejects the surrender, and the goods when it accepts."""
    surrender_reason: SurrenderReason | None = None
    quantities: Sha256 | None = None
    """SHA-256 of the commitment to the document's quantities, by which a split or a combination adds up."""
    replaces: tuple[TitleId, ...] = ()
    replaced_by: tuple[TitleId, ...] = ()
    conversion: Conversion | None = None
    delivery: Delivery | None = None
    parties: tuple[PartyId, ...]
    """Everyone who has been issuer, possessor, endorsee, consignee, nominee or pledgee, in order of appearance."""
    sequence: int
    """1 at issue, one more with each act."""
    previous: Sha256 | None = None
    """SHA-256 of the version before, as it stood on the ledger; absent at issue, and in what was written before this
    field was. It binds every version to all before it, whichever transaction is shown for one."""
    last_action: LastAction
    endorsement: EndorsementRule
    """The policy of the title's key, carried in the record so that it can be checked afterwards."""

    @property
    def digest(self) -> Sha256:
        """SHA-256 of this version as it stands on the ledger, lower-case hexadecimal: the next one's `previous`."""
        return hashlib.sha256(self.to_json()).hexdigest()

    @property
    def kind(self) -> TitleKind:
        """What the document gives its holder."""
        if self.transport_document_type_code == "SWB":
            return TitleKind.SEA_WAYBILL
        if not self.is_to_order:
            return TitleKind.STRAIGHT
        return TitleKind.BLANK_ENDORSED if self.endorsee is None else TitleKind.TO_ORDER

    @property
    def freezes(self) -> tuple[Freeze, ...]:
        """Courts' orders that stop it, one for each authority, the oldest first; it is free when all are lifted."""
        return () if self.freeze is None else (self.freeze, *(self.further_freezes or ()))

    @property
    def owner(self) -> PartyRef | None:
        """The party with title, which need not be in possession; a pledged bill stays its pledgor's."""
        if self.kind is TitleKind.TO_ORDER:
            return self.endorsee
        if self.kind is TitleKind.BLANK_ENDORSED:
            return self.pledge.pledgor if self.pledge is not None else self.possessor
        return self.consignee
