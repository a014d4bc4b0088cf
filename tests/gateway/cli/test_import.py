"""Importing files of many: checked before anything is sent, resumed, and summed up in the exit status."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.bill import LEI, issuance_request
from tests.gateway.conftest import Run
from tests.gateway.contracts import Contracts, refusal, title
from tests.support.loopback_gateway import LoopbackGateway, Script

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def writing(*lines: Any) -> str:
        path = tmp_path / "many.jsonl"
        texts = [each if isinstance(each, str) else json.dumps(each) for each in lines]
        path.write_text("".join(f"{each}\n" for each in texts))
        return str(path)

    return writing


def transfer(number: int) -> dict[str, Any]:
    return {"function": "ebl:transfer", "arguments": [{"titleId": str(number)}]}


def summary(result: tuple[int, str, str], status: int = 0) -> Any:
    assert result[0] == status, result
    return json.loads(result[1])


def test_each_line_is_submitted_and_has_a_result(act: Run, contracts: Contracts, write: Write, tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    file = write(transfer(1), "", {**transfer(2), "key": "second", "transient": {"reason": "secret"}})
    found = summary(act("--json", "import", file, "--results", str(results)))
    assert (found["items"], found["outcomes"]["committed"], found["failures"]) == (2, 2, [])
    asked = {one.arguments: one.transient for one in contracts.invocations}
    assert asked == {(b'{"titleId":"1"}',): {}, (b'{"titleId":"2"}',): {"reason": b"secret"}}
    told = [json.loads(line) for line in results.read_text().splitlines()]
    assert {each["key"] for each in told} == {"1", "second"}
    assert all(each["outcome"] == "committed" and each["transactionId"] and each["result"] for each in told)
    assert "secret" not in (tmp_path / "many.jsonl.journal").read_text()


def test_the_same_command_again_sends_nothing_again(act: Run, contracts: Contracts, write: Write) -> None:
    file = write(transfer(1), transfer(2))
    act("import", file)
    sent = len(contracts.invocations)
    found = summary(act("--json", "import", file))
    assert (found["resumed"], found["outcomes"]["committed"], len(contracts.invocations)) == (2, 2, sent)


def test_another_file_does_not_go_on_with_a_journal(act: Run, contracts: Contracts, write: Write) -> None:
    act("import", write(transfer(1)))
    status, _, err = act("import", write(transfer(2)))
    assert (status, "another input" in err, err.endswith("[OTHER_JOURNAL]\n")) == (2, True, True)


def test_a_refused_item_does_not_stop_the_others_and_can_be_tried_again(
    act: Run, contracts: Contracts, write: Write
) -> None:
    def judge(asked: Any) -> Any:
        return refusal(403, "NOT_IN_CONTROL") if b'"1"' in asked.arguments[0] else title()

    contracts.answers["ebl:transfer"] = judge
    file = write(transfer(1), transfer(2))
    status, out, _ = act("import", file)
    assert (status, "NOT_IN_CONTROL" in out, "committed" in out) == (3, True, True)
    contracts.answers["ebl:transfer"] = title()
    assert summary(act("--json", "import", file), status=3)["resumed"] == 2
    found = summary(act("--json", "import", file, "--retry-failed"))
    assert (found["resumed"], found["outcomes"]["committed"]) == (1, 2)


def test_what_has_no_effect_is_status_5(act: Run, contracts: Contracts, write: Write, script: Script) -> None:
    script.validation_code = 16  # not one that a further transaction may do better than
    found = summary(act("--json", "import", write(transfer(1))), status=5)
    assert found["failures"][0]["outcome"] == "invalid"


@pytest.mark.usefixtures("hasty")
def test_a_peer_that_is_down_is_status_4(act: Run, write: Write, peer: LoopbackGateway) -> None:
    peer.stop()
    found = summary(act("--json", "import", write(transfer(1))), status=4)
    assert (found["outcomes"]["failed"], found["failures"][0]["code"]) == (1, "UNREACHABLE")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ("{}", '"function"'),
        ('{"function": 1}', '"function"'),
        ('{"function": "f", "arguments": "x"}', '"arguments"'),
        ('{"function": "f", "endorsers": "HongKongMSP"}', '"endorsers"'),
        ('{"function": "f", "transient": {"a": 1}}', '"transient"'),
        ('{"function": "f", "transient": {"a": {"base64": "?"}}}', '"transient"'),
        ('{"function": "f", "key": ""}', '"key"'),
        ('{"function": "f", "key": "\\u001b"}', '"key"'),
        ('{"function": "f", "key": "1"}', "line 1 already"),
        ('{"function": "f", "novelty": 1}', "novelty"),
        ("\udcff", "no JSON"),
    ],
)
def test_an_unusable_line_is_named_and_nothing_is_sent(
    act: Run, contracts: Contracts, tmp_path: Path, line: str, said: str
) -> None:
    path = tmp_path / "many.jsonl"
    path.write_bytes(json.dumps(transfer(1)).encode() + b"\n" + line.encode(errors="surrogateescape") + b"\n")
    status, out, err = act("import", str(path))
    assert (status, out, contracts.invocations) == (2, "", [])
    assert ("line 2" in err, said in err, err.endswith("[LINES_UNUSABLE]\n")) == (True, True, True), err
    assert not path.with_name("many.jsonl.journal").exists()


def test_a_file_that_is_not_there_is_named(act: Run, tmp_path: Path) -> None:
    status, _, err = act("import", str(tmp_path / "absent.jsonl"))
    assert (status, err.endswith("[FILE_UNREADABLE]\n")) == (2, True)


def test_standard_input_needs_a_journal(act: Run) -> None:
    status, _, err = act("import", "-")
    assert (status, "--journal" in err) == (2, True)


def test_results_may_go_to_standard_output(act: Run, contracts: Contracts, write: Write) -> None:
    status, out, err = act("import", write(transfer(1)), "--results", "-")
    assert (status, json.loads(out)["outcome"], "committed" in err) == (0, "committed", True)


PARTY = {"partyId": "hkbank", "lei": LEI, "name": "Hong Kong Bank", "roles": ["BANK"]}
RECORD = {"partyId": "hkbank", "mspId": "HongKongMSP", "lei": LEI, "roles": ["BANK"], "licensedRoles": []}


def test_parties_are_admitted_by_their_names(act: Run, contracts: Contracts, write: Write, tmp_path: Path) -> None:
    contracts.answers["party:admit"] = RECORD
    found = summary(act("--json", "party", "import", write(PARTY)))
    assert found["outcomes"]["committed"] == 1
    assert contracts.asked("party:admit").transient["name"] == b"Hong Kong Bank"
    assert '"key":"hkbank"' in (tmp_path / "many.jsonl.journal").read_text()


def test_a_party_with_a_wrong_check_digit_is_named_before_anything_is_sent(
    act: Run, contracts: Contracts, write: Write
) -> None:
    status, _, err = act("party", "import", write(PARTY, {**PARTY, "partyId": "other", "lei": LEI[:-1] + "0"}))
    assert (status, "line 2" in err, "lei" in err, contracts.invocations) == (2, True, True, [])


def issuances(*references: str) -> list[Any]:
    found = [issuance_request() for _ in references]
    for each, reference in zip(found, references, strict=True):
        each["document"]["transportDocumentReference"] = reference
    return found


def test_titles_are_issued_over_their_documents(act: Run, contracts: Contracts, write: Write) -> None:
    found = summary(act("--json", "ebl", "import", write(*issuances("JHL1", "JHL2")), "--no-share"))
    assert found["outcomes"]["committed"] == 2
    assert contracts.calls.count("document:lodge") == contracts.calls.count("ebl:issue") == 2


def test_two_titles_over_one_document_are_refused(act: Run, contracts: Contracts, write: Write) -> None:
    status, _, err = act("ebl", "import", write(*issuances("JHL1", "JHL1")))
    assert (status, "line 1 already" in err, contracts.invocations) == (2, True, [])
