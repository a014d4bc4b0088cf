"""A receiving platform: what is known of a title is gathered, decided on, recorded and answered with a signature."""

import logging
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError

from tradelane.gateway.dcsa.messages import ActingParty, ActionCode, Malformed, Transaction
from tradelane.gateway.dcsa.signing import Signer, TrustedKeys
from tradelane.gateway.errors import Overtaken, Refused
from tradelane.gateway.pint import receiving
from tradelane.gateway.pint.envelope import Envelope, Rejected, open_envelope
from tradelane.gateway.pint.inquiry import Inquiry
from tradelane.gateway.pint.messages import HTTP_STATUS, ResponseCode
from tradelane.gateway.pint.receiving import Accepted, Known, Verdict, Whereabouts
from tradelane.gateway.pint.registry import Receiver, Refusal, Registry, Return, refusal
from tradelane.gateway.pint.replay import SURRENDERS, first_endorser
from tradelane.gateway.pint.store import Dispute, Held, Store
from tradelane.model.canonical import canonicalize
from tradelane.model.dcsa.parties import IdentifyingCode
from tradelane.model.title_parts import Action, SurrenderReason

_LOG: Final = logging.getLogger("tradelane.gateway.pint")
_TRIES: Final = 5


@dataclass(frozen=True)
class Answer:
    """What goes back: signed content, a JSON object, or nothing.

    Attributes:
        status: Of HTTP.
        signed: A JWS, which travels as a JSON string.
        value: An unsigned object.
    """

    status: int
    signed: str | None = None
    value: Mapping[str, Any] | None = None


class UnknownEnvelope(LookupError):
    """No transfer of that reference is under way: it ended, or another start took its place."""


