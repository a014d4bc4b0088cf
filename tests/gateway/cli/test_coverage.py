"""Every function of the contracts has a command, and every typed call of a title's acts an option for all it takes."""

import inspect
import json
from typing import Any

import pytest

from tests.gateway.cli.test_tree import ALL
from tradelane.chaincode.contract import build, metadata
from tradelane.gateway.trade import ebl

COMMANDS = {
    "organisation:register": "organisation register",
    "organisation:prepare": "organisation prepare",
    "organisation:list": "organisation list",
    "party:admit": "party admit",
    "party:join": "party join",
    "party:licence": "party licence",
    "party:show": "party show",
    "party:find": "party find",
    "party:list": "party list",
    "document:lodge": "document lodge",
    "document:share": "document share",
    "document:read": "document read",
    "document:lodgeAttachment": "document attach",
    "document:attach": "document attach",
    "document:shareAttachment": "document share",
    "document:attachments": "document list",
    "document:attachment": "document export",
    # Asked by the commands that need them, of no use by themselves.
    "document:lodgement": "ebl issue",
    "document:lodgedAttachment": "document attach",
    "ebl:findExit": "pint serve",
    "ebl:findDocument": "pint serve",
    "ebl:issue": "ebl issue",
    "ebl:sign": "ebl sign",
    "ebl:transfer": "ebl transfer",
    "ebl:nominate": "ebl nominate",
    "ebl:endorse": "ebl endorse",
    "ebl:refuse": "ebl refuse",
    "ebl:pledge": "ebl pledge",
    "ebl:release": "ebl release",
    "ebl:enforce": "ebl enforce",
    "ebl:substitutePledgee": "ebl substitute-pledgee",
    "ebl:surrender": "ebl surrender",
    "ebl:surrenderForAmendment": "ebl surrender",
    "ebl:accept": "ebl accept",
    "ebl:reject": "ebl reject",
    "ebl:accomplish": "ebl accomplish",
    "ebl:void": "ebl void",
    "ebl:replace": "ebl replace",
    "ebl:freeze": "ebl freeze",
    "ebl:unfreeze": "ebl unfreeze",
    "ebl:recover": "ebl recover",
    "ebl:show": "ebl show",
    "ebl:history": "ebl history",
    "ebl:agreements": "ebl agreements",
    "ebl:list": "ebl list",
    # With the envelope that goes along.
    "ebl:export": "pint send",
    "ebl:import": "pint serve",
}
NAMED: dict[str, str] = {
    "action": "to_order",
    "expected_sequence": "seen",
    "expected_sequences": "seen",
    "issuance": "file",
    "issuances": "document",
    "refusable_until": "until",
    "share": "no_share",
    "title_id": "title",
    "title_ids": "titles",
}
"""What an option or argument is called where it is not called as the call's parameter."""
CALLS = {
    f"ebl {name.replace('_', '-')}": getattr(ebl, name)
    for name in ebl.__all__
    if f"ebl {name.replace('_', '-')}" in ALL
}


def functions() -> set[str]:
    router: Any = build()
    contracts = json.loads(metadata.metadata(router._contracts))["contracts"]
    return {f"{name}:{each['name']}" for name, said in contracts.items() for each in said["transactions"]}


def test_every_function_has_a_command() -> None:
    assert set(COMMANDS) == functions()
    assert {command for command in COMMANDS.values() if command not in ALL} == set()


def test_the_calls_are_found() -> None:
    assert {"ebl reject", "ebl replace", "ebl substitute-pledgee", "ebl recover", "ebl void"} <= set(CALLS)


@pytest.mark.parametrize("command", CALLS)
def test_a_command_takes_all_that_its_call_takes(command: str) -> None:
    known = {parameter.name for parameter in ALL[command].params}
    taken = [name for name in inspect.signature(inspect.unwrap(CALLS[command])).parameters if name != "session"]
    assert [name for name in taken if not {name, NAMED.get(name, name)} & known] == []
