"""Identifiers carry the check their standard defines."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tradelane.model.identifiers import ContainerNumber, ImoNumber, Lei, MspId, OpaqueId, PartyId, Sha256, Timestamp

GOOD: list[tuple[Any, str]] = [
    (Lei, "529900T8BM49AURSDO55"),
    (ImoNumber, "9074729"),
    (ContainerNumber, "CSQU3054383"),
    (ContainerNumber, "JHLU2045188"),
    (PartyId, "hk-bank"),
    (PartyId, "a1b"),
    (MspId, "HongKongMSP"),
    (OpaqueId, "0123456789abcdef" * 2),
    (Sha256, "0123456789abcdef" * 4),
    (Timestamp, "2026-03-01T12:00:00.000Z"),
]
BAD: list[tuple[Any, str]] = [
    (Lei, "529900T8BM49AURSDO56"),
    (Lei, "529900T8BM49AURSDO5"),
    (Lei, "529900t8bm49aursdo55"),
    (Lei, "529900T8BM49AURSDO55\n"),
    (ImoNumber, "9074728"),
    (ImoNumber, "IMO9074729"),
    (ImoNumber, "907472"),
    (ContainerNumber, "CSQU3054384"),
    (ContainerNumber, "CSQA3054383"),
    (ContainerNumber, "csqu3054383"),
    (ContainerNumber, "CSQU305438"),
    (PartyId, "-bank"),
    (PartyId, "bank-"),
    (PartyId, "Bank"),
    (PartyId, "ab"),
    (PartyId, "b\x00nk"),
    (PartyId, "x" * 33),
    (MspId, "Hong Kong"),
    (OpaqueId, "0123456789ABCDEF" * 2),
    (OpaqueId, "0123456789abcdef" * 2 + "\n"),
    (Sha256, "0123456789abcdef" * 2),
    (Timestamp, "2026-03-01T12:00:00Z"),
    (Timestamp, "2026-03-01T12:00:00.000+08:00"),
]


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_accepted(kind: Any, value: str) -> None:
    assert TypeAdapter(kind).validate_python(value, strict=True) == value


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_refused(kind: Any, value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value, strict=True)


@pytest.mark.parametrize("place", range(10))
def test_every_single_wrong_digit_of_an_lei_is_found(place: int) -> None:
    lei = "529900T8BM49AURSDO55"
    changed = lei[:place] + ("A" if lei[place] != "A" else "B") + lei[place + 1 :]
    with pytest.raises(ValidationError):
        TypeAdapter(Lei).validate_python(changed)
