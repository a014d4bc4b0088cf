"""Identifiers, each with the check its issuing standard defines."""

from functools import lru_cache
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints
from stdnum import imo, iso6346, lei
from stdnum.exceptions import ValidationError as StdnumError

WORDS_OF_PATTERNS: Final[dict[str, str]] = {
    r"^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$": "3 to 32 lower-case letters, digits and hyphens, no hyphen at either end",
    r"^[0-9a-f]{32}$": "32 characters from 0-9 and a-f",
    r"^[0-9a-f]{64}$": "64 characters from 0-9 and a-f",
    r"^[0-9A-Z]{18}[0-9]{2}$": "18 capital letters and digits, then two check digits",
    r"^\S(?:.*\S)?$": "text that neither is empty nor begins or ends with a space",
    r"^\S(?:[\s\S]*\S)?$": "text that neither is empty nor begins or ends with a space",
}
"""What a pattern asks for, in words for people; a test holds that the requests' patterns are all here."""


@lru_cache(maxsize=4096)  # each record of a party is read for each of its acts
def _lei(value: str) -> str:
    try:
        checked: str = lei.validate(value)
    except StdnumError:
        raise ValueError(
            "not a Legal Entity Identifier: 20 letters and digits with the check digits of ISO 17442"
        ) from None
    return checked


def _imo(value: str) -> str:
    try:
        imo.validate(value)
    except StdnumError:
        raise ValueError("not an IMO ship number: seven digits, the last of which is its check digit") from None
    return value


def _container(value: str) -> str:
    try:
        iso6346.validate(value)
    except StdnumError:
        raise ValueError("not a container number of ISO 6346: four letters, six digits and a check digit") from None
    return value


Lei = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{18}[0-9]{2}$"), AfterValidator(_lei)]
"""Legal Entity Identifier, ISO 17442."""

ImoNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{7}$"), AfterValidator(_imo)]
"""Ship identification number of the International Maritime Organization, resolution A.1117(30)."""

ContainerNumber = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}[UJZ][0-9]{7}$"), AfterValidator(_container)]
"""Freight container number, ISO 6346."""

PartyId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$")]
"""A party's name on this network: chosen at admission, public, so it should not be the firm's legal name."""

MspId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]{1,64}$")]
"""Fabric's name of an organisation, which here is a jurisdiction."""

OpaqueId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""128 random bits chosen by the client, lower-case hexadecimal: says nothing about what it names."""

TitleId = OpaqueId
DocumentId = OpaqueId

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest, lower-case hexadecimal (RFC 6234)."""

Timestamp = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}\.[0-9]{3}Z$")]
"""UTC time with milliseconds, as DCSA's actionDateTime."""
