"""`tradelane ebl agreements`: what is asked for and of whom, and a command that asks for exactly the same."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.conftest import AS, Run
from tests.gateway.contracts import TITLE, Contracts, refusal, title
from tradelane.model.title_parts import Action

WAITS = "It waits for you."
FEEDBACK = [{"severity": "ERROR", "code": "SEAL", "message": "another seal"}]
ACTS: list[tuple[Action, tuple[str, ...]]] = [
    (Action.SIGN, ("sign",)),
    (Action.SIGN, ("sign", "--remark", 'It\'s $(here), "seen" & `done`; --jointly x', "--seen", "3")),
    (Action.SIGN, ("sign", "--remark", "-- 12 cartons à 3 kg, 已收到")),
    (Action.SIGN, ("sign", "--remark=-5 cartons")),
    (Action.TRANSFER, ("transfer", "--to", "hkbank", "--no-share")),
    (
        Action.TRANSFER,
        ("transfer", "--to", "hkbank", "--no-share", "--refusable-until", "2026-03-05T00:00:00.000Z", "--seen", "2"),
    ),
    (Action.NOMINATE, ("nominate", "--to", "hkbank")),
    (Action.ENDORSE, ("endorse", "--to", "hkbank", "--no-share")),
    (Action.ENDORSE_TO_ORDER, ("endorse", "--to", "hkbank", "--to-order", "--no-share")),
    (Action.ENDORSE_AND_TRANSFER, ("endorse", "--to", "hkbank", "--with-possession", "--no-share")),
    (Action.BLANK_ENDORSE, ("endorse", "--blank")),
    (Action.REFUSE, ("refuse", "--reason", "Not ours")),
    (Action.PLEDGE, ("pledge", "--to", "hkbank", "--no-share", "--refusable-until", "2026-03-05T00:00:00.000Z")),
    (Action.RELEASE, ("release",)),
    (Action.ENFORCE, ("enforce", "--reason", "In default")),
    (Action.SUBSTITUTE_PLEDGEE, ("substitute-pledgee", "--to", "hkbank", "--no-share")),
    (Action.SURRENDER_FOR_DELIVERY, ("surrender", "--for", "delivery")),
    (Action.SURRENDER_FOR_AMENDMENT, ("surrender", "--for", "amendment")),
    (
        Action.SURRENDER_FOR_AMENDMENT,
        ("surrender", "--for", "amendment", "--reason-code", "COD", "--remark", "To Felixstowe"),
    ),
    (Action.SACC, ("accept",)),
    (Action.SACC, ("accept", "--paper", "No 17")),
    (Action.SREJ, ("reject", "--reason", "Freight is unpaid")),
    (Action.ACCOMPLISH, ("accomplish", "--delivery-order", "DO-1")),
    (Action.VOID, ("void", "--remark", "Twice")),
    (Action.FREEZE, ("freeze", "--order", "Order 1")),
    (Action.UNFREEZE, ("unfreeze", "--order", "Order 2", "--frozen-by", "hk-authority")),
    (Action.RECOVER, ("recover", "--from", "shexporter", "--to", "hkbank", "--order", "Order 3")),
]


def view(action: Action | None = Action.SIGN, request: Any = None, **changes: Any) -> dict[str, Any]:
    """What one member has asked for, as the other one is shown it."""
    noted = {"titleId": TITLE, "sequence": 2, "jointParty": "both", "act": "a" * 64, "agreed": ["shexporter"]}
    if action is not None:
        asked = {"titleId": TITLE, "jointParty": "both", **(request or {})}
        noted |= {"actionCode": action, "request": json.dumps(asked)}
    if changes.get("remark") or changes.pop("words", False):
        noted |= {"words": "b" * 64}
    return {"agreement": noted, "inForce": True, "waitingFor": ["hkbank"], "waitsForCaller": True} | changes


def asked(contracts: Contracts) -> tuple[dict[str, Any], bytes | None, bytes | None]:
    """Return what the one act that was submitted asked for, and in which words."""
    [found] = [each for each in contracts.invocations if each.rpc == "endorse"]
    contracts.invocations.clear()
    return json.loads(found.arguments[0]), found.transient.get("reason"), found.transient.get("feedback")


def told(out: str) -> list[str]:
    """Return the command that a member is told to run, as a shell reads it."""
    [line] = [each for each in out.splitlines() if each.startswith("  tradelane ")]
    return shlex.split(line)


@pytest.mark.parametrize(("action", "words"), ACTS, ids=lambda value: " ".join(value) if value in ACTS else "")
def test_the_command_that_is_told_asks_for_the_same(
    act: Run, contracts: Contracts, action: Action, words: tuple[str, ...]
) -> None:
    contracts.answers["ebl:history"] = {"entries": [{"transactionId": "ab", "title": title()}]}
    assert act("ebl", words[0], TITLE, *words[1:], "--jointly", "both")[0] == 0
    first = asked(contracts)
    remark = {} if first[1] is None else {"remark": first[1].decode()}
    contracts.answers["ebl:agreements"] = [view(action, first[0], **remark)]
    status, out, _ = act("ebl", "agreements", TITLE)
    assert (status, WAITS in out) == (0, True)
    command = told(out)
    assert command[:3] == ["tradelane", *AS]
    may_share = "--no-share" in act("ebl", words[0], "--help")[1] and "recipient" in first[0]
    assert ("with --no-share it is not given one" in out) == may_share
    contracts.answers["ebl:agreements"] = []
    contracts.invocations.clear()
    assert act(*command[3:])[0] == 0
    assert asked(contracts) == first


def test_every_act_that_has_a_command_is_told() -> None:
    without = {Action.ISSUE, Action.EXPORT, Action.IMPORT}
    assert {action for action, _ in ACTS} == set(Action) - without


def test_a_rejection_is_told_with_its_feedback(act: Run, contracts: Contracts, tmp_path: Path) -> None:
    contracts.answers["ebl:agreements"] = [view(Action.SREJ, remark="Seal differs", feedback=FEEDBACK)]
    _, out, _ = act("ebl", "agreements", TITLE)
    assert "ERROR SEAL: another seal" in out
    assert "FILE holds the feedback" in out
    command = told(out)
    path = tmp_path / "feedback.json"
    _, shown, _ = act("--json", "ebl", "agreements", TITLE)
    path.write_text(json.dumps(json.loads(shown)[0]["feedback"]))
    contracts.answers["ebl:history"] = {"entries": [{"transactionId": "ab", "title": title()}]}
    contracts.invocations.clear()
    assert act(*(str(path) if word == "FILE" else word for word in command[3:]))[0] == 0
    _, reason, feedback = asked(contracts)
    assert (reason, json.loads(feedback or b"")) == (b"Seal differs", FEEDBACK)


def test_what_is_asked_for_is_shown(act: Run, contracts: Contracts) -> None:
    request = {"recipient": "hkbank", "refusableUntil": "2026-03-05T00:00:00.000Z", "expectedSequence": 2}
    transfer, void = (
        view(Action.TRANSFER, request),
        view(inForce=False, waitingFor=[], waitsForCaller=False, words=True),
    )
    contracts.answers["ebl:agreements"] = [transfer, void]
    _, out, _ = act("ebl", "agreements", TITLE)
    rows = [line.strip().split(maxsplit=1) for line in out.splitlines() if line.strip()]
    assert ["act", "TRANSFER to hkbank"] in rows
    assert ["options", "refusableUntil 2026-03-05T00:00:00.000Z, expectedSequence 2"] in rows
    assert (["jointly", "both"] in rows, ["agreed", "shexporter"] in rows) == (True, True)
    assert [row for row in rows if row[0] == "version"] == [
        ["version", "2"],
        ["version", "2, void: the title has changed since"],
    ]
    assert [row for row in rows if row[0] == "waiting"] == [["waiting", "for  hkbank"]]
    assert ["words", "private: shown to members, once their peer has received them"] in rows
    assert out.count(WAITS) == 1
    assert json.loads(act("--json", "ebl", "agreements", TITLE)[1]) == [
        each | {"feedback": []} for each in (transfer, void)
    ]


def test_who_is_not_waited_for_is_told_nothing_to_run(act: Run, contracts: Contracts) -> None:
    contracts.answers["ebl:agreements"] = [view(waitsForCaller=False)]
    _, out, _ = act("ebl", "agreements", TITLE)
    assert ("hkbank" in out, "waits for you" in out, "tradelane" in out) == (True, False, False)


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (view(None), "shexporter knows what it has asked for"),
        (view(Action.EXPORT, {"operator": "harbour", "platform": "WAVE", "entry": "c" * 64}), "the same act"),
        (view(request={"novelty": 1}), "the same act"),
        (view(words=True), "look again in a moment"),
        (view(remark="one\ntwo"), "in the same words (--json)"),
        (view(remark="no\u202etwo"), "in the same words (--json)"),
        (view(remark="\\'\";touch /tmp/x;#"), "in the same words (--json)"),  # fish would run it
        (view(remark="Seen!"), "in the same words (--json)"),
        (view(remark="the carrier\u2019s"), "in the same words (--json)"),
        (view(Action.TRANSFER, {"recipient": "hkbank"}, remark="Take it."), "in the same words"),
        (view(remark="Seen.", feedback=FEEDBACK), "in the same words"),
    ],
)
def test_no_command_is_told_that_would_ask_for_something_else(
    act: Run, contracts: Contracts, shown: dict[str, Any], said: str
) -> None:
    contracts.answers["ebl:agreements"] = [shown]
    status, out, _ = act("ebl", "agreements", TITLE)
    assert (status, "It waits for you" in out, said in out, "  tradelane " in out) == (0, True, True, False)


def test_words_of_several_lines_cannot_pass_for_what_the_command_says(act: Run, contracts: Contracts) -> None:
    forged = f"Seen.\n{WAITS} Where you agree, ask for the same:\n  tradelane ebl transfer {TITLE} --to mallory"
    message = {**FEEDBACK[0], "message": forged}
    contracts.answers["ebl:agreements"] = [view(remark=forged, feedback=[message])]
    _, out, _ = act("ebl", "agreements", TITLE)
    assert [
        line for line in out.splitlines() if "mallory" in line and line.split()[0] not in ("words", "feedback")
    ] == []


@pytest.mark.parametrize(("action", "is_given"), [(Action.TRANSFER, True), (Action.NOMINATE, False)])
def test_that_the_recipient_is_given_the_document_is_said(
    act: Run, contracts: Contracts, action: Action, is_given: bool
) -> None:
    contracts.answers["ebl:agreements"] = [view(action, {"recipient": "hkbank"})]
    _, out, _ = act("ebl", "agreements", TITLE)
    assert ("gives hkbank the document, too; with --no-share" in out) == is_given


def test_where_nothing_is_asked_for_a_sentence_says_so(act: Run, contracts: Contracts) -> None:
    assert act("ebl", "agreements", TITLE)[:2] == (0, "No member of a joint party asks for anything on this title.\n")
    assert json.loads(act("--json", "ebl", "agreements", TITLE)[1]) == []


def test_who_may_not_see_the_title_is_refused(act: Run, contracts: Contracts) -> None:
    contracts.answers["ebl:agreements"] = refusal(403, "NOT_A_PARTY")
    status, out, err = act("ebl", "agreements", TITLE)
    assert (status, out, err.endswith("[NOT_A_PARTY]\n")) == (3, "", True)
