"""The carrier's acceptance of a surrender that came from another platform, told there: an envelope as notice (SACC).

Nothing moves by it: the title has ended on the ledger. A rejection (SREJ) needs no notice of its own: the title is back
with who surrendered it, here, and goes back by `departure`, with the rejection in its chain.
"""

from dataclasses import dataclass, replace

from tradelane.gateway.client import Gateway
from tradelane.gateway.dcsa.messages import ActionCode, DocumentMetadata, Transaction, read
from tradelane.gateway.errors import InputError
from tradelane.gateway.pint import chain, envelope
from tradelane.gateway.pint.departure import Perform
from tradelane.gateway.pint.home import Home
from tradelane.gateway.pint.messages import REJECTED, ChainEntry
from tradelane.gateway.pint.replay import SURRENDERS
from tradelane.gateway.pint.sending import Outcome, transfer
from tradelane.gateway.pint.since import done_here
from tradelane.gateway.pint.store import Held, Sending, Store


@dataclass(frozen=True)
class Notice:
    """Tells another platform of an accepted surrender.

    Attributes:
        home: The platform.
        store: Its database.
        carrier: The connection of the carrier that has accepted.
    """

    home: Home
    store: Store
    carrier: Gateway

    def platform(self, title_id: str) -> str:
        """Return the code of the platform from which the title was surrendered.

        Raises:
            InputError: NOTHING_TO_TELL.
        """
        return self._surrender(self._held(title_id)).actor.ebl_platform

    def send(self, title_id: str, perform: Perform) -> Outcome:
        """Send the notice, or once more if there was no answer.

        Raises:
            InputError: NOTHING_TO_TELL.
            TransferPending: No signed answer yet; send it again.
        """
        held = self._held(title_id)
        to = self._surrender(held).actor.ebl_platform
        sending = self.store.sending(held.document_checksum)
        told = not held.here and sending is not None and sending.recipient_platform == to
        if not told:
            sending = self._begin(held, to)
            held = self._held(title_id)
        if sending is None:
            raise LookupError("a notice that was begun has its envelope")
        found = {each: self.store.document(held.document_checksum, each) for each in self._kept(held)}
        contents = {checksum: content for checksum, content in found.items() if content is not None}
        outcome = perform(transfer(sending.envelope, contents, self.home.platforms, to))
        rejected = outcome.code in REJECTED
        after = replace(held, here=True, chain=held.chain[:-1]) if rejected else held
        self.store.answered(held, after, outcome.code.value, outcome.signed)
        return outcome

    def _begin(self, held: Held, to: str) -> Sending:
        accepted = self._accepted(held)
        entry = chain.next_entry(
            self.home.signer, self.home.settings.platform, held.document_checksum, held.chain, [accepted]
        )
        rendered = None if held.visualisation is None else read(DocumentMetadata, held.visualisation)
        value = envelope.build(held.document, [*held.chain, entry], self.home.signer, visualisation=rendered)
        sending = Sending(to, value)
        self.store.send(held, replace(held, here=False, chain=(*held.chain, entry)), sending)
        return sending

    def _accepted(self, held: Held) -> Transaction:
        """Return the acceptance, addressed to who surrendered."""
        done = done_here(self.carrier, held.title_id or "", held.chain, self.home.settings.platform)
        if [each.action_code for each in done] != [ActionCode.SACC]:
            raise _nothing()
        claimant = self._surrender(held).actor
        return read(Transaction, {**done[0].value(), "recipient": claimant.value()})

    def _surrender(self, held: Held) -> Transaction:
        """Return the surrender that came from the other platform."""
        for content in reversed(held.chain):
            entry = read(ChainEntry, self.home.platforms.verify(content).payload)
            for each in reversed(entry.transactions):
                if each.action_code in SURRENDERS and entry.ebl_platform != self.home.settings.platform:
                    return each
        raise _nothing()

    def _held(self, title_id: str) -> Held:
        held = self.store.title_by_id(title_id)
        if held is None:
            raise _nothing()
        return held

    def _kept(self, held: Held) -> frozenset[str]:
        return self.store.documents(held.document_checksum)


def _nothing() -> InputError:
    return InputError(
        "No surrender of this title that came from another platform was accepted, so there is nothing to tell.",
        code="NOTHING_TO_TELL",
    )
