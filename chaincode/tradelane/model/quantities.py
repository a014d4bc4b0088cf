"""How much a transport document is about, as a split or a combination has to conserve it."""

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from tradelane.model.base import Record

Amount = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,24})(\.[0-9]{1,6})?$")]
"""A quantity as a decimal string; never a float."""


class Measure(Record):
    """An amount in a unit: `PACKAGES`, or a DCSA unit such as `KGM`, `LBR`, `MTQ`, `FTQ`."""

    unit: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3,8}$")]
    amount: Amount


Commitment = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{512}$")]
"""A number below 2^2048 that hides a document's quantities; see `rules.ebl.quantities`."""


class Quantities(Record):
    """The sums over a document's cargo, one for each unit, in the order of the units' names."""

    measures: tuple[Measure, ...] = Field(max_length=16)

    @model_validator(mode="after")
    def _sorted_and_unique(self) -> "Quantities":
        units = [measure.unit for measure in self.measures]
        if units != sorted(set(units)):
            raise ValueError("each unit stands once, in alphabetical order")
        return self


class Conservation(Record):
    """What shows that a split or a combination conserves quantities, and no amount of them; it may be public.

    The lists are in the order of the request's titles.
    """

    old: Annotated[tuple[Commitment, ...], Field(min_length=1, max_length=50)]
    new: Annotated[tuple[Commitment, ...], Field(min_length=1, max_length=50)]
    difference: Annotated[str, StringConstraints(pattern=r"^(0|-?[1-9a-f][0-9a-f]{0,135})$")]
    """Hexadecimal: the blinding numbers of the old commitments less those of the new ones."""
