"""What is known when an envelope comes: by the platform's own database, and by the ledger, which has the last word."""

from dataclasses import dataclass, replace

from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.messages import ActionCode
from tradelane.gateway.errors import Overtaken
from tradelane.gateway.pint.envelope import Envelope
from tradelane.gateway.pint.receiving import Guard, Known, Whereabouts
from tradelane.gateway.pint.registry import Control, Registry
from tradelane.gateway.pint.store import Held, Store


@dataclass(frozen=True)
class Inquiry:
    """Asks on behalf of one platform.

    Attributes:
        code: The platform's.
        store: Its database.
        registry: Its channel.
    """

    code: str
    store: Store
    registry: Registry

    def known(self, envelope: Envelope, before: Held | None) -> Known:
        """Return what is known of an envelope's title.

        Args:
            envelope: It.
            before: The title as this platform's database has it.

        Raises:
            GatewayError: The ledger cannot be asked, or our peer is behind (LEDGER_BEHIND); so nothing is known.
        """
        accepted = self.store.accepted(envelope.chain.last.payload_checksum)
        if accepted is not None:
            return Known(accepted=accepted)  # whatever has become of the title since
        last = envelope.chain.transactions[-1]
        receiver = None if last.recipient is None else self.registry.receiver(last.recipient.identifying_codes)
        rendered = None if before is None or before.visualisation is None else before.visualisation
        known = Known(
            entries=() if before is None else tuple(checksums.of_signed(each) for each in before.chain),
            visualisation=None if rendered is None else rendered["documentChecksum"],
            receiver=None if receiver is None else receiver.party_id,
            held=self.store.documents(envelope.document_checksum),
        )
        if before is not None and before.title_id is not None:
            return self._own(envelope, before, before.title_id, known)
        return self._foreign(envelope, before, known)

    def _own(self, envelope: Envelope, before: Held, title_id: str, known: Known) -> Known:
        """A title of this channel that left through this platform."""
        left_by = checksums.of_signed(before.chain[-1])
        found = replace(known, title_id=title_id, left_by=left_by)
        if before.here:
            return replace(found, whereabouts=Whereabouts.HERE)
        control = self.registry.control(title_id)
        if control.returned_by_entry == envelope.last_checksum:
            return replace(found, whereabouts=Whereabouts.ARRIVED)
        abroad = control.abroad_since_entry == left_by
        return replace(found, whereabouts=Whereabouts.ABROAD if abroad else Whereabouts.HERE)

    def _foreign(self, envelope: Envelope, before: Held | None, known: Known) -> Known:
        """A title that this platform's database has no title id for: a foreign one, or the database is a new one."""
        here = before is not None and before.here
        away = Whereabouts.UNKNOWN if before is None else Whereabouts.ABROAD
        known = replace(known, whereabouts=Whereabouts.HERE if here else away)
        named = envelope.chain.entries[0].value.control_tracking_registry
        if named is not None and named != self.registry.uri:
            return replace(known, guard=Guard.ELSEWHERE)
        if named is None:
            return self._unguarded(envelope, before, known)
        first = envelope.chain.entries[0].checksum
        control = self.registry.left_with(first)
        found = replace(known, guard=Guard.UNRECORDED) if control is None else self._guarded(envelope, control, known)
        if found.guard is not Guard.CONTRADICTED and not self._is_over(envelope, control):
            # Nothing left with this chain, while a title over the document is in other hands than the sender's; or what
            # left with it is another title, and the document is none of that one's.
            found = replace(known, guard=Guard.CONTRADICTED)
        if found.guard is not Guard.RECORDED and self.registry.is_behind(first):
            # The sender's peer had the title out before ours has heard of it: that is no double spend.
            raise Overtaken("Our peer is behind others of the channel; try again.", code="LEDGER_BEHIND")
        return found

    def _is_over(self, envelope: Envelope, control: Control | None) -> bool:
        """Tell whether the title over a document is the one that left with its chain; there may be neither."""
        # Of what has left, the ledger tells whose organisation has the document: no other one is to hear of it.
        titled = self.registry.over(envelope.document, None if control is None else control.issued_in)
        return (None if titled is None else titled.title_id) == (None if control is None else control.title_id)

    def _unguarded(self, envelope: Envelope, before: Held | None, known: Known) -> Known:
        # A chain that this platform has a part in, but of which it has recorded nothing, is none of its making.
        own = before is None and any(entry.value.ebl_platform == self.code for entry in envelope.chain.entries)
        known = replace(known, whereabouts=Whereabouts.HERE) if own else known
        titled = self.registry.over(envelope.document) is not None
        return replace(known, guard=Guard.CONTRADICTED if titled else Guard.NONE)

    def _guarded(self, envelope: Envelope, control: Control, known: Known) -> Known:
        """A chain that began on this channel: the ledger has the title abroad by one of its entries, or not at all."""
        entries = envelope.chain.entries
        ours = any(entry.value.ebl_platform == self.code for entry in entries[:-1])
        fresh = known.whereabouts is Whereabouts.UNKNOWN
        if fresh and ours and control.returned_by_entry == envelope.last_checksum:
            return replace(known, guard=Guard.RECORDED, whereabouts=Whereabouts.ARRIVED, title_id=control.title_id)
        answers = len(entries) > 1 and control.returned_by_entry == entries[-2].checksum
        if answers and control.surrendered and envelope.chain.transactions[-1].action_code == ActionCode.SACC:
            return replace(known, guard=Guard.RECORDED)
        place = next((n for n, entry in enumerate(entries) if entry.checksum == control.abroad_since_entry), None)
        if place is None:
            return replace(known, guard=Guard.CONTRADICTED)
        operated_by, since = entries[place].value.ebl_platform, entries[place + 1 :]
        went_to = since[0].value.ebl_platform if since else self.code
        # What passed through the operator's platform again would stand on the ledger, too.
        if went_to != control.abroad_on or any(entry.value.ebl_platform == operated_by for entry in since):
            return replace(known, guard=Guard.CONTRADICTED)
        known = replace(known, guard=Guard.RECORDED)
        if operated_by != self.code:
            return known
        # It left through this platform, whose database is not the one of then: the ledger alone knows, and suffices.
        return replace(
            known,
            whereabouts=Whereabouts.ABROAD,
            title_id=control.title_id,
            left_by=entries[place].checksum,
        )
