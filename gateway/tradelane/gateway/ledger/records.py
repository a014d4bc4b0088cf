"""Blocks and transactions as values, named as in Fabric.

What a hash or a signature was made over is kept as the bytes it was made over (see `verify`). Private content is in
`BlockAndPrivateData` only, and left out of every `repr`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tradelane.gateway.ledger.certificate import Certificate, read_certificate
from tradelane.gateway.ledger.config import ConfigTransaction
from tradelane.gateway.ledger.der import header_der
from tradelane.gateway.ledger.rwsets import PrivateCollection, ReadWriteSet


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """What a block's hash is made over; each header names the hash of the one before."""

    number: int
    previous_hash: bytes
    data_hash: bytes
    """SHA-256 of the block's envelopes, one after the other."""

    @property
    def hash(self) -> bytes:
        """This block's own hash, which stands nowhere but in the next header: SHA-256 of the header in ASN.1 DER."""
        return hashlib.sha256(self.encoded).digest()

    @property
    def encoded(self) -> bytes:
        """The header in ASN.1 DER, as it is hashed and signed by orderers."""
        return header_der(self.number, self.previous_hash, self.data_hash)


@dataclass(frozen=True, slots=True)
class SerializedIdentity:
    """Who signed: an organisation and the certificate its CA issued."""

    msp_id: str
    certificate_pem: bytes = field(repr=False)
    serialized: bytes = field(repr=False)
    """The message as it stands in the block; endorsers sign over it."""

    @property
    def certificate(self) -> Certificate | None:
        """The X.509 certificate; None if the bytes are none, as an invalid transaction's may be."""
        return read_certificate(self.certificate_pem)


@dataclass(frozen=True, slots=True)
class Endorsement:
    """One peer's signature over `Action.response_payload` and its own identity."""

    endorser: SerializedIdentity
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """What the chaincode answered."""

    status: int
    message: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class ChaincodeEvent:
    """What a transaction announced. In a filtered block the payload is left out."""

    chaincode: str
    transaction_id: str
    name: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Action:
    """One invocation of a chaincode with its endorsed result. A valid transaction has just one."""

    chaincode: str
    """Name of the chaincode that was invoked."""
    version: str
    """Its version, as the endorsers state it; empty for system chaincodes of some releases."""
    arguments: tuple[bytes, ...]
    """All of them; by convention the first is the function."""
    response: Response
    event: ChaincodeEvent | None
    endorsements: tuple[Endorsement, ...]
    read_write_sets: tuple[ReadWriteSet, ...]
    """By namespace: the chaincode, others it invoked, and `_lifecycle`."""
    proposal_hash: bytes
    """SHA-256 of channel header, signature header and `proposal_payload`, as the endorsers computed it."""
    proposal_payload: bytes = field(repr=False)
    """The proposal without its transient data."""
    response_payload: bytes = field(repr=False)
    """What the endorsers signed."""

    @property
    def function(self) -> bytes:
        """The first argument, or nothing."""
        return self.arguments[0] if self.arguments else b""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One envelope of a block.

    Anybody who may write to the channel can have any bytes ordered; peers record them as invalid. So what cannot be
    read is no error here: `unreadable` says why, and everything found up to there is filled in.
    """

    envelope: bytes = field(repr=False)
    """The envelope as it stands in the block."""
    payload: bytes = field(default=b"", repr=False)
    """What the creator signed."""
    signature: bytes = field(default=b"", repr=False)
    id: str = ""
    """SHA-256 of nonce and creator in hexadecimal; empty for a configuration that orderers made."""
    channel: str = ""
    type: str = ""
    """Fabric's HeaderType, e.g. ENDORSER_TRANSACTION or CONFIG; TYPE_n where this release knows no name."""
    timestamp: datetime | None = None
    """UTC, by the creator's clock; to the microsecond."""
    creator: SerializedIdentity | None = None
    nonce: bytes = field(default=b"", repr=False)
    validation_code: str | None = None
    """Fabric's TxValidationCode; None where the block does not say, as in one from an orderer."""
    actions: tuple[Action, ...] = ()
    config: ConfigTransaction | None = None
    channel_header: bytes = field(default=b"", repr=False)
    signature_header: bytes = field(default=b"", repr=False)
    data: bytes = field(default=b"", repr=False)
    """The payload's content, whatever its type."""
    unreadable: str | None = None

    @property
    def action(self) -> Action | None:
        """The one action of an endorsed transaction; None for a configuration, and where there are none or several."""
        return self.actions[0] if len(self.actions) == 1 else None

    @property
    def is_valid(self) -> bool:
        """Whether the transaction took effect."""
        return self.validation_code == "VALID"


@dataclass(frozen=True, slots=True)
class BlockSignature:
    """One orderer's signature over `BlockMetadata.signed_value`, `header` and the block header in DER."""

    signer: SerializedIdentity | None
    """None under BFT, where the header names a consenter by number."""
    consenter: int | None
    header: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BlockMetadata:
    """What orderers and the peer wrote beside a block; its hash does not cover it."""

    signatures: tuple[BlockSignature, ...]
    signed_value: bytes = field(repr=False)
    last_config: int | None
    """Number of the block with the configuration then in force."""
    validation_codes: tuple[str, ...]
    """One for each transaction, by the peer; empty in a block from an orderer."""
    commit_hash: bytes
    """SHA-256 chained over what each block changed; equal on all peers that agree. Empty in the first block."""
    raw: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the channel."""

    header: BlockHeader
    transactions: tuple[Transaction, ...]
    metadata: BlockMetadata

    @property
    def number(self) -> int:
        """The first is 0."""
        return self.header.number


@dataclass(frozen=True, slots=True)
class BlockAndPrivateData:
    """A block, and what its peer may see and still has of the private data."""

    block: Block
    private_data: Mapping[int, tuple[PrivateCollection, ...]] = field(repr=False)
    """By the transaction's place in the block, from 0."""


@dataclass(frozen=True, slots=True)
class FilteredTransaction:
    """A transaction without its content."""

    id: str
    type: str
    validation_code: str
    events: tuple[ChaincodeEvent, ...]
    """Without payloads."""


@dataclass(frozen=True, slots=True)
class FilteredBlock:
    """A block without content, for those who may not see it or only wait for outcomes."""

    channel: str
    number: int
    transactions: tuple[FilteredTransaction, ...]


@dataclass(frozen=True, slots=True)
class ChainInfo:
    """How long a peer's chain is."""

    height: int
    """Number of blocks; the last has the number below."""
    current_hash: bytes
    """Of the last block's header."""
    previous_hash: bytes
