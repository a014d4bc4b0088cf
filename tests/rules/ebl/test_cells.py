"""State x act x role, by kind of document and governing law: each cell ends, and the docs print how many how."""

import pytest

from tests.support.cells import ALLOWED, PAGE, cells, page
from tests.support.titles import EVERYONE
from tradelane.model.law import GoverningLaw
from tradelane.model.title import TitleKind
from tradelane.model.title_parts import Action
from tradelane.rules.ebl import Standing

TOTAL = 50_688


def test_the_docs_print_the_count() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
    assert f"**{TOTAL:,} cells**" in page()


def test_the_count_is_of_everything() -> None:
    states = len(Standing) + 1
    assert states * len(Action) * len(EVERYONE) * len(TitleKind) * len(GoverningLaw) == TOTAL


@pytest.mark.parametrize("law", GoverningLaw)
def test_a_waybill_gives_less_than_any_bill(law: GoverningLaw) -> None:
    allowed = {kind: list(cells(kind, law)).count(ALLOWED) for kind in TitleKind}
    assert allowed[TitleKind.SEA_WAYBILL] < min(allowed[TitleKind.STRAIGHT], allowed[TitleKind.TO_ORDER])
