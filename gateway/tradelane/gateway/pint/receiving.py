"""What a receiving platform answers: decided from the envelope and what is known, without I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.messages import ActionCode, DocumentMetadata, read
from tradelane.gateway.pint.envelope import Envelope
from tradelane.gateway.pint.messages import Finished, ResponseCode, Started
from tradelane.gateway.pint.replay import SURRENDERS, NotEntitled, Position, replay


class Whereabouts(StrEnum):
    """Where control of a title is, as this platform's ledger and store have it."""

    UNKNOWN = "UNKNOWN"
    """Nothing is known of this title: it was born elsewhere and has never been here."""
    ABROAD = "ABROAD"
    """It was here, and was sent on by the last entry known."""
    ARRIVED = "ARRIVED"
    """The ledger has taken in this very envelope already; only the answer is due."""
    HERE = "HERE"
    """It is here: whoever else disposes of it does so twice."""


class Guard(StrEnum):
    """What the registry that the chain names, or that of this channel, says of the transfer."""

    NONE = "NONE"
    """The chain names none, and there is no title over its document here."""
    ELSEWHERE = "ELSEWHERE"
    """It names one that this platform does not ask."""
    RECORDED = "RECORDED"
    """Our ledger let the title out with an entry of this chain, and has it abroad by it."""
    UNRECORDED = "UNRECORDED"
    """It names ours, which knows neither the entry nor the document."""
    CONTRADICTED = "CONTRADICTED"
    """Our ledger has control elsewhere: here, ended, or abroad by an entry that the chain lacks."""


