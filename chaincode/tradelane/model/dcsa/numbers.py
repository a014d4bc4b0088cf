"""Check digits of the numbers in a document: containers (ISO 6346), parties (ISO 17442) and ships (IMO)."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tradelane.model.dcsa.document import TransportDocument
from tradelane.model.dcsa.violations import Violation, json_path
from tradelane.model.identifiers import ContainerNumber, ImoNumber, Lei

_BIC_SHAPE = re.compile(r"[A-Z]{4}[0-9]{7}")
_CONTAINER: TypeAdapter[str] = TypeAdapter(ContainerNumber)
_IMO: TypeAdapter[str] = TypeAdapter(ImoNumber)
_LEI: TypeAdapter[str] = TypeAdapter(Lei)

GLEIF = "GLEIF"
"""codeListProvider of a Legal Entity Identifier."""


def check_numbers(document: TransportDocument, parsed: Any) -> Iterator[Violation]:  # noqa: ANN401 -- JSON
    """Yield every number that cannot be right.

    Args:
        document: The document, which fits the schema.
        parsed: The same document as parsed JSON: codes and ships' numbers may stand in fields that are not modelled.
    """
    yield from _containers(document)
    yield from _loading(document)
    yield from _codes(parsed)


def _containers(document: TransportDocument) -> Iterator[Violation]:
    for i, used in enumerate(document.utilized_transport_equipments):
        number = used.equipment.equipment_reference
        # DCSA lets a container without an ISO number pass; a carrier's own always has one, a shipper's may not.
        must_fit = not used.is_shipper_owned or _BIC_SHAPE.fullmatch(number) is not None
        if must_fit and not _fits(_CONTAINER, number):
            yield Violation(
                "ISO 6346",
                f"$.utilizedTransportEquipments[{i}].equipment.equipmentReference",
                "not a container number: four letters, six digits and a check digit that fits them",
            )


def _loading(document: TransportDocument) -> Iterator[Violation]:
    used = {item.equipment.equipment_reference for item in document.utilized_transport_equipments}
    for i, item in enumerate(document.consignment_items):
        for j, cargo in enumerate(item.cargo_items):
            if cargo.equipment_reference not in used:
                yield Violation(
                    "DCSA",
                    f"$.consignmentItems[{i}].cargoItems[{j}].equipmentReference",
                    "cargo is loaded in a container that utilizedTransportEquipments does not list",
                )


def _codes(parsed: Any) -> Iterator[Violation]:  # noqa: ANN401
    for path, item in _objects(parsed, ()):
        if item.get("codeListProvider") == GLEIF and not _fits(_LEI, item.get("partyCode")):
            yield Violation(
                "ISO 17442",
                json_path((*path, "partyCode")),
                "not a Legal Entity Identifier: 20 letters and digits, the last two of which are check digits",
            )
        if "vesselIMONumber" in item and not _fits(_IMO, item["vesselIMONumber"]):
            yield Violation(
                "IMO",
                json_path((*path, "vesselIMONumber")),
                "not a ship's IMO number: seven digits, the last of which is a check digit",
            )


def _objects(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:  # noqa: ANN401
    if isinstance(value, dict):
        yield path, value
        for name, child in value.items():
            yield from _objects(child, (*path, name))
    elif isinstance(value, list):
        for i, child in enumerate(value):
            yield from _objects(child, (*path, i))


def _fits(kind: TypeAdapter[str], value: Any) -> bool:  # noqa: ANN401
    try:
        kind.validate_python(value, strict=True)
    except ValidationError:
        return False
    return True
