"""A title's departure to another platform: chain entry, ledger, wire, in this order, and what each answer means.

The envelope is kept before the ledger lets the title out, and the title is out before anything is sent. So a process
that stops anywhere sends the very same envelope when it is started again, and nobody is in control here meanwhile.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from tradelane.gateway.client import Gateway
from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.endorsement_chain import Directory
from tradelane.gateway.dcsa.messages import ActingParty, ActionCode, DocumentMetadata, Transaction, read
from tradelane.gateway.errors import GatewayError, InputError, Overtaken, Refused
from tradelane.gateway.pint import chain, envelope
from tradelane.gateway.pint.along import Along, Attachment, Large, collect
from tradelane.gateway.pint.channel import ChannelRegistry
from tradelane.gateway.pint.home import Home
from tradelane.gateway.pint.messages import MAX_SUPPORTING_DOCUMENTS, REJECTED
from tradelane.gateway.pint.sending import Outcome, Steps, transfer
from tradelane.gateway.pint.since import done_here
from tradelane.gateway.pint.store import Held, Sending, Store
from tradelane.gateway.trade import documents, ebl, parties
from tradelane.model.party import PartyRef
from tradelane.model.title import TitleRecord

Perform = Callable[[Steps], Outcome]
"""Performs a transfer's steps at the receiver: `http.Sender.run`."""

_NOT_SENT: Final = "NONE"


def _nowhere(checksum: str) -> bytes | None:  # noqa: ARG001
    """Return the content of a large file where no store is at hand."""
    return None