class Platform:
    """One platform's receiving side. Its calls block; they may come from several threads and processes."""

    def __init__(
        self, code: str, signer: Signer, platforms: TrustedKeys, carriers: TrustedKeys, store: Store, registry: Registry
    ) -> None:
        """Put a platform together.

        Args:
            code: The platform's code of up to four letters.
            signer: Signs its answers.
            platforms: The keys of all platforms dealt with, its own among them: its entries come back in chains.
            carriers: The keys of the carriers whose titles are taken in.
            store: Keeps what was accepted.
            registry: Knows parties and titles of this channel.
        """
        self.code = code
        self._signer, self._platforms, self._carriers = signer, platforms, carriers
        self._store, self._registry = store, registry
        self._inquiry = Inquiry(code, store, registry)

    def start(self, content: bytes) -> Answer:
        """Answer POST /v3/envelopes.

        Raises:
            Malformed: The body is no envelope.
        """
        try:
            envelope = open_envelope(content, self._platforms, self._carriers)
        except Rejected as rejected:
            return self._signed(rejected.code, rejected.last_checksum, reason=rejected.reason)
        verdict, accepted = self._settle(envelope)
        if verdict.code is not None:
            return self._answer(envelope, verdict, accepted)
        reference = secrets.token_urlsafe(30)
        self._store.begin(envelope.document_checksum, reference, content)
        return Answer(201, value=receiving.started(envelope, reference, verdict.missing))

    def add_document(self, reference: str, checksum: str, content: bytes) -> Answer:
        """Answer PUT .../additional-documents/{documentChecksum} with a document's decoded content.

        Raises:
            UnknownEnvelope: No such transfer is under way.
        """
        try:
            envelope = self._under_way(reference)
        except Rejected as rejected:  # a key it was signed with is not trusted any more
            return self._signed(rejected.code, rejected.last_checksum, reason=rejected.reason)
        fault = receiving.check_document(envelope.expected, checksum, content)
        if fault is not None:
            return self._signed(ResponseCode.INCD, envelope.last_checksum, reason=fault)
        self._store.add_document(envelope.document_checksum, checksum, content)
        return Answer(204)

    def finish(self, reference: str) -> Answer:
        """Answer PUT .../finish-transfer.

        Raises:
            UnknownEnvelope: No such transfer is under way.
        """
        try:
            envelope = self._under_way(reference)
        except Rejected as rejected:
            return self._signed(rejected.code, rejected.last_checksum, reason=rejected.reason)
        verdict, accepted = self._settle(envelope)
        if verdict.code is None:
            reason = "Documents are missing; send them and finish again."
            code = ResponseCode.MDOC
            return self._signed(code, envelope.last_checksum, reason=reason, missing=verdict.missing)
        self._store.end(reference)
        return self._answer(envelope, verdict, accepted)

    def validate_receiver(self, code: object) -> Receiver | None:
        """Answer POST /v3/receiver-validation: the party a code names, None where it names nobody here.

        Raises:
            Malformed: It is no identifying code.
        """
        return self._registry.receiver([_identifying_code(code)])

    def _under_way(self, reference: str) -> Envelope:
        content = self._store.envelope(reference)
        if content is None:
            raise UnknownEnvelope(reference)
        return open_envelope(content, self._platforms, self._carriers)

    def _settle(self, envelope: Envelope) -> tuple[Verdict, Accepted | None]:
        """Decide, and record an acceptance; when another process was faster, decide anew."""
        for _ in range(_TRIES - 1):
            with suppress(Overtaken):
                return self._settle_once(envelope)
        return self._settle_once(envelope)

    def _settle_once(self, envelope: Envelope) -> tuple[Verdict, Accepted | None]:
        before = self._store.title(envelope.document_checksum)
        known = self._inquiry.known(envelope, before)
        verdict = receiving.decide(envelope, known, self.code)
        if verdict.code is not ResponseCode.RECE:
            return verdict, known.accepted
        accepted = Accepted(envelope.chain.last.content, tuple(sorted(envelope.expected)))
        refusal = self._take_in(envelope, known)
        if refusal is not None:
            return refusal, None
        after = self._held(envelope, known)
        along = envelope.manifest.documents
        self._store.accept(before, after, envelope.chain.last.payload_checksum, accepted, along)
        return verdict, accepted

    def _take_in(self, envelope: Envelope, known: Known) -> Verdict | None:
        """Let the ledger give control to the receiver: without it no title of this channel is accepted."""
        if known.title_id is None or known.left_by is None or known.whereabouts is Whereabouts.ARRIVED:
            return None
        if known.receiver is None:
            raise LookupError("a transfer without a receiver is not accepted")
        coming = Return(known.title_id, to=known.receiver, left_by=known.left_by, entry=envelope.last_checksum)
        last = envelope.chain.transactions[-1]
        if last.action_code in SURRENDERS:
            claimant = self._party_of(last.actor)
            if claimant is None:
                # On the ledger somebody has to have surrendered it: whoever gets it back when the carrier rejects.
                return Verdict(
                    ResponseCode.BENV, "it was surrendered by a party that is not known here; transfer it first"
                )
            reason = _reason(last)
            coming = replace(coming, to=claimant, surrender=Action(last.action_code), reason_code=reason)
        left_by = [entry.checksum for entry in envelope.chain.entries].index(known.left_by)
        abroad = envelope.chain.entries[left_by + 1 :]
        endorser = first_endorser([each for entry in abroad for each in entry.value.transactions])
        if endorser is not None:
            position = receiving.position(envelope, known)
            endorsee = self._party_of(position.endorsee_party)
            if position.endorsee_party is not None and endorsee is None:
                return Verdict(ResponseCode.BENV, "it was endorsed to a party that is not known here")
            coming = replace(
                coming,
                endorsed=True,
                endorsee=endorsee,
                may_endorse=position.may_endorse,
                endorser=self._party_of(endorser),
            )
        try:
            self._registry.take_back(coming)
        except Refused as refused:
            return self._refused(refused, known.title_id, envelope)
        return None

    def _refused(self, refused: Refused, title_id: str, envelope: Envelope) -> Verdict | None:
        """Return what the ledger's refusal means, None where another process of ours has just taken the title in."""
        _LOG.warning("the ledger refuses to take title %s back: %s", title_id, refused.code)
        reason = f"The control tracking registry refuses the transfer: {refused.code}."
        match refusal(refused.code):
            case Refusal.SENDERS:
                return Verdict(ResponseCode.BENV, reason)
            case Refusal.CONTRADICTS:
                returned_by = self._registry.control(title_id).returned_by_entry
                return None if returned_by == envelope.last_checksum else Verdict(ResponseCode.DISE, reason)
            case Refusal.OURS:
                raise refused

    def _party_of(self, party: ActingParty | None) -> str | None:
        found = None if party is None else self._registry.receiver(party.identifying_codes)
        return None if found is None else found.party_id

    def _held(self, envelope: Envelope, known: Known) -> Held:
        rendered = envelope.manifest.e_bl_visualisation_by_carrier
        return Held(
            document_checksum=envelope.document_checksum,
            chain=tuple(entry.content for entry in envelope.chain.entries),
            here=envelope.chain.transactions[-1].action_code != ActionCode.SACC,  # which ends it, wherever it was
            document=dict(envelope.document),
            title_id=known.title_id,
            holder=known.receiver,
            visualisation=None if rendered is None else rendered.value(),
            version=1,
        )

    def _answer(self, envelope: Envelope, verdict: Verdict, accepted: Accepted | None) -> Answer:
        if verdict.code is None:
            raise LookupError("there is no answer yet")
        if verdict.code is ResponseCode.DISE:
            self._store.dispute(
                Dispute(
                    envelope.document_checksum,
                    envelope.sender,
                    envelope.examined.transport_document_reference,
                    envelope.chain.last.content,
                    verdict.reason or "",
                )
            )
        received = () if accepted is None else accepted.received
        return self._signed(
            verdict.code, envelope.last_checksum, reason=verdict.reason, accepted=accepted, received=received
        )

    def _signed(self, code: ResponseCode, last_checksum: str, **more: Any) -> Answer:  # noqa: ANN401
        _LOG.info("answered %s", code)
        content = self._signer.sign(receiving.finished(code, last_checksum, **more))
        return Answer(HTTP_STATUS[code], signed=content)


def _reason(surrender: Transaction) -> SurrenderReason | None:
    """Return DCSA's reason of a surrender for amendment; another one is that party's own, and none of ours."""
    if surrender.action_code != ActionCode.SURRENDER_FOR_AMENDMENT:
        return None
    return next((each for each in SurrenderReason if each.value == surrender.reason_code), None)


def _identifying_code(value: object) -> IdentifyingCode:
    if not isinstance(value, dict) or not set(value) <= {"codeListProvider", "partyCode", "codeListName"}:
        raise Malformed("an identifying code has codeListProvider, partyCode and perhaps codeListName")
    try:
        return IdentifyingCode.model_validate_json(canonicalize(value))
    except ValidationError:
        raise Malformed("an identifying code has codeListProvider, partyCode and perhaps codeListName") from None
