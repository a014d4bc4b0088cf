"""Options of `tradelane ebl`, `document` and `party`: feedback, remarks, versions, lines of titles, names."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.bill import as_bytes, transport_document
from tests.gateway.contracts import CONTENT, SALT, TITLE, Contracts, refusal, title, view
from tests.support.loopback_gateway import Invocation
from tradelane.model.dcsa import read_document
from tradelane.rules.ebl.quantities import quantities_digest

Run = Callable[..., tuple[int, str, str]]
OLD, NEW, HIDDEN = "a" * 32, "b" * 32, "c" * 32
FEEDBACK = [{"severity": "ERROR", "code": "SEAL", "message": "another seal", "jsonPath": "$.seals[0]"}]


def committed() -> dict[str, Any]:
    """A title that commits to the quantities of its document."""
    return title(quantities=quantities_digest(read_document(CONTENT).document, SALT))


def test_a_rejection_with_feedback(act: Run, contracts: Contracts, tmp_path: Path) -> None:
    path = tmp_path / "feedback.json"
    path.write_text(json.dumps(FEEDBACK))
    assert act("ebl", "reject", TITLE, "--reason", "seal differs", "--feedback", str(path))[0] == 0
    assert json.loads(contracts.asked("ebl:reject").transient["feedback"]) == FEEDBACK


@pytest.mark.parametrize("content", ["{", '[{"severity": "FATAL", "code": "X", "message": "y"}]', "{}"])
def test_feedback_that_is_none(act: Run, contracts: Contracts, tmp_path: Path, content: str) -> None:
    path = tmp_path / "feedback.json"
    path.write_text(content)
    status, _, err = act("ebl", "reject", TITLE, "--reason", "seal differs", "--feedback", str(path))
    assert (status, "[INVALID_REQUEST]" in err, contracts.invocations) == (2, True, [])


def test_a_void_title_with_a_remark(act: Run, contracts: Contracts) -> None:
    assert act("ebl", "void", TITLE, "--remark", "issued twice by mistake")[0] == 0
    assert contracts.asked("ebl:void").transient["reason"] == b"issued twice by mistake"


def test_an_order_lifted_in_another_authoritys_place(act: Run, contracts: Contracts) -> None:
    assert act("ebl", "unfreeze", TITLE, "--order", "Order 2", "--frozen-by", "hk-authority")[0] == 0
    assert contracts.body("ebl:unfreeze") == {"titleId": TITLE, "frozenBy": "hk-authority"}


def test_a_replacement_of_versions_one_has_seen(act: Run, contracts: Contracts, tmp_path: Path) -> None:
    contracts.answers["ebl:replace"] = {"titles": [title(), title()]}
    path = tmp_path / "amended.json"
    path.write_bytes(as_bytes(transport_document()))
    assert act("ebl", "replace", TITLE, "--document", str(path), "--seen", "3")[0] == 0
    assert contracts.body("ebl:replace")["expectedSequences"] == [3]
    assert "conservation" not in contracts.body("ebl:replace")


def test_a_split_that_loses_cargo_is_told_the_unit_before_anything_is_sent(
    act: Run, contracts: Contracts, tmp_path: Path
) -> None:
    contracts.answers["ebl:show"] = committed()
    path = tmp_path / "whole.json"
    path.write_bytes(as_bytes(transport_document()))
    arguments = ("--document", str(path), "--document", str(path))
    status, _, err = act("ebl", "replace", TITLE, *arguments)
    assert (status, err.endswith("[QUANTITIES_DIFFER]\n"), "KGM" in err) == (2, True, True)
    assert [call for call in contracts.calls if not call.endswith("?")] == []


def test_a_combination_shows_that_it_conserves_quantities(act: Run, contracts: Contracts, tmp_path: Path) -> None:
    contracts.answers |= {"ebl:replace": {"titles": [title(), title(), title()]}, "ebl:show": committed()}
    document = transport_document()
    for item in document["consignmentItems"]:
        item["cargoItems"] = item["cargoItems"] * 2
    path = tmp_path / "both.json"
    path.write_bytes(as_bytes(document))
    assert act("ebl", "replace", TITLE, OLD, "--document", str(path))[0] == 0
    shown = contracts.body("ebl:replace")["conservation"]
    assert (len(shown["old"]), len(shown["new"])) == (2, 1)
    assert contracts.asked("ebl:replace").transient == {}


@pytest.mark.parametrize("digest", [{}, {"quantities": "0" * 64}])
def test_a_title_of_an_earlier_release_is_amended_before_it_is_split(
    act: Run, contracts: Contracts, tmp_path: Path, digest: dict[str, str]
) -> None:
    contracts.answers |= {
        "ebl:show": lambda asked: title(**digest) if TITLE in asked.arguments[0].decode() else committed(),
        "ebl:replace": {"titles": [title(), title()]},
    }
    path = tmp_path / "any.json"
    path.write_bytes(as_bytes(transport_document()))
    status, _, err = act("ebl", "replace", TITLE, OLD, "--document", str(path))
    assert (status, err.endswith("[AMEND_FIRST]\n"), TITLE in err, OLD in err) == (2, True, True, False)
    assert [call for call in contracts.calls if not call.endswith("?")] == []
    assert act("ebl", "replace", TITLE, "--document", str(path))[0] == 0


def test_a_directory_that_cannot_be_read_stops_no_admission(act: Run, contracts: Contracts) -> None:
    contracts.answers |= {"party:list": refusal(403, "NOT_IDENTIFIED"), "party:join": view("shexporter")["party"]}
    assert act("party", "join", "both", "--member", "one", "--member", "two", "--name", "Wusong Textiles")[::2] == (
        0,
        "",
    )


def test_a_file_attached_to_a_version_one_has_seen(act: Run, contracts: Contracts, tmp_path: Path) -> None:
    contracts.answers |= {
        "document:attach": lambda asked: (
            refusal(409, "STALE_TITLE") if "expectedSequence" in json.loads(asked.arguments[0]) else {}
        ),
    }
    path = tmp_path / "invoice.pdf"
    path.write_bytes(b"%PDF-1.7")
    status, _, err = act("document", "attach", TITLE, str(path), "--seen", "2")
    assert (status, "[STALE_TITLE]" in err) == (3, True)
    assert "document:lodgeAttachment" not in contracts.calls


def line(asked: Invocation) -> Any:
    """Two titles that a third, which the reader has no part in, and the middle one stand for."""
    histories = {
        OLD: title(titleId=OLD, replacedBy=[TITLE]),
        TITLE: title(replaces=[OLD], replacedBy=[NEW, HIDDEN]),
        NEW: title(titleId=NEW, replaces=[TITLE]),
    }
    title_id = json.loads(asked.arguments[0])["titleId"]
    if title_id not in histories:
        return refusal(403, "NOT_A_PARTY")
    return {"entries": [{"transactionId": "7" * 64, "title": histories[title_id]}]}


def test_a_history_followed_across_replacements(act: Run, contracts: Contracts) -> None:
    contracts.answers["ebl:history"] = line
    status, out, _ = act("ebl", "history", TITLE, "--follow", "--json")
    assert status == 0
    assert [(each["titleId"], each["history"] is not None) for each in json.loads(out)] == [
        (OLD, True),
        (TITLE, True),
        (NEW, True),
        (HIDDEN, False),
    ]
    status, out, _ = act("ebl", "history", NEW, "--follow")
    assert [words.split()[1] for words in out.splitlines() if words.startswith("title ")] == [OLD, TITLE, NEW]
    assert f"title {HIDDEN}: not shown to you" in act("ebl", "history", TITLE, "--follow")[1]


def test_a_followed_history_of_a_title_that_is_not_ones_own(act: Run, contracts: Contracts) -> None:
    contracts.answers["ebl:history"] = line
    assert act("ebl", "history", HIDDEN, "--follow")[0] == 3
    assert act("ebl", "history", TITLE, "--follow", "--signed")[0] == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Vict\u043eria Bank", "mixes letters"),  # a Cyrillic o
        ("Vict0ria Bank", "written differently from the name of 'hkbank'"),
        ("victoria bank", "'hkbank' has the same name already"),
    ],
)
def test_a_name_that_looks_like_anothers_is_flagged_when_it_is_admitted(
    act: Run, contracts: Contracts, name: str, said: str
) -> None:
    contracts.answers["party:list"] = [{**view("hkbank"), "name": "Victoria Bank"}]
    contracts.answers |= {"party:admit": view("shexporter")["party"], "party:join": view("shexporter")["party"]}
    lei = ("--lei", "529900T8BM49AURSDO55")
    status, _, err = act("party", "admit", "--id", "shbank", *lei, "--name", name, "--role", "trader")
    assert (status, "Look twice" in err, said in err, name in err) == (0, True, True, False)
    status, _, err = act("party", "join", "both", "--member", "one", "--member", "two", "--name", name)
    assert (status, said in err) == (0, True)


def test_an_own_name_is_not_flagged(act: Run, contracts: Contracts) -> None:
    contracts.answers["party:list"] = [{**view("hkbank"), "name": "Victoria Bank"}]
    contracts.answers["party:join"] = view("shexporter")["party"]
    assert act("party", "join", "both", "--member", "one", "--member", "two", "--name", "Wusong Textiles")[2] == ""