@dataclass(frozen=True)
class Departure:
    """What it takes to send a title.

    Attributes:
        home: The platform.
        store: Its database.
        holder: The connection of who is in control.
        operator: The connection of the platform's own party.
        large: Finds the contents of large attachments, which are not in the channel.
    """

    home: Home
    store: Store
    holder: Gateway
    operator: Gateway
    large: Large = _nowhere

    def send(
        self,
        title_id: str,
        to: str,
        recipient: ActingParty,
        perform: Perform,
        *,
        issuance_manifest: str | None = None,
        attachments: Sequence[Attachment] = (),
        chosen: Collection[str] | None = None,
    ) -> Outcome:
        """Send a title of this channel, or go on with a transfer that was interrupted.

        Args:
            title_id: The title.
            to: The other platform's code.
            recipient: The party there.
            perform: Speaks to the other platform.
            issuance_manifest: The carrier's signed manifest, which opens the chain when the title first leaves; by
                default the one that is attached to the title.
            attachments: What goes along beside what is attached to the title.
            chosen: Names or ids of the attached supporting documents that go along; None for all. The carrier's
                visualisation goes along in any case.

        Returns:
            The signed answer. RECE and DUPE: it has left. BSIG and BENV: it is back with its holder. DISE: it stays
            out until people have settled whose it is.

        Raises:
            InputError: MANIFEST_NEEDED, NOT_IN_CONTROL, TRANSFER_UNDER_WAY, UNKNOWN_PLATFORM, NOT_OF_THIS_TITLE,
                FILE_MISSING, DOCUMENT_TOO_LARGE, INVALID_DOCUMENT.
            Refused: The ledger does not let the title out; nothing was sent.
            Overtaken: RETURN_UNDER_WAY: it is back on the ledger, but not in the database yet; OVERTAKEN.
            TransferPending: No signed answer yet; send it again.
        """
        title = self.holder.run(ebl.show(title_id))
        left = self._under_way(title, to)
        if left is None:
            along = collect(self.holder, title_id, self.large, chosen, issuance_manifest)
            along = replace(along, supporting=(*along.supporting, *attachments))
            left = self._let_out(title, to, recipient, along)
        sending = self.store.sending(left.document_checksum)
        if sending is None:
            raise LookupError("a title that is under way has its envelope here")
        outcome = perform(self._steps(left, sending))
        self._note(left, outcome)
        return outcome

    def _under_way(self, title: TitleRecord, to: str) -> Held | None:
        """Return the title as it is let out for the same platform, if it has been begun and there is no answer."""
        held = self.store.title_by_id(title.title_id)
        sending = None if held is None else self.store.sending(held.document_checksum)
        if held is None or sending is None:
            return None
        if sending.outcome == _NOT_SENT and _is_out(title, sending.chain):
            # Withdrawn on a refusal, while another process had the ledger let it out.
            self.store.answered(held, replace(held, here=False, chain=sending.chain), None, None)
            held, sending = self._held(held.document_checksum), replace(sending, outcome=None)
        if held.here or sending.outcome is not None:
            return None
        if not _is_out(title, held.chain) and self._is_over(title, held, sending):
            self._withdraw(held)
            return None
        if sending.recipient_platform != to:
            raise InputError(
                f"The title is on its way to {sending.recipient_platform}, which has not answered yet; send it there "
                "again for the answer.",
                code="TRANSFER_UNDER_WAY",
                details={"platform": sending.recipient_platform},
            )
        if not _is_out(title, held.chain):
            self._export(held, sending)
        return held

    def _is_over(self, title: TitleRecord, held: Held, sending: Sending) -> bool:
        """Tell of a title that the ledger has here whether a transfer begun before will never be: rejected, or not out.

        Raises:
            Overtaken: RETURN_UNDER_WAY.
        """
        if self.holder.run(ebl.find_exit(checksums.of_signed(held.chain[-1]))) is not None:
            if sending.answer is None or title.returned_by != _digest(sending.answer):
                raise _returning()
            return True
        # The export may have been handed over by a process that stopped: it takes effect at the version it was made
        # for or never. Of what an earlier release began no version is known, and its exports are long decided.
        return sending.sequence is None or title.sequence > sending.sequence

    def _let_out(self, title: TitleRecord, to: str, recipient: ActingParty, along: Along) -> Held:
        before = self.store.title_by_id(title.title_id)
        known = () if before is None else before.chain
        if not known and along.manifest is None:
            raise InputError(
                "A title's first way to another platform needs the carrier's signed issuance manifest.",
                code="MANIFEST_NEEDED",
            )
        if title.possessor is None:
            raise InputError("Nobody is in control of this title here, so nobody can send it.", code="NOT_IN_CONTROL")
        if before is not None and not before.here:
            raise _returning()
        document = json.loads(self.holder.run(documents.read_of_title(title.title_id)).content)
        checksum = checksums.of_json(document)
        done = self._done_here(title, known, title.possessor, recipient)
        platform, signer = self.home.settings.platform, self.home.signer
        registry = ChannelRegistry(self.operator, self.home.settings.registry).uri
        entry = chain.next_entry(
            signer, platform, checksum, known, done, issuance_manifest=along.manifest, registry=registry
        )
        rendered = self._rendered(before, along)
        value = envelope.build(
            document,
            [*known, entry],
            signer,
            visualisation=rendered,
            supporting=self._supporting(along, rendered),
        )
        for each in (along.visualisation, *along.supporting):
            if each is not None:
                self.store.add_document(checksum, checksums.of_bytes(each.content), each.content)
        after = Held(checksum, (*known, entry), here=False, document=document, title_id=title.title_id, version=1)
        after = replace(after, visualisation=None if rendered is None else rendered.value())
        sending = Sending(to, value, sequence=title.sequence)
        self.store.send(before, after, sending)
        left = self._held(checksum)
        try:
            self._export(left, sending)
        except Refused:
            self._withdraw(left)
            raise
        return left

    def _export(self, left: Held, sending: Sending) -> None:
        """Have the ledger let a title out, once by whichever process: the entry it leaves with names the request."""
        title_id, entry = left.title_id or "", checksums.of_signed(left.chain[-1])
        out = ebl.export(
            title_id,
            operator=self.home.settings.operator.party_id,
            platform=sending.recipient_platform,
            entry=entry,
            expected_sequence=sending.sequence,
        )
        try:
            done = self.holder.run(out, request_id=f"pint export {entry}")
        except Refused:
            if _is_out(self.holder.run(ebl.show(title_id)), left.chain):
                return  # by another user's process
            raise
        # The operator answers for where the title is: its own peer has to know before anybody could ask.
        self.operator.outcome(done.transaction_id)

    @staticmethod
    def _rendered(before: Held | None, along: Along) -> DocumentMetadata | None:
        """Return the carrier's visualisation: the one sent before, which never changes, or the one attached."""
        if before is not None and before.visualisation is not None:
            return read(DocumentMetadata, before.visualisation)
        return None if along.visualisation is None else along.visualisation.described

    @staticmethod
    def _supporting(along: Along, rendered: DocumentMetadata | None) -> list[DocumentMetadata]:
        """Return what else goes along, each content once."""
        found: dict[str, DocumentMetadata] = {}
        for each in along.supporting:
            described = each.described
            found.setdefault(described.document_checksum, described)
        if rendered is not None:
            found.pop(rendered.document_checksum, None)
        if len(found) > MAX_SUPPORTING_DOCUMENTS:
            raise InputError(
                f"{len(found)} supporting documents are more than the {MAX_SUPPORTING_DOCUMENTS} that go along; "
                "choose some.",
                code="TOO_MANY_DOCUMENTS",
            )
        return list(found.values())

    def _done_here(
        self, title: TitleRecord, known: Sequence[str], holder: PartyRef, recipient: ActingParty
    ) -> list[Transaction]:
        """Return what was done here since the title came, ending with its transfer to the other platform."""
        platform = self.home.settings.platform
        directory = Directory.of(platform, self.holder.run(parties.list_parties()))
        done = done_here(self.holder, title.title_id, known, platform)
        return [*done, _handed_over(directory.party(holder), recipient)]

    def _steps(self, left: Held, sending: Sending) -> Steps:
        contents = {}
        for checksum in self.store.documents(left.document_checksum):
            content = self.store.document(left.document_checksum, checksum)
            if content is not None:
                contents[checksum] = content
        return transfer(sending.envelope, contents, self.home.platforms, sending.recipient_platform)

    def _note(self, left: Held, outcome: Outcome) -> None:
        after = left
        if outcome.code in REJECTED:
            self.store.rejected(left.document_checksum, outcome.signed)
            self._take_back(left, outcome)
            after = replace(left, here=True, chain=left.chain[:-1])
        self.store.answered(left, after, outcome.code.value, outcome.signed)

    def _take_back(self, left: Held, outcome: Outcome) -> None:
        """Give control back to whom it was taken from; the signed rejection stands in the place of a chain entry."""
        if left.title_id is None:
            return
        title = self.operator.run(ebl.show(left.title_id))
        if title.abroad is None or not _is_out(title, left.chain):
            return  # given back by a run that stopped before it could note so
        exporter = title.last_action.actor
        entry = _digest(outcome.signed)
        back = ebl.import_back(title.title_id, to=exporter.party_id, left_by=title.abroad.entry, entry=entry)
        try:
            self.operator.run(back)
        except GatewayError as error:
            error.advise("The other platform has rejected the title; send again, and it is given back to its holder.")
            raise

    def _withdraw(self, held: Held) -> None:
        back = replace(held, here=True, chain=held.chain[:-1])
        self.store.answered(held, back, _NOT_SENT, "")

    def _held(self, checksum: str) -> Held:
        held = self.store.title(checksum)
        if held is None:
            raise LookupError("the title has just been written")
        return held


