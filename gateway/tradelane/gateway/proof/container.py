"""The proof file: what it holds, and its one form. Nothing here judges the content.

A file is one line of canonical JSON: `format`, `version`, `digest` (SHA-256 of the canonical JSON of `content`) and
`content`. A file that says the same in other bytes is refused, so no byte can change without being noticed. Whoever
changes the content and its digest together meets the hashes and signatures that `verify` checks.
"""

import base64
import binascii
import hashlib
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints, ValidationError

from tradelane.gateway.errors import ProofError
from tradelane.model.base import Record, canonical_json
from tradelane.model.document import Salt
from tradelane.model.identifiers import Sha256, TitleId
from tradelane.model.party import DirectoryEntry
from tradelane.model.title_requests import Remark

MAX_PROOF_BYTES: Final = 512 * 1024 * 1024
"""Beyond this a file is not read: blocks of others between a title's last version and a late block add up."""
_MAX_NUMBER: Final = 2**53 - 1


def _from_base64(value: object) -> object:
    """Read base64 in its one canonical form."""
    if not isinstance(value, str):
        return value
    try:
        data = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(f"it is no base64: {error}") from None
    if base64.b64encode(data).decode() != value:
        raise ValueError("it is base64 with bits to spare")
    return data


Blob = Annotated[
    bytes, BeforeValidator(_from_base64), PlainSerializer(lambda data: base64.b64encode(data).decode(), str)
]
"""Bytes, as base64."""
Number = Annotated[int, Field(ge=0, le=_MAX_NUMBER)]
Hash = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]
"""SHA-256, lower-case hexadecimal; empty before the first block."""


class CarriedSignature(Record):
    """One orderer's signature under a block: over `signedValue`, this `header` and the block's header in DER."""

    header: Blob
    signature: Blob


class CarriedBlock(Record):
    """A whole block: what its header is made of, and the orderers' signatures under it.

    Its data hash is left out: it is SHA-256 of `envelopes`, one after the other. So are the peer's own notes
    (validation codes, commit hash), which nobody signs.
    """

    number: Number
    previous_hash: Hash
    envelopes: tuple[Blob, ...]
    signed_value: Blob
    signatures: tuple[CarriedSignature, ...]

    @property
    def data_hash(self) -> bytes:
        """What the header says of the content."""
        return hashlib.sha256(b"".join(self.envelopes)).digest()


class CarriedHeader(Record):
    """The second block's header, which names the hash of the first one, and the orderers' signatures under it."""

    previous_hash: Sha256
    content_hash: Sha256
    signed_value: Blob
    signatures: tuple[CarriedSignature, ...]

    @property
    def number(self) -> int:
        """Of the second block."""
        return 1

    @property
    def envelopes(self) -> tuple[bytes, ...]:
        """The content is left out."""
        return ()

    @property
    def data_hash(self) -> bytes:
        """What the header says of the content."""
        return bytes.fromhex(self.content_hash)


class Place(Record):
    """Where a transaction stands: a block, and its place in it, from 0."""

    block: Number
    place: Number


class CarriedTransaction(Place):
    """A version's transaction without its block, so that nobody else's transactions are in the file."""

    envelope: Blob


class DocumentDisclosure(Record):
    """A title's document with the salt that opens the title's commitment."""

    kind: Literal["DOCUMENT"] = "DOCUMENT"
    content: str
    """The document's canonical JSON."""
    salt: Salt


class RemarkDisclosure(Record):
    """The words that went with one act; SHA-256 of the record is the act's evidence."""

    kind: Literal["REMARK"] = "REMARK"
    remark: Remark


class NameDisclosure(Record):
    """A party's legal name, and the transactions that tie it to the title.

    Each of them wrote the party's record: the first one what a transaction of the title has read, every other one what
    the one before it has read, and the last one, the admission, the name's digest into the directory as well.
    """

    kind: Literal["NAME"] = "NAME"
    entry: DirectoryEntry
    written: Annotated[tuple[Place, ...], Field(min_length=1)]


Disclosure = Annotated[DocumentDisclosure | RemarkDisclosure | NameDisclosure, Field(discriminator="kind")]


class Evidence(Record):
    """What a proof file carries."""

    title_id: TitleId
    channel: Annotated[str, StringConstraints(min_length=1, max_length=249)]
    chaincode: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    configuration: tuple[Number, ...]
    """Numbers of the blocks with the channel's configurations, from the first block on."""
    versions: Annotated[tuple[Place, ...], Field(min_length=1)]
    """Where the title's versions were written, from its issue on."""
    reading: Blob | None = None
    """A question for the title that peers of the jurisdictions have answered and signed, after the last version."""
    no_pledge_at: Number | None = None
    """The block at which the title was not pledged, if that is to be proved."""
    blocks: tuple[CarriedBlock, ...]
    second: CarriedHeader
    """It ties the first block, which nobody signs, to the orderers' signatures."""
    transactions: tuple[CarriedTransaction, ...] = ()
    disclosures: tuple[Disclosure, ...] = ()


class ProofFile(Record):
    """The file as a whole."""

    format: Literal["tradelane-proof"] = "tradelane-proof"
    version: Literal[1] = 1
    digest: Sha256
    content: Evidence


def write(evidence: Evidence) -> bytes:
    """Return a proof as a file."""
    return ProofFile(digest=digest_of(evidence), content=evidence).to_json() + b"\n"


def digest_of(evidence: Evidence) -> str:
    """Return SHA-256 of the evidence in its canonical form, lower-case hexadecimal."""
    return hashlib.sha256(evidence.to_json()).hexdigest()


def read(data: bytes) -> Evidence:
    """Read a proof file, strictly.

    Raises:
        ProofError: PROOF_TOO_LARGE, PROOF_UNREADABLE, PROOF_NOT_CANONICAL, PROOF_DIGEST_DIFFERS.
    """
    if len(data) > MAX_PROOF_BYTES:
        raise ProofError(
            f"The file has {len(data)} bytes; a proof has at most {MAX_PROOF_BYTES}.", code="PROOF_TOO_LARGE"
        )
    try:
        found = ProofFile.from_json(data)
    except ValidationError as error:
        raise ProofError(
            f"The file is no proof of TradeLane, version 1: {_first(error)}.", code="PROOF_UNREADABLE"
        ) from None
    content = found.content.to_json()
    if canonical_json({**_head(found), "content": 0}).replace(b'"content":0', b'"content":' + content) + b"\n" != data:
        raise ProofError(
            "The file says what it says in other bytes than `proof export` writes: it was changed, or written by "
            "something else.",
            code="PROOF_NOT_CANONICAL",
        )
    if hashlib.sha256(content).hexdigest() != found.digest:
        raise ProofError("The file was changed: its content does not have its digest.", code="PROOF_DIGEST_DIFFERS")
    return found.content


def _head(found: ProofFile) -> dict[str, object]:
    return found.model_dump(mode="json", exclude={"content"})


def _first(error: ValidationError) -> str:
    item = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in item["loc"])
    said = str(item["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{place}: {said}" if place else said
