"""The command: what it prints, its exit statuses, and that no error is a trace."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.bill import LEI, as_bytes, issuance_request, transport_document
from tests.gateway.conftest import AS, USER, Run
from tests.gateway.contracts import CONTENT, DOCUMENT, TITLE, Contracts, refusal, title
from tests.support.loopback_gateway import LoopbackGateway, Script
from tradelane.gateway.cli import root as cli

RECORD = {
    "partyId": "hkbank",
    "mspId": "HongKongMSP",
    "lei": LEI,
    "roles": ["BANK"],
    "licensedRoles": [],
    "members": [],
}


@pytest.fixture
def issuance(tmp_path: Path) -> str:
    path = tmp_path / "issuance.json"
    path.write_bytes(as_bytes(issuance_request()))
    return str(path)


def as_json(result: tuple[int, str, str], status: int = 0) -> Any:
    assert result[0] == status
    return json.loads(result[1])


@pytest.mark.parametrize(
    "arguments",
    [
        ("novelty",),
        ("ebl", "novelty"),
        ("ebl", "show"),
        ("ebl", "transfer", TITLE),
        ("ebl", "surrender", TITLE),
        ("ebl", "surrender", TITLE, "--for", "fun"),
        ("ebl", "list", "--held-by", "you"),
        ("ebl", "list", "--limit", "0"),
        ("ebl", "reject", TITLE),
        ("ebl", "endorse", TITLE),
        ("ebl", "endorse", TITLE, "--to-order"),
        ("ebl", "endorse", TITLE, "--to", "hkbank", "--blank"),
        ("ebl", "endorse", TITLE, "--to-order", "--blank"),
        ("party", "admit"),
        ("party", "admit", "--id", "hkbank"),
        ("party", "admit", "file.json", "--id", "hkbank"),
        ("party", "licence", "hkbank", "--role", "king"),
    ],
)
def test_wrong_usage_is_a_sentence_and_status_2(run: Run, arguments: tuple[str, ...]) -> None:
    status, out, err = run(*AS, *arguments)
    assert (status, out) == (2, "")
    assert err.endswith("[USAGE]\n" if "admit" not in arguments or "file.json" not in arguments else "]\n")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "who",
    [(), ("--as", "exporter"), ("--as", "exporter@"), ("--as", "@shanghai"), ("--as", "a@../b"), ("--profile", ".")],
)
def test_somebody_must_act(run: Run, who: tuple[str, ...]) -> None:
    status, _, err = run(*who, "ebl", "show", TITLE)
    assert (status, err.endswith("[WHO_ACTS]\n")) == (2, True)


def test_a_missing_profile_is_status_6(run: Run) -> None:
    status, _, err = run(*AS, "ebl", "show", TITLE)
    assert (status, err.endswith("[PROFILE_MISSING]\n")) == (6, True)


def test_a_profile_directory_can_be_named(run: Run, profile: Path, contracts: Contracts) -> None:
    found = as_json(run("--profile", str(profile), "--as", USER, "ebl", "show", TITLE, "--json"))
    assert found["titleId"] == TITLE


@pytest.mark.parametrize("place", ["before", "after"])
def test_json_may_stand_before_or_after_the_command(run: Run, profile: Path, contracts: Contracts, place: str) -> None:
    arguments = ("ebl", "show", TITLE)
    found = as_json(run(*AS, "--json", *arguments) if place == "before" else run(*AS, *arguments, "--json"))
    assert found == {**title()}


def test_errors_are_json_too(act: Run, contracts: Contracts) -> None:
    contracts.answers["ebl:transfer"] = refusal(403, "NOT_IN_CONTROL")
    found = as_json(act("--json", "ebl", "transfer", TITLE, "--to", "hkbank"), status=3)
    assert (found["code"], found["message"]) == ("NOT_IN_CONTROL", "Refused with NOT_IN_CONTROL.")
    assert found["details"] == {"transactionId": contracts.invocations[-1].transaction_id}
    assert as_json(act("ebl", "novelty", "--json"), status=2)["code"] == "USAGE"


def test_a_refusal_is_one_sentence_and_its_code(act: Run, contracts: Contracts) -> None:
    contracts.answers["ebl:show"] = refusal(404, "UNKNOWN_TITLE")
    assert act("ebl", "show", TITLE) == (3, "", "Refused with UNKNOWN_TITLE. [UNKNOWN_TITLE]\n")


@pytest.mark.usefixtures("hasty")
def test_a_peer_that_is_down_is_status_4(act: Run, peer: LoopbackGateway) -> None:
    peer.stop()
    status, _, err = act("ebl", "show", TITLE)
    assert (status, err.endswith("[UNREACHABLE]\n"), peer.endpoint in err) == (4, True, True)


def test_a_conflict_at_commit_is_status_5(act: Run, script: Script) -> None:
    script.validation_code = 11
    status, _, err = act("ebl", "accept", TITLE)
    assert (status, err.endswith("[MVCC_READ_CONFLICT]\n")) == (5, True)


def test_an_act_shows_the_title_and_where_it_stands_on_the_ledger(act: Run, contracts: Contracts) -> None:
    status, out, err = act("ebl", "transfer", TITLE, "--to", "hkbank")
    assert (status, err) == (0, "")
    for shown in (TITLE, "ISSUED", "shexporter", contracts.asked("ebl:transfer").transaction_id):
        assert shown in out
    found = as_json(act("--json", "ebl", "transfer", TITLE, "--to", "hkbank"))
    assert (found["result"], found["blockNumber"]) == (title(), 7)


JOINT_ACTS = [
    ("transfer", "--to", "hkbank", "--no-share"),
    ("endorse", "--to", "hkbank", "--no-share"),
    ("surrender", "--for", "delivery"),
    ("surrender", "--for", "amendment"),
    ("accept",),
    ("reject", "--reason", "Freight is unpaid"),
    ("sign",),
    ("nominate", "--to", "hkbank"),
    ("refuse", "--reason", "Not ours"),
    ("pledge", "--to", "hkbank", "--no-share"),
    ("release",),
    ("enforce", "--reason", "In default"),
    ("substitute-pledgee", "--to", "hkbank", "--no-share"),
    ("accomplish", "--delivery-order", "DO-1"),
    ("void",),
    ("freeze", "--order", "Order 1"),
    ("unfreeze", "--order", "Order 1"),
    ("recover", "--from", "shexporter", "--to", "hkbank", "--order", "Order 1"),
]


@pytest.mark.parametrize("words", JOINT_ACTS, ids=lambda words: " ".join(words[:3]))
def test_every_act_is_asked_for_jointly(act: Run, contracts: Contracts, words: tuple[str, ...]) -> None:
    contracts.answers["ebl:history"] = {"entries": [{"transactionId": "ab", "title": title()}]}
    found = as_json(act("--json", "ebl", words[0], TITLE, *words[1:], "--jointly", "both"))
    assert (found["done"], found["result"]) == (False, title())
    [asked] = [each for each in contracts.invocations if each.rpc == "endorse"]
    assert json.loads(asked.arguments[0])["jointParty"] == "both"


def test_whether_an_act_is_done_is_what_the_history_says(act: Run, contracts: Contracts) -> None:
    def history(_: object) -> Any:
        made = contracts.asked("ebl:sign").transaction_id if is_done else "ab"
        return {"entries": [{"transactionId": made, "title": title()}]}

    contracts.answers["ebl:history"] = history
    for is_done in (False, True):
        contracts.invocations.clear()
        status, out, _ = act("ebl", "sign", TITLE, "--jointly", "both")
        assert (status, "once every member of both has asked for the same" in out) == (0, not is_done)
        assert ("ebl:agreements?" in contracts.calls) == (not is_done)


def test_for_whom_an_act_waits_is_told(act: Run, contracts: Contracts) -> None:
    def waits(*members: str, **changes: Any) -> dict[str, Any]:
        noted = {"titleId": TITLE, "sequence": 1, "jointParty": "both", "act": "a" * 64, "agreed": ["shexporter"]}
        return {"agreement": noted | changes, "inForce": True, "waitingFor": list(members)}

    contracts.answers["ebl:history"] = {"entries": [{"transactionId": "ab", "title": title()}]}
    others = [
        waits("hkbank", jointParty="three"),
        waits("shexporter", "hkbank") | {"waitsForCaller": True},
        waits() | {"inForce": False},
    ]
    for found, told in (
        ([waits("pudong", "lin"), *others], ["pudong", "lin"]),
        ([waits("pudong"), waits("pudong", act="b" * 64)], ["pudong"]),
        ([waits("pudong"), waits("lin", act="b" * 64)], None),  # which of them is the act just asked for?
        (others, None),
    ):
        contracts.answers["ebl:agreements"] = found
        assert as_json(act("--json", "ebl", "sign", TITLE, "--jointly", "both")).get("waitingFor") == told
        _, out, _ = act("ebl", "sign", TITLE, "--jointly", "both")
        assert (f"the same; waiting for: {', '.join(told or ())}." in out) == bool(told)


def test_an_act_that_was_noted_is_told_though_nobody_says_for_whom_it_waits(act: Run, contracts: Contracts) -> None:
    contracts.answers["ebl:history"] = {"entries": [{"transactionId": "ab", "title": title()}]}
    contracts.answers["ebl:agreements"] = refusal(400, "UNKNOWN_FUNCTION")  # a chaincode of an earlier release
    status, out, _ = act("ebl", "sign", TITLE, "--jointly", "both")
    assert (status, "every member of both has asked for the same." in out) == (0, True)


def test_titles_held_together_are_listed(act: Run, contracts: Contracts) -> None:
    contracts.answers["ebl:list"] = {"titles": [title()]}
    assert as_json(act("--json", "ebl", "list", "--held-by", "me", "--jointly", "both")) == [title()]
    assert contracts.body("ebl:list", "evaluate") == {
        "heldOnly": True, "pageSize": 100, "bookmark": "", "jointParty": "both",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "function", "body"),
    [
        (("transfer", TITLE, "--to", "hkbank", "--no-share"), "ebl:transfer", {"recipient": "hkbank"}),
        (
            ("endorse", TITLE, "--to", "hkbank", "--no-share"),
            "ebl:endorse",
            {"recipient": "hkbank", "actionCode": "ENDORSE"},
        ),
        (
            ("endorse", TITLE, "--to", "hkbank", "--to-order", "--no-share"),
            "ebl:endorse",
            {"recipient": "hkbank", "actionCode": "ENDORSE_TO_ORDER"},
        ),
        (("endorse", TITLE, "--blank"), "ebl:endorse", {"actionCode": "BLANK_ENDORSE"}),
        (("surrender", TITLE, "--for", "delivery"), "ebl:surrender", {}),
        (("accept", TITLE), "ebl:accept", {}),
        (("reject", TITLE, "--reason", "Freight is unpaid"), "ebl:reject", {}),
    ],
)
def test_each_act_asks_its_function(
    act: Run, contracts: Contracts, arguments: tuple[str, ...], function: str, body: dict[str, str]
) -> None:
    assert act("ebl", *arguments)[0] == 0
    assert contracts.body(function) == {"titleId": TITLE, **body}


def test_issue_reads_a_file(act: Run, contracts: Contracts, issuance: str) -> None:
    found = as_json(act("ebl", "issue", issuance, "--document-id", DOCUMENT, "--title-id", TITLE, "--json"))
    assert found["result"] == title()
    assert contracts.body("document:lodge") == {"documentId": DOCUMENT}
    assert contracts.calls[-2:] == ["document:share", "document:attachments?"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b'{"document":\n  [1,]}', "line 2"), (b"{}", "required"), (b"", "line 1, column 1"), (b"\xff\xfe", "UTF-8")],
)
def test_a_bad_file_is_one_sentence_and_nothing_is_sent(
    act: Run, contracts: Contracts, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    status, out, err = act("ebl", "issue", str(path))
    assert (status, out, said in err, err.endswith("[INVALID_DOCUMENT]\n")) == (2, "", True, True)
    assert contracts.invocations == []


def test_all_violations_are_in_the_json(act: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(b'{"document": {}, "issueTo": {}}')
    found = as_json(act("ebl", "issue", str(path), "--json"), status=2)
    assert len(found["details"]) > 10


def test_a_file_that_cannot_be_read_is_named(act: Run, tmp_path: Path) -> None:
    status, _, err = act("ebl", "issue", str(tmp_path / "absent.json"))
    assert (status, "absent.json" in err, err.endswith("[FILE_UNREADABLE]\n")) == (2, True, True)


def test_titles_and_histories_are_tables(act: Run, contracts: Contracts) -> None:
    contracts.answers["ebl:list"] = {"titles": [title()], "bookmark": ""}
    contracts.answers["ebl:history"] = {"entries": [{"transactionId": "ab", "title": title(), "remark": "[red]no[/]"}]}
    status, out, _ = act("ebl", "list", "--held-by", "me")
    assert (status, TITLE in out) == (0, True)
    assert contracts.body("ebl:list", "evaluate")["heldOnly"] is True
    status, out, _ = act("ebl", "history", TITLE)
    assert (status, "[red]no[/]" in out, "ISSUE" in out) == (0, True, True)
    assert as_json(act("--json", "ebl", "list")) == [title()]
    assert "entries" in as_json(act("--json", "ebl", "history", TITLE))
    status, _, err = act("ebl", "list", "--limit", "1")
    assert (status, "--limit" in err) == (0, True)


@pytest.mark.parametrize("control", ["\x1b", "\x9b", "\r", "\u202e"])
def test_what_others_wrote_does_not_command_the_terminal(act: Run, contracts: Contracts, control: str) -> None:
    said = f"no{control}[2Jyes"
    contracts.answers["ebl:history"] = {"entries": [{"transactionId": "ab", "title": title(), "remark": said}]}
    _, out, _ = act("ebl", "history", TITLE)
    assert "no\ufffd[2Jyes" in out
    status, out, _ = act("--json", "ebl", "history", TITLE)
    assert control not in out
    assert as_json((status, out, ""))["entries"][0]["remark"] == said
    contracts.answers["ebl:show"] = refusal(403, said)
    _, _, err = act("ebl", "show", TITLE)
    assert control not in err


def test_a_document_is_shown_or_written_for_its_owner_only(act: Run, tmp_path: Path) -> None:
    assert as_json(act("document", "read", TITLE)) == transport_document()
    assert as_json(act("document", "read", TITLE, "--json"))["documentId"] == DOCUMENT
    out = tmp_path / "document.json"
    assert act("document", "read", TITLE, "--out", str(out))[0] == 0
    assert (out.read_bytes(), stat.S_IMODE(out.stat().st_mode)) == (CONTENT, 0o600)
    status, _, err = act("document", "read", TITLE, "--out", str(out))
    assert (status, err.endswith("[FILE_UNWRITABLE]\n"), out.read_bytes()) == (2, True, CONTENT)


def test_documents_are_lodged_and_shared(act: Run, contracts: Contracts, tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    path.write_bytes(as_bytes(transport_document()))
    assert as_json(act("document", "lodge", str(path), "--document-id", DOCUMENT, "--json"))["result"] == {
        "documentId": DOCUMENT
    }
    status, out, _ = act("document", "share", TITLE, "--to", "hkbank")
    assert (status, "hkbank" in out, contracts.calls[-2]) == (0, True, "document:share")


def test_parties_are_admitted_from_options_or_a_file(act: Run, contracts: Contracts, tmp_path: Path) -> None:
    contracts.answers["party:admit"] = RECORD
    options = ("--id", "hkbank", "--lei", LEI, "--name", "Harbour Bank", "--role", "bank", "--role", "TRADER")
    assert as_json(act("party", "admit", *options, "--json"))["result"] == RECORD
    assert contracts.body("party:admit")["roles"] == ["BANK", "TRADER"]
    contracts.invocations.clear()
    path = tmp_path / "party.json"
    path.write_text(json.dumps({"partyId": "hkbank", "lei": LEI, "name": "Harbour Bank", "roles": ["BANK"]}))
    assert act("party", "admit", str(path))[0] == 0
    assert contracts.asked("party:admit").transient["name"] == b"Harbour Bank"
    path.write_text('{"partyId": 1}')
    status, _, err = act("party", "admit", str(path))
    assert (status, err.endswith("[INVALID_REQUEST]\n")) == (2, True)


def test_parties_are_licensed_shown_and_listed(act: Run, contracts: Contracts) -> None:
    contracts.answers["party:licence"] = RECORD
    contracts.answers["party:list"] = [{"party": RECORD, "name": "Harbour Bank"}]
    assert act("party", "licence", "hkbank", "--role", "bank")[0] == 0
    assert "hkbank Ltd" in act("party", "show", "hkbank")[1]
    assert as_json(act("--json", "party", "show", "hkbank"))["name"] == "hkbank Ltd"
    assert "Harbour Bank" in act("party", "list")[1]
    assert as_json(act("--json", "party", "list")) == [{"party": RECORD, "name": "Harbour Bank"}]


def test_organisations_are_registered_prepared_and_listed(act: Run, contracts: Contracts) -> None:
    contracts.answers["organisation:register"] = {"mspIds": ["ShanghaiMSP"]}
    contracts.answers["organisation:prepare"] = {}
    assert "ShanghaiMSP" in act("organisation", "register")[1]
    assert act("organisation", "prepare")[0] == 0
    assert "HongKongMSP" in act("organisation", "list")[1]
    assert as_json(act("--json", "organisation", "list")) == {"mspIds": ["HongKongMSP", "ShanghaiMSP"]}


class NodeDown(Exception):
    """Shaped like the errors of the network's commands."""

    code = "NODE_DOWN"
    exit_status = 1
    details: dict[str, int] = {"port": 7151}  # noqa: RUF012


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NodeDown("A node is down."), 1, "NODE_DOWN"),
        (RuntimeError("x"), 1, "UNEXPECTED"),
        (KeyboardInterrupt(), 130, "INTERRUPTED"),
    ],
)
def test_any_other_error_is_a_sentence_too(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, code: str
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    assert as_json(run("--json"), status=status)["code"] == code
    result = run()
    assert (result[0], result[2].endswith(f"[{code}]\n"), "Traceback" in result[2]) == (status, True, False)


def test_the_trace_is_shown_on_request(act: Run, contracts: Contracts, monkeypatch: pytest.MonkeyPatch) -> None:
    contracts.answers["ebl:show"] = refusal(404, "UNKNOWN_TITLE")
    monkeypatch.setenv("TRADELANE_DEBUG", "1")
    assert "Traceback" in act("ebl", "show", TITLE)[2]


@pytest.mark.parametrize("group", [(), ("ebl",), ("document",), ("party",), ("organisation",), ("network",)])
def test_a_group_alone_shows_its_help(run: Run, group: tuple[str, ...]) -> None:
    status, out, err = run(*group)
    assert (status, "Usage: tradelane" in out, err) == (2, True, "")


def test_help_names_every_group_and_the_exit_statuses(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for word in ("ebl", "document", "party", "organisation", "Exit status"):
        assert word in out
