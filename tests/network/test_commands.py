"""Fabric's command lines: what they say, and what is kept of their errors."""

import itertools
import sys
from pathlib import Path

import pytest

from tradelane.network import commands
from tradelane.network.commands import Approve, Commit, Definition, OrdererTarget, QueryChaincode
from tradelane.network.errors import CommandFailed
from tradelane.network.paths import TlsPaths

DEFINITION = Definition("trade", "tradelane", "v1", 2, Path("/collections.json"))
ORDERER = OrdererTarget("127.0.0.1:7050", Path("/roots.pem"), TlsPaths(Path("/admin")))


def pairs(arguments: list[str]) -> set[tuple[str, str]]:
    return set(itertools.pairwise(arguments))


def test_approval_and_commit_speak_of_the_same_definition() -> None:
    approve = Approve(DEFINITION, "tradelane:abc", ORDERER).arguments
    commit = Commit(
        DEFINITION, ORDERER, (("127.0.0.1:7051", Path("/hk.pem")), ("127.0.0.1:7151", Path("/sh.pem")))
    ).arguments
    for arguments in (approve, commit):
        assert pairs(DEFINITION.arguments) <= pairs(arguments)
        assert {("--certfile", "/admin/tls-cert.pem"), ("--keyfile", "/admin/tls-key.pem")} <= pairs(arguments)
        assert "--clientauth" in arguments
    assert ("--package-id", "tradelane:abc") in pairs(approve)
    assert [each for each in commit if each.startswith("127.0.0.1:7") and each != ORDERER.address] == [
        "127.0.0.1:7051",
        "127.0.0.1:7151",
    ]


def test_a_call_is_quoted_as_json() -> None:
    assert QueryChaincode("trade", "tradelane", 'a"b').arguments[-1] == '{"Args": ["a\\"b"]}'


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("Usage: peer\\nError: no such channel\\nmore", "no such channel"),
        ("\\x1b[31mfatal\\x1b[0m: no core.yaml", "fatal: no core.yaml"),
        ("", "no reason given"),
    ],
)
def test_of_an_error_only_the_reason_is_kept(output: str, reason: str) -> None:
    with pytest.raises(CommandFailed) as failure:
        commands.run([sys.executable, "-c", f"import sys; sys.exit('{output}' or 1)"], {})
    assert failure.value.details["reason"] == reason
    assert failure.value.sentence.startswith("'python")
