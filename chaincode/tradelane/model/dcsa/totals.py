"""The sums over a document's cargo, unit by unit."""

from decimal import Decimal

from tradelane.model.dcsa.document import TransportDocument
from tradelane.model.quantities import Measure, Quantities

PACKAGES = "PACKAGES"
_PLACES = Decimal("0.000001")


def quantities_of(document: TransportDocument) -> Quantities:
    """Return packages, gross weights and gross volumes of a document, in the units it states them in.

    Amounts are taken as they are written, to six decimal places.
    """
    totals: dict[str, Decimal] = {}
    for item in document.consignment_items:
        for cargo in item.cargo_items:
            amounts = [
                (PACKAGES, Decimal(cargo.outer_packaging.number_of_packages)),
                (cargo.cargo_gross_weight.unit, _written(cargo.cargo_gross_weight.value)),
            ]
            if cargo.cargo_gross_volume is not None:
                amounts.append((cargo.cargo_gross_volume.unit, _written(cargo.cargo_gross_volume.value)))
            for unit, amount in amounts:
                totals[unit] = totals.get(unit, Decimal(0)) + amount
    return Quantities(measures=tuple(Measure(unit=unit, amount=_text(totals[unit])) for unit in sorted(totals)))


def _written(value: float) -> Decimal:
    # The shortest text that reads back as the same double: what the document says, on every machine.
    return Decimal(repr(value)).quantize(_PLACES)


def _text(amount: Decimal) -> str:
    plain = f"{amount:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
