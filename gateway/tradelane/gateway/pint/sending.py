"""The sender's side of a transfer, without I/O: what to ask next, until there is a signed answer.

Unsigned answers bind nobody, so whatever is unsigned is tried again with the very same envelope; only the signed
code decides, not the HTTP status beside it.
"""

import base64
import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.messages import Malformed, read
from tradelane.gateway.dcsa.signing import BadSignature, TrustedKeys
from tradelane.gateway.errors import TransferPending
from tradelane.gateway.pint.messages import Finished, ResponseCode, Started
from tradelane.model.canonical import JsonError, parse_json

MAX_ROUNDS: Final = 8
"""How often one call begins anew before it gives up for now."""


@dataclass(frozen=True)
class Ask:
    """One request.

    Attributes:
        method: Of HTTP.
        path: Below the receiver's base URL.
        body: JSON, None where there is none.
    """

    method: Literal["POST", "PUT"]
    path: str
    body: bytes | None = None


@dataclass(frozen=True)
class Pause:
    """Wait, then go on; the receiver did not answer as it should."""

    round: int


@dataclass(frozen=True)
class Reply:
    """What came back; status 0 where nothing did."""

    status: int
    body: bytes = b""


@dataclass(frozen=True)
class Outcome:
    """The signed answer that ended a transfer.

    Attributes:
        code: RECE, DUPE, BSIG, BENV or DISE.
        reason: The receiver's words.
        signed: The answer as it was signed: the receipt.
        received: The checksums of the documents received.
    """

    code: ResponseCode
    reason: str | None
    signed: str
    received: tuple[str, ...]


Steps = Generator[Ask | Pause, Reply, Outcome]


def transfer(envelope: Mapping[str, Any], documents: Mapping[str, bytes], keys: TrustedKeys, to: str) -> Steps:
    """Send an envelope until there is a signed answer that ends the transfer.

    Args:
        envelope: As built, and as it was sent before if it was.
        documents: The additional documents' contents, by checksum.
        keys: The platforms' keys.
        to: The receiving platform, whose signature alone counts.

    Raises:
        TransferPending: NO_SIGNED_ANSWER, after so many rounds.
    """
    last = checksums.of_signed(envelope["envelopeTransferChain"][-1])
    body = json.dumps(envelope, ensure_ascii=False).encode()
    for number in range(1, MAX_ROUNDS + 1):
        reply = yield Ask("POST", "/v3/envelopes", body)
        outcome = _signed(reply, keys, to, last)
        if outcome is None and reply.status == 201:
            outcome = yield from _documents_and_end(_started(reply), documents, keys, to, last)
        if outcome is not None and outcome.code not in (ResponseCode.INCD, ResponseCode.MDOC):
            return outcome
        yield Pause(number)
    raise TransferPending(
        f"The platform {to} has given no signed answer in {MAX_ROUNDS} rounds, so whether it has taken the title in is "
        "open. Send the title again; the same envelope goes out, and nobody else can get it meanwhile.",
        code="NO_SIGNED_ANSWER",
        details={"platform": to, "lastEnvelopeTransferChainEntrySignedContentChecksum": last},
    )


def _documents_and_end(
    begun: Started | None, documents: Mapping[str, bytes], keys: TrustedKeys, to: str, last: str
) -> Generator[Ask | Pause, Reply, Outcome | None]:
    if begun is None:
        return None
    base = f"/v3/envelopes/{begun.envelope_reference}"
    for checksum in begun.missing_additional_document_checksums:
        if checksum not in documents:
            return None
        body = json.dumps(base64.b64encode(documents[checksum]).decode()).encode()
        reply = yield Ask("PUT", f"{base}/additional-documents/{checksum}", body)
        outcome = _signed(reply, keys, to, last)
        if outcome is not None or reply.status != 204:
            return outcome
    reply = yield Ask("PUT", f"{base}/finish-transfer")
    return _signed(reply, keys, to, last)


def _signed(reply: Reply, keys: TrustedKeys, to: str, last: str) -> Outcome | None:
    """Return the answer if it is signed by the receiver, for this envelope."""
    try:
        content = parse_json(reply.body)
        if not isinstance(content, str):
            return None
        signed = keys.verify(content)
        answer = read(Finished, signed.payload)
    except (JsonError, BadSignature, Malformed):
        return None
    if signed.owner != to or answer.last_envelope_transfer_chain_entry_signed_content_checksum != last:
        return None
    received = tuple(answer.received_additional_document_checksums or ())
    return Outcome(answer.response_code, answer.reason, content, received)


def _started(reply: Reply) -> Started | None:
    try:
        begun = read(Started, parse_json(reply.body))
    except (JsonError, Malformed):
        return None
    # It goes into a path: a receiver cannot send us elsewhere with it.
    safe = begun.envelope_reference.replace("-", "").replace("_", "").isalnum() and begun.envelope_reference.isascii()
    return begun if safe else None
