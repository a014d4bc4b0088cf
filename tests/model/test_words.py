"""Every pattern that a person's request can break is put into words."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tradelane.model.document import Salt
from tradelane.model.identifiers import WORDS_OF_PATTERNS, Lei, OpaqueId, PartyId, Sha256
from tradelane.model.party import PartyName
from tradelane.model.title_requests import Reason

KINDS = {
    "Lei": Lei,
    "OpaqueId": OpaqueId,
    "PartyId": PartyId,
    "Sha256": Sha256,
    "Salt": Salt,
    "PartyName": PartyName,
    "Reason": Reason,
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_pattern_of_a_request_has_words(kind: Any) -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(kind).validate_python(" ")
    assert raised.value.errors()[0]["ctx"]["pattern"] in WORDS_OF_PATTERNS
