"""Titles as things asked for."""

import pytest

from tests.support.titles import AUTHORITY, BANK, CARRIER, EXPORTER, STRANGER, title
from tradelane.model.party import PartyRecord
from tradelane.rules.refusal import Code, Refused
from tradelane.rules.title import known_title, require_reason, require_untitled, require_visible


def test_unknown_title() -> None:
    assert known_title(title(), "a" * 32) == title()
    with pytest.raises(Refused) as refused:
        known_title(None, "a" * 32)
    assert (refused.value.code, refused.value.status) == (Code.UNKNOWN_TITLE, 404)


def test_title_ids_and_documents_are_used_once() -> None:
    require_untitled("a" * 32, "d" * 32, None, None)
    for taken in ((title(), None), (None, "b" * 32)):
        with pytest.raises(Refused) as refused:
            require_untitled("a" * 32, "d" * 32, *taken)
        assert refused.value.code is Code.TITLE_EXISTS


@pytest.mark.parametrize("reader", [CARRIER, EXPORTER, AUTHORITY])
def test_visible(reader: PartyRecord) -> None:
    require_visible(title(), reader, shared=False)


@pytest.mark.parametrize("reader", [STRANGER, BANK])
def test_visible_only_once_shared(reader: PartyRecord) -> None:
    require_visible(title(), reader, shared=True)
    with pytest.raises(Refused) as refused:
        require_visible(title(), reader, shared=False)
    assert refused.value.code is Code.NOT_A_PARTY


def test_words_that_an_act_must_give() -> None:
    require_reason("bill 4711 of 1 March")
    with pytest.raises(Refused) as refused:
        require_reason(None)
    assert refused.value.code is Code.REASON_REQUIRED