def _is_out(title: TitleRecord, chain: Sequence[str]) -> bool:
    """Tell whether the ledger has a title abroad by the last entry of a chain."""
    return title.abroad is not None and title.abroad.entry == checksums.of_signed(chain[-1])


def _digest(answer: str) -> str:
    """Return what stands on the ledger in the place of a chain entry when a title was rejected."""
    return hashlib.sha256(answer.encode()).hexdigest()


def _returning() -> Overtaken:
    return Overtaken(
        "The ledger has this title back, but the envelope it came back with is not in this platform's database yet; "
        "the other platform sends it until it has an answer. Try again then.",
        code="RETURN_UNDER_WAY",
    )


def forward(
    home: Home,
    store: Store,
    held: Held,
    holder: ActingParty,
    to: str,
    recipient: ActingParty,
    perform: Perform,
    chosen: Collection[str] | None = None,
    action: ActionCode = ActionCode.TRANSFER,
) -> Outcome:
    """Send on a title that was born on another platform and is held in the store, not on this channel's ledger.

    Args:
        home: The platform.
        store: Its database, which alone says that the title is here.
        held: The title.
        holder: Who is in possession, as messages name the party.
        to: The other platform's code.
        recipient: The party there.
        perform: Speaks to the other platform.
        chosen: Names or checksums of the received supporting documents that go along; None for all.
        action: TRANSFER, or a surrender to the carrier, which answers on its own platform.

    Raises:
        InputError: NOT_IN_CONTROL: it is not here, or on its way elsewhere.
        TransferPending: No signed answer yet; send it again.
    """
    sending = store.sending(held.document_checksum)
    under_way = not held.here and sending is not None and sending.outcome is None and sending.recipient_platform == to
    if not under_way:
        if not held.here:
            raise InputError("This title is not here, so it cannot be sent.", code="NOT_IN_CONTROL")
        done = [_handed_over(holder, recipient, action)]
        entry = chain.next_entry(home.signer, home.settings.platform, held.document_checksum, held.chain, done)
        rendered = None if held.visualisation is None else read(DocumentMetadata, held.visualisation)
        value = envelope.build(
            held.document,
            [*held.chain, entry],
            home.signer,
            visualisation=rendered,
            supporting=_received(store, held, chosen),
        )
        sending = Sending(to, value)
        store.send(held, replace(held, here=False, chain=(*held.chain, entry)), sending)
    left = store.title(held.document_checksum)
    if left is None or sending is None:
        raise LookupError("the title has just been written")
    found = {each: store.document(left.document_checksum, each) for each in store.documents(left.document_checksum)}
    contents = {checksum: content for checksum, content in found.items() if content is not None}
    outcome = perform(transfer(sending.envelope, contents, home.platforms, to))
    after = replace(left, here=True, chain=left.chain[:-1]) if outcome.code in REJECTED else left
    store.answered(left, after, outcome.code.value, outcome.signed)
    return outcome


def _received(store: Store, held: Held, chosen: Collection[str] | None) -> list[DocumentMetadata]:
    rendered = None if held.visualisation is None else held.visualisation["documentChecksum"]
    return [
        each
        for each in store.received(held.document_checksum)
        if each.document_checksum != rendered
        and (chosen is None or not {each.name, each.document_checksum}.isdisjoint(chosen))
    ][:MAX_SUPPORTING_DOCUMENTS]


def _handed_over(holder: ActingParty, recipient: ActingParty, action: ActionCode = ActionCode.TRANSFER) -> Transaction:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    value: dict[str, Any] = {"actionCode": action.value, "actionDateTime": now}
    return read(Transaction, {**value, "actor": holder.value(), "recipient": recipient.value()})
