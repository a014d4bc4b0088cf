"""The objects DCSA's messages are made of: parties, what they did, and what a chain's entries say.

Fields that are not modelled are kept by the base of DCSA's objects in documents; in these messages they are refused,
because each is signed as a whole and nobody should sign, or act on, what it does not understand.
"""

from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import ConfigDict, Field, StringConstraints, ValidationError

from tradelane.model.canonical import JsonError, canonicalize
from tradelane.model.dcsa.parties import IdentifyingCode, IdentifyingCodes, TaxLegalReference
from tradelane.model.dcsa.types import (
    TRIMMED,
    Dcsa,
    Max100,
    Maybe,
    Platform,
    Trimmed70,
)
from tradelane.model.identifiers import Sha256

M = TypeVar("M", bound="Message")

SignedContent = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")]
"""JWS in compact form."""
Comments = Annotated[str, StringConstraints(pattern=TRIMMED, max_length=255)]
Moment = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]{1,9})?Z$")]
"""UTC, RFC 3339; we write milliseconds."""


class Message(Dcsa):
    """An object of a DCSA message; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")

    def value(self) -> dict[str, Any]:
        """Return the JSON value, without absent fields."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Malformed(ValueError):
    """A message does not have its shape; the text says where, without the content."""


def read(kind: type[M], value: object) -> M:
    """Read a message out of a parsed JSON value.

    Raises:
        Malformed: It does not fit.
    """
    try:
        return kind.model_validate_json(canonicalize(value))
    except JsonError as error:
        raise Malformed(str(error)) from None
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        places = "; ".join(f"{'.'.join(str(step) for step in item['loc'])}: {item['msg']}" for item in found[:5])
        raise Malformed(places) from None


class ActionCode(StrEnum):
    """What a transaction did, in DCSA's spelling since 2025-11 (before it: ISSU, TRNS, ENDO, RESD, RESA)."""

    ISSUE = "ISSUE"
    TRANSFER = "TRANSFER"
    ENDORSE = "ENDORSE"
    ENDORSE_TO_ORDER = "ENDORSE_TO_ORDER"
    BLANK_ENDORSE = "BLANK_ENDORSE"
    SIGN = "SIGN"
    SURRENDER_FOR_DELIVERY = "SURRENDER_FOR_DELIVERY"
    SURRENDER_FOR_AMENDMENT = "SURRENDER_FOR_AMENDMENT"
    SACC = "SACC"
    SREJ = "SREJ"
    SURRENDERED = "SURRENDERED"
    """EBL_END's word for what PINT calls SACC."""


class RepresentedParty(Message):
    """On whose behalf somebody acts."""

    party_name: Trimmed70
    identifying_codes: Maybe[list[IdentifyingCode]] = None


class ActingParty(Message):
    """Who acts, or in whose favour (DCSA's ActorParty and RecipientParty)."""

    party_name: Trimmed70
    ebl_platform: Platform
    identifying_codes: IdentifyingCodes
    tax_legal_references: Maybe[list[TaxLegalReference]] = None
    represented_party: Maybe[RepresentedParty] = None


class ChainLink(Message):
    """One act of an endorsement chain, EBL_END 3.0.4."""

    action_date_time: Moment
    action_code: Annotated[str, StringConstraints(max_length=50)]
    actor: ActingParty
    recipient: Maybe[ActingParty] = None
    audit_reference: Maybe[Max100] = None


class Transaction(ChainLink):
    """One act in an entry of an envelope transfer chain, PINT 3.0.0."""

    reason_code: Maybe[Annotated[str, StringConstraints(max_length=4)]] = None
    comments: Maybe[Comments] = None


class DocumentMetadata(Message):
    """A document that goes along with an envelope; `size` is of its content, not of its Base64 form."""

    name: Annotated[str, StringConstraints(pattern=TRIMMED)]
    size: Annotated[int, Field(ge=1)]
    media_type: Max100
    document_checksum: Sha256
