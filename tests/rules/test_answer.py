"""What each refusal says beside its reason."""

import pytest

from tests.support.titles import CARRIER, EXPORTER, LATER, NETWORK, frozen, title
from tests.support.trade import ATTACHMENT, TITLE
from tradelane.model.attachment import AttachmentKind, DocumentSet
from tradelane.rules.answer import ACCEPTED, complete
from tradelane.rules.attachment import require_attachable
from tradelane.rules.document import share
from tradelane.rules.ebl.replacement import replace
from tradelane.rules.refusal import Code, Refused

FOUR = ("actionCode", "status", "by", "accepted")


def test_every_code_says_what_would_be_accepted() -> None:
    assert set(ACCEPTED) == set(Code)
    assert all(words and not words.endswith(".") for words in ACCEPTED.values())


def test_the_sentence_and_the_details_say_the_same() -> None:
    refused = complete(Refused(403, Code.NOT_PLEDGEE, "no", {"titleId": "7"}), "RELEASE", "PLEDGED", "the pledgee")
    assert refused.message == (
        "no. In the state PLEDGED, RELEASE is up to the pledgee; accepted would be the same from the pledgee"
    )
    assert refused.details == {
        "actionCode": "RELEASE",
        "status": "PLEDGED",
        "by": "the pledgee",
        "accepted": "the same from the pledgee",
        "titleId": "7",
    }


def test_what_says_it_already_stays_as_it_is() -> None:
    refused = Refused(409, Code.WRONG_STATE, "no", {"accepted": "SIGN"})
    assert complete(refused, "VOID", "ISSUED", "nobody") is refused


def test_replacing_attaching_and_sharing_say_it_too() -> None:
    with pytest.raises(Refused) as replaced:
        replace([title()], [], CARRIER, EXPORTER, None, LATER, NETWORK)
    empty = DocumentSet(title_id=TITLE)
    with pytest.raises(Refused) as attached:
        require_attachable(frozen(), EXPORTER, AttachmentKind.SUPPORTING, ATTACHMENT, empty)
    with pytest.raises(Refused) as shared:
        share(title(), EXPORTER, CARRIER, b"another document")
    said = [tuple(each.value.details[name] for name in FOUR[:3]) for each in (replaced, attached, shared)]
    assert said == [
        ("REPLACE", "ISSUED", "its carrier"),
        ("ATTACH", "FROZEN", "its carrier or who is in control"),
        ("SHARE", "ISSUED", "a party of the title"),
    ]
    assert all(each.value.details["accepted"] in each.value.message for each in (replaced, attached, shared))
