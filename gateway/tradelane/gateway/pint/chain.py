"""The envelope transfer chain: signed entries, each with the checksum of the whole signed entry before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.issuance import IssuanceManifest
from tradelane.gateway.dcsa.messages import ActionCode, Malformed, Transaction, read
from tradelane.gateway.dcsa.signing import BadSignature, Signer, TrustedKeys
from tradelane.gateway.pint.messages import ChainEntry

MAX_ENTRIES: Final = 200
_CODES: Final = frozenset(code.value for code in ActionCode) - {ActionCode.SURRENDERED.value}
_WITHOUT_RECIPIENT: Final = (ActionCode.BLANK_ENDORSE, ActionCode.SIGN, ActionCode.SACC)


class BrokenChain(ValueError):
    """The entries are no chain of this document's title; the sentence says where."""


@dataclass(frozen=True)
class Entry:
    """One verified entry.

    Attributes:
        content: As it was signed and received.
        checksum: Of the signed content; names the entry in the next one.
        payload_checksum: Of what was signed, whichever key signed it and however often.
        value: What it says.
    """

    content: str
    checksum: str
    payload_checksum: str
    value: ChainEntry


def next_entry(
    signer: Signer,
    platform: str,
    document_checksum: str,
    chain: Sequence[str],
    transactions: Sequence[Transaction],
    issuance_manifest: str | None = None,
    registry: str | None = None,
) -> str:
    """Return the signed entry that comes after a chain.

    Args:
        signer: The platform's key.
        platform: Its code.
        document_checksum: Of the transport document.
        chain: The entries so far, as received.
        transactions: What was done here since, oldest first.
        issuance_manifest: The carrier's signed manifest, for the first entry only.
        registry: URI of the control tracking registry, for the first entry only; None where there is none.
    """
    value: dict[str, Any] = {
        "eblPlatform": platform,
        "transportDocumentChecksum": document_checksum,
        "transactions": [each.value() for each in transactions],
    }
    if chain:
        value["previousEnvelopeTransferChainEntrySignedContentChecksum"] = checksums.of_signed(chain[-1])
    else:
        value["issuanceManifestSignedContent"] = issuance_manifest
        value["controlTrackingRegistry"] = registry
    return signer.sign({name: each for name, each in value.items() if each is not None})


@dataclass(frozen=True)
class Chain:
    """A verified chain: its entries, and what the carrier has signed of the title at its issue."""

    entries: tuple[Entry, ...]
    issuance: IssuanceManifest

    @property
    def last(self) -> Entry:
        """The sender's entry."""
        return self.entries[-1]

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        """All transactions, oldest first."""
        return tuple(transaction for entry in self.entries for transaction in entry.value.transactions)


def verify(contents: Sequence[str], platforms: TrustedKeys, carriers: TrustedKeys) -> Chain:
    """Return a chain once each signature, each link and each transaction holds.

    Raises:
        BadSignature: An entry is not signed by the platform it names, or the first one's manifest by no carrier.
        BrokenChain: Order, links, document or transactions contradict each other or PINT's rules.
    """
    if not 1 <= len(contents) <= MAX_ENTRIES:
        raise BrokenChain(f"a chain has 1 to {MAX_ENTRIES} entries")
    entries = tuple(_entry(content, platforms) for content in contents)
    _check_links(entries)
    issuance = _issuance(entries[0].value, carriers)
    _check_transactions(entries)
    return Chain(entries, issuance)


def _entry(content: str, platforms: TrustedKeys) -> Entry:
    signed = platforms.verify(content)
    try:
        value = read(ChainEntry, signed.payload)
    except Malformed as error:
        raise BrokenChain(f"an entry is not PINT's: {error}") from None
    if value.ebl_platform != signed.owner:
        raise BadSignature(f"an entry of {value.ebl_platform} is signed by {signed.owner}")
    return Entry(content, checksums.of_signed(content), checksums.of_json(signed.payload), value)


def _check_links(entries: Sequence[Entry]) -> None:
    before: Entry | None = None
    for number, entry in enumerate(entries, 1):
        value = entry.value
        expected = None if before is None else before.checksum
        if value.previous_envelope_transfer_chain_entry_signed_content_checksum != expected:
            raise BrokenChain(f"entry {number} does not follow the one before it")
        if value.transport_document_checksum != entries[0].value.transport_document_checksum:
            raise BrokenChain(f"entry {number} is of another document")
        if before is not None and (value.issuance_manifest_signed_content or value.control_tracking_registry):
            raise BrokenChain(f"entry {number} has what only the first entry may have")
        before = entry


def _issuance(first: ChainEntry, carriers: TrustedKeys) -> IssuanceManifest:
    if first.issuance_manifest_signed_content is None:
        raise BrokenChain("the first entry has no issuance manifest")
    signed = carriers.verify(first.issuance_manifest_signed_content)
    try:
        manifest = read(IssuanceManifest, signed.payload)
    except Malformed as error:
        raise BrokenChain(f"the issuance manifest is not DCSA's: {error}") from None
    if manifest.document_checksum != first.transport_document_checksum:
        raise BrokenChain("the carrier's issuance manifest is of another document")
    return manifest


def _check_transactions(entries: Sequence[Entry]) -> None:
    issued = accepted = False
    for entry in entries:
        for transaction in entry.value.transactions:
            _check_shape(transaction, entry.value.ebl_platform)
            if accepted:
                raise BrokenChain("there are transactions after the surrender was accepted (SACC)")
            if (transaction.action_code == ActionCode.ISSUE) == issued:
                raise BrokenChain("ISSUE stands exactly once, as the first transaction")
            issued = True
            accepted = transaction.action_code == ActionCode.SACC


def _check_shape(transaction: Transaction, platform: str) -> None:
    code = transaction.action_code
    if code not in _CODES:
        raise BrokenChain(f"{code[:50]!r} is no action code of PINT 3.0.0")
    if transaction.actor.ebl_platform != platform:
        raise BrokenChain(f"{code} was done by a party of another platform than the one that signed it")
    if transaction.recipient is None and code not in _WITHOUT_RECIPIENT:
        raise BrokenChain(f"{code} has no recipient")
