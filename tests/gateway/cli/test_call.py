"""Any function by command, private inputs from a file, `-` as a file, and log lines on request."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.conftest import Run
from tests.gateway.contracts import TITLE, Contracts, title
from tests.support.loopback_gateway import Script
from tradelane.gateway.observer import LOGGER


@pytest.fixture(autouse=True)
def quiet_afterwards() -> Iterator[None]:
    logger = logging.getLogger(LOGGER)
    kept = list(logger.handlers), logger.level
    yield
    logger.handlers, logger.level = list(kept[0]), kept[1]


def test_an_answer_is_shown_as_what_it_is(act: Run, script: Script) -> None:
    for content, shown in ((b'{"a":1}', '{\n  "a": 1\n}\n'), (b"plain\x1b", "plain\N{REPLACEMENT CHARACTER}\n")):
        script.chaincode = lambda _, content=content: content  # type: ignore[misc]
        assert act("evaluate", "a:b", "one", "two") == (0, shown, "")
    assert script.invocations[-1].arguments == (b"one", b"two")
    script.chaincode = lambda _: b"\xff"
    assert json.loads(act("evaluate", "a:b", "--json")[1]) == {"base64": "/w=="}


def test_a_submit_says_where_it_stands(act: Run, contracts: Contracts) -> None:
    found = json.loads(act("submit", "ebl:accept", "{}", "--endorsers", "HongKongMSP", "--json")[1])
    assert (found["result"], found["blockNumber"]) == (title(), 7)
    assert contracts.asked("ebl:accept").organisations == ("HongKongMSP",)


def test_under_a_request_id_the_transaction_is_the_same(act: Run, contracts: Contracts) -> None:
    ids = {json.loads(act("submit", "a:b", "--request-id", "r1", "--json")[1])["transactionId"] for _ in range(2)}
    assert len(ids) == 1
    status, _, err = act("submit", "a:b", "--request-id", "")
    assert (status, err.endswith("[INVALID_REQUEST_ID]\n")) == (2, True)


def test_private_inputs_come_from_a_file_or_standard_input(
    act: Run, contracts: Contracts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = '{"name": "A Bank", "salt": {"base64": "/w=="}}'
    (tmp_path / "private.json").write_text(content)
    assert act("submit", "a:b", "--transient-file", str(tmp_path / "private.json"))[0] == 0
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    assert act("submit", "a:b", "--transient-file", "-")[0] == 0
    assert [each.transient for each in contracts.invocations] == [{"name": b"A Bank", "salt": b"\xff"}] * 2


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', '{"a": {"base64": "?"}}', '{"a": {"b": "c"}}', "\udcff"])
def test_private_inputs_of_another_form_are_refused(
    act: Run, contracts: Contracts, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "private.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    status, _, err = act("submit", "a:b", "--transient-file", str(path))
    assert (status, err.endswith("[INVALID_TRANSIENT]\n"), contracts.invocations) == (2, True, [])


def test_a_document_goes_to_standard_output(act: Run, contracts: Contracts) -> None:
    status, out, _ = act("document", "read", TITLE, "--out", "-")
    assert (status, json.loads(out)["transportDocumentTypeCode"]) == (0, "BOL")


@pytest.mark.parametrize(("option", "levels"), [("-v", {"INFO"}), ("-vv", {"INFO", "DEBUG"})])
def test_calls_are_logged_on_request(act: Run, contracts: Contracts, option: str, levels: set[str]) -> None:
    status, _, err = act(option, "submit", "a:b", "secret")
    assert status == 0
    assert {line.split()[2] for line in err.splitlines()} == levels
    assert ("a:b" in err, "secret" in err) == (True, False)


def test_the_environment_asks_for_log_lines_too(
    act: Run, contracts: Contracts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADELANE_LOG", "info")
    assert "a:b" in act("submit", "a:b")[2]
    monkeypatch.setenv("TRADELANE_LOG", "loud")
    status, _, err = act("submit", "a:b")
    assert (status, "debug" in err) == (2, True)
