"""DCSA's messages by typed call and command, from histories that the real contracts have written."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.bill import issuance_request
from tests.gateway.conftest import Run
from tests.gateway.contracts import Contracts, refusal
from tests.support.dcsa import FOLDER, violations
from tests.support.loopback_gateway import Script
from tests.support.memory_ledger import MemoryLedger
from tests.support.trade import CARRIER, DOCUMENT, EXPORTER, TITLE, Trade
from tradelane.gateway.errors import InputError, Refused, Step, Unreachable
from tradelane.gateway.trade.messages import issuance_refusal

Life = Callable[[Trade], Coroutine[Any, Any, None]]


def fits(module: str, schema: str, value: Any) -> None:
    if FOLDER is not None:
        assert violations(module, schema, value) == []


@pytest.fixture
def contracts(script: Script) -> Contracts:
    script.chaincode = found = Contracts()
    return found


@pytest.fixture
def issuance(tmp_path: Path) -> str:
    path = tmp_path / "issuance.json"
    path.write_text(json.dumps(issuance_request()))
    return str(path)


@pytest.fixture
def lived(contracts: Contracts) -> Callable[[Life], None]:
    """Has a title live in memory, and the contracts tell of it."""

    async def live(life: Life) -> tuple[Any, Any, Any]:
        trade = Trade(MemoryLedger())
        await trade.open()
        await trade.lodge()
        await trade.issue()
        await life(trade)
        history = json.loads(await trade.evaluate(CARRIER, "ebl:history", {"titleId": TITLE}))
        document = json.loads(await trade.evaluate(CARRIER, "document:read", {"documentId": DOCUMENT}))
        return history, json.loads(await trade.evaluate(CARRIER, "party:list")), document

    def tell(life: Life) -> None:
        history, parties, document = asyncio.run(live(life))
        shown = history["entries"][-1]["title"]
        contracts.answers |= {
            "ebl:history": history,
            "party:list": parties,
            "ebl:show": shown,
            "document:read": document,
        }

    return tell


async def nothing(trade: Trade) -> None:
    return None


async def surrendered(trade: Trade) -> None:
    await trade.act(EXPORTER, "surrenderForAmendment", reasonCode="COD", reason="Rotterdam instead")


async def rejected(trade: Trade) -> None:
    await surrendered(trade)
    await trade.act(CARRIER, "reject", reason="not in order")


async def accepted_at_last(trade: Trade) -> None:
    await rejected(trade)
    await trade.act(EXPORTER, "sign")
    await trade.act(EXPORTER, "surrender")
    await trade.act(CARRIER, "accept")
    await trade.act(CARRIER, "accomplish", reason="DO-4711")


def test_a_surrender_is_told_to_the_carrier(act: Run, lived: Callable[[Life], None]) -> None:
    lived(surrendered)
    status, out, _ = act("ebl", "surrender-message", TITLE)
    message = json.loads(out)
    fits("SUR", "SurrenderRequestDetails", message)
    assert (status, message["surrenderRequestCode"], message["reasonCode"]) == (0, "AREQ", "COD")
    assert [link["actionCode"] for link in message["endorsementChain"]] == ["SURRENDER_FOR_AMENDMENT", "ISSUE"]


def test_a_rejection_is_told_with_its_words(act: Run, lived: Callable[[Life], None]) -> None:
    lived(rejected)
    asked = json.loads(act("ebl", "surrender-message", TITLE)[1])
    status, out, _ = act("ebl", "answer-message", TITLE)
    answer = json.loads(out)
    fits("SUR", "SurrenderRequestAnswer", answer)
    assert (status, answer["action"], answer["comments"]) == (0, "SREJ", "not in order")
    assert answer["surrenderRequestReference"] == asked["surrenderRequestReference"]


def test_it_is_the_last_surrender_that_counts_whatever_came_after(act: Run, lived: Callable[[Life], None]) -> None:
    lived(accepted_at_last)
    asked = json.loads(act("ebl", "surrender-message", TITLE)[1])
    answer = json.loads(act("ebl", "answer-message", TITLE)[1])
    assert (asked["surrenderRequestCode"], answer["action"]) == ("SREQ", "SURR")
    assert answer["surrenderRequestReference"] == asked["surrenderRequestReference"]
    assert asked["endorsementChain"][0]["actionCode"] == "SURRENDER_FOR_DELIVERY"


@pytest.mark.parametrize(
    ("command", "code"), [("surrender-message", "NOT_SURRENDERED"), ("answer-message", "NOT_ANSWERED")]
)
def test_what_was_not_surrendered_has_no_message(
    act: Run, lived: Callable[[Life], None], command: str, code: str
) -> None:
    lived(nothing)
    status, _, err = act("ebl", command, TITLE)
    assert (status, f"[{code}]" in err) == (2, True)


def test_an_issue_is_told_to_the_carrier(act: Run, lived: Callable[[Life], None]) -> None:
    lived(nothing)
    status, out, _ = act("ebl", "issuance-message", TITLE)
    message = json.loads(out)
    fits("ISS", "IssuanceResponse", message)
    assert (status, message["issuanceResponseCode"]) == (0, "ISSU")


def test_an_issue_writes_its_response(act: Run, contracts: Contracts, issuance: str, tmp_path: Path) -> None:
    to = tmp_path / "response.json"
    assert act("ebl", "issue", issuance, "--response", str(to))[0] == 0
    message = json.loads(to.read_text())
    fits("ISS", "IssuanceResponse", message)
    reference = json.loads(Path(issuance).read_text())["document"]["transportDocumentReference"]
    assert message == {"transportDocumentReference": reference, "issuanceResponseCode": "ISSU"}


def test_a_refused_and_a_bad_request_have_a_response_too(
    act: Run, contracts: Contracts, issuance: str, tmp_path: Path
) -> None:
    to = tmp_path / "refused.json"
    contracts.answers["ebl:issue"] = refusal(403, "NOT_CARRIER")
    assert act("ebl", "issue", issuance, "--response", str(to))[0] == 3
    message = json.loads(to.read_text())
    fits("ISS", "IssuanceResponse", message)
    assert (message["issuanceResponseCode"], message["errors"][0]["errorCode"]) == ("REFU", "NOT_CARRIER")
    request = json.loads(Path(issuance).read_text())
    del request["document"]["carrierCode"]
    bad = tmp_path / "bad-request.json"
    bad.write_text(json.dumps(request))
    to = tmp_path / "bad.json"
    assert act("ebl", "issue", str(bad), "--response", str(to))[0] == 2
    message = json.loads(to.read_text())
    fits("ISS", "IssuanceResponse", message)
    assert message["issuanceResponseCode"] == "BREQ"
    assert any("carrierCode" in each["reason"] for each in message["errors"])


def test_a_request_without_reference_has_no_response(act: Run, tmp_path: Path) -> None:
    bad, to = tmp_path / "bad-request.json", tmp_path / "response.json"
    bad.write_text("{}")
    assert act("ebl", "issue", str(bad), "--response", str(to))[0] == 2
    assert not to.exists()


def test_a_failure_that_says_nothing_of_the_request_is_no_response() -> None:
    gone = Unreachable("gone", code="UNREACHABLE", step=Step.ENDORSE)
    with pytest.raises(InputError) as error:
        issuance_refusal("HHL71800000", gone)
    assert error.value.code == "NO_RESPONSE"
    refused = Refused("x" * 400, code="NOT_CARRIER", status=403, step=Step.ENDORSE, transaction_id="")
    assert len(issuance_refusal("HHL71800000", refused)["reason"]) == 255
    with pytest.raises(InputError) as error:
        issuance_refusal("much too long for a reference", refused)
    assert error.value.code == "INVALID_REQUEST"