@dataclass(frozen=True)
class Accepted:
    """A transfer accepted before: its last entry as it was then, and the receipts given."""

    last_entry: str
    received: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What is known of a title when an envelope comes.

    Attributes:
        whereabouts: Where control is.
        guard: What a control tracking registry says.
        title_id: The title on this channel that comes back; None for a title that was born elsewhere.
        left_by: The checksum of the entry with which that title left.
        entries: The checksums of the chain's entries known here, oldest first.
        accepted: Of an earlier acceptance of an entry with the same payload, however often it was signed.
        visualisation: The checksum of the carrier's rendering where it has been sent before.
        receiver: The recipient's id on this platform; None where nobody here is meant.
        held: The checksums of the documents that are here already.
    """

    whereabouts: Whereabouts = Whereabouts.UNKNOWN
    guard: Guard = Guard.NONE
    title_id: str | None = None
    left_by: str | None = None
    entries: tuple[str, ...] = ()
    accepted: Accepted | None = None
    visualisation: str | None = None
    receiver: str | None = None
    held: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Verdict:
    """An answer: `code` None while documents are missing and the transfer goes on."""

    code: ResponseCode | None
    reason: str | None = None
    missing: tuple[str, ...] = ()


def decide(envelope: Envelope, known: Known, platform: str) -> Verdict:
    """Decide on an envelope whose signatures and links hold.

    Args:
        envelope: It.
        known: What is known of its title.
        platform: This platform's code.

    Returns:
        DUPE, BENV, DISE or RECE; or no code, with the documents that are missing.
    """
    if known.accepted is not None:
        return Verdict(ResponseCode.DUPE, "This transfer was accepted before; that acceptance stands.")
    refusal = _unsuitable(envelope, known, platform)
    if refusal is not None:
        return Verdict(ResponseCode.BENV, refusal)
    contradiction = _contradiction(envelope, known)
    if contradiction is not None:
        return Verdict(ResponseCode.DISE, contradiction)
    missing = tuple(checksum for checksum in envelope.expected if checksum not in known.held)
    return Verdict(None, missing=missing) if missing else Verdict(ResponseCode.RECE)


def _unsuitable(envelope: Envelope, known: Known, platform: str) -> str | None:
    last = envelope.chain.transactions[-1]
    if known.guard is Guard.ELSEWHERE:
        # Who cannot ask the registry cannot know that the transfer is recorded there, and unrecorded ones are invalid.
        return "the chain is guarded by a control tracking registry that this platform does not ask"
    if known.guard is Guard.UNRECORDED:
        return "the control tracking registry that guards the chain has no record of this transfer, so it is invalid"
    if envelope.sender == platform:
        return f"the envelope comes from {platform}, which is this platform"
    if last.recipient is None or last.recipient.ebl_platform != platform:
        return f"the last transaction has no recipient on this platform, which is {platform}"
    if known.receiver is None:
        return "the recipient is not known here"
    refusal = _unfit(envelope, known)
    if refusal is not None:
        return refusal
    sent = envelope.manifest.e_bl_visualisation_by_carrier
    if known.visualisation is not None and (sent is None or sent.document_checksum != known.visualisation):
        return "the carrier's visualisation, once sent, goes with every transfer unchanged"
    return None


def _unfit(envelope: Envelope, known: Known) -> str | None:
    """Return what is wrong with what was done to the title."""
    last = envelope.chain.transactions[-1]
    try:
        position(envelope, known)
    except NotEntitled as error:
        return str(error)
    if last.action_code in SURRENDERS and known.title_id is None:
        return "a title that was born on another platform is none here, so its carrier cannot answer a surrender"
    if last.action_code == ActionCode.SACC:
        own = known.title_id is not None or known.whereabouts is not Whereabouts.ABROAD
        return "no surrender sent from here waits for this answer (SACC)" if own else None
    if last.action_code not in (ActionCode.ISSUE, ActionCode.TRANSFER, *SURRENDERS):
        return f"this platform takes in titles by TRANSFER; {last.action_code} is not taken in from elsewhere"
    return None


def position(envelope: Envelope, known: Known) -> Position:
    """Return where the title stands after its chain; what was known here before is known to be right.

    Raises:
        NotEntitled: Since then somebody did what only another party might.
    """
    entries = envelope.chain.entries
    count = len(known.entries)
    is_known = tuple(entry.checksum for entry in entries[:count]) == known.entries
    vouched = sum(len(entry.value.transactions) for entry in entries[:count]) if is_known else 0
    return replay(envelope.chain.transactions, envelope.examined, vouched=vouched)


def _contradiction(envelope: Envelope, known: Known) -> str | None:
    entries = tuple(entry.checksum for entry in envelope.chain.entries)
    if known.guard is Guard.CONTRADICTED:
        return "the control tracking registry has control of this title elsewhere than with who sends it"
    if known.whereabouts is Whereabouts.HERE:
        return "control of this title is on this platform; nobody else can have transferred it"
    if entries[: len(known.entries)] != known.entries:
        return "the chain lacks entries that are known here, or has others in their place"
    return None


def check_document(expected: Mapping[str, DocumentMetadata], checksum: str, content: bytes) -> str | None:
    """Return what is wrong with an additional document, None where it is what the manifest says."""
    described = expected.get(checksum)
    if described is None:
        return "the manifest names no such document"
    if len(content) != described.size:
        return f"the document has {len(content)} bytes, the manifest says {described.size}"
    if checksums.of_bytes(content) != checksum:
        return "the document's checksum is another one"
    return None


def started(envelope: Envelope, reference: str, missing: tuple[str, ...]) -> dict[str, Any]:
    """Return the unsigned answer to a start."""
    value = {
        "envelopeReference": reference,
        "transportDocumentChecksum": envelope.document_checksum,
        "lastEnvelopeTransferChainEntrySignedContentChecksum": envelope.last_checksum,
        "missingAdditionalDocumentChecksums": list(missing),
    }
    return read(Started, value).value()


def finished(
    code: ResponseCode,
    last_checksum: str,
    *,
    reason: str | None = None,
    accepted: Accepted | None = None,
    received: tuple[str, ...] = (),
    missing: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return what is signed as the answer; DUPE gives the receipts of the acceptance that stands."""
    value: dict[str, Any] = {
        "lastEnvelopeTransferChainEntrySignedContentChecksum": last_checksum,
        "responseCode": code.value,
    }
    if reason is not None:
        value["reason"] = reason
    if code is ResponseCode.RECE:
        value["receivedAdditionalDocumentChecksums"] = list(received)
    if code is ResponseCode.DUPE and accepted is not None:
        value["duplicateOfAcceptedEnvelopeTransferChainEntrySignedContent"] = accepted.last_entry
        value["receivedAdditionalDocumentChecksums"] = list(accepted.received)
    if code is ResponseCode.MDOC:
        value["missingAdditionalDocumentChecksums"] = list(missing)
    return read(Finished, value).value()
