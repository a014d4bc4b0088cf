"""What an invocation is told: arguments, caller, time, transient data."""

import base64
import hashlib
import json

import pytest
from fabric_protos.common import common_pb2
from fabric_protos.peer import proposal_pb2

from tests.conformance.pair import GO, PYTHON, Pair, content

pytestmark = pytest.mark.network

TOLD = (
    "GetArgs",
    "GetStringArgs",
    "GetFunctionAndParameters",
    "GetArgsSlice",
    "GetTxID",
    "GetChannelID",
    "GetTransient",
    "GetTxTimestamp",
    "ID",
    "MSPID",
    "Serial",
    "GetCreator",
    "GetBinding",
    "GetDecorations",
)


@pytest.mark.parametrize("step", TOLD)
@pytest.mark.parametrize("on", [0, 1])
async def test_each_of_what_an_invocation_is_told(pair: Pair, step: str, on: int) -> None:
    (result,) = (await pair.ask([[step]], on=on)).results
    assert result is not None


@pytest.mark.parametrize("step", TOLD[:4])
async def test_empty_and_far_arguments(pair: Pair, step: str) -> None:
    (result,) = (await pair.ask([[step]], b"", "𝔘 é 𐍈".encode(), b"\x00")).results
    assert result


async def test_arguments_that_are_no_text(pair: Pair) -> None:
    (arguments,) = (await pair.ask([["GetArgs"]], b"\xff\xfe\x00")).results
    assert base64.b64decode(arguments[2]) == b"\xff\xfe\x00"


async def test_time_and_id_are_the_proposals(pair: Pair) -> None:
    both = await pair.ask([["GetTxID"], ["GetChannelID"]])
    assert both.results[0] == both.proposals[GO].transaction_id == both.proposals[PYTHON].transaction_id


async def test_transient_data(pair: Pair) -> None:
    transient = {"": b"nameless", "empty": b"", "𝔘": bytes(range(256)), "large": b"x" * 1_000_000}
    (found,) = (await pair.ask([["GetTransient"]], transient=transient)).results
    assert {name: base64.b64decode(value) for name, value in found.items()} == transient


@pytest.mark.parametrize("name", ["hf.EnrollmentID", "hf.Type", "tradelane.role", "absent", ""])
async def test_attributes_of_the_caller(pair: Pair, name: str) -> None:
    await pair.ask([["Attribute", name]])


async def test_attributes_asserted(pair: Pair) -> None:
    (enrolled,) = (await pair.ask([["Attribute", "hf.EnrollmentID"]])).results
    both = await pair.ask(
        [
            ["AssertAttribute", "hf.EnrollmentID", enrolled or "nobody"],
            ["AssertAttribute", "hf.EnrollmentID", "another"],
            ["AssertAttribute", "absent", ""],
        ]
    )
    assert both.results[1:] == [{"refused": "local"}] * 2


async def test_the_organisation_of_the_peer(pair: Pair) -> None:
    for on in (0, 1):
        assert (await pair.ask([["GetMSPID"]], on=on)).results == [pair.orgs[on]]


@pytest.mark.parametrize(("unit", "has"), [("admin", True), ("client", False), ("", False)])
async def test_organizational_units_of_the_caller(pair: Pair, unit: str, has: bool) -> None:
    assert (await pair.ask([["OU", unit]])).results == [has]


async def test_the_signed_proposal(pair: Pair) -> None:
    """It names the chaincode, so it cannot be the same: each must be the one that was sent to it."""
    answers, proposals = await pair.invoke_each("run", b'[["GetSignedProposal"]]')
    for name, answer in answers.items():
        ((proposal, signature),) = json.loads(answer.payload)[0]["ok"]
        signed = proposal_pb2.SignedProposal.FromString(proposals[name].signed)
        assert signed.signature == base64.b64decode(signature)
        assert signed.proposal_bytes == base64.b64decode(proposal)


async def test_creator_and_binding(pair: Pair) -> None:
    both = await pair.ask([["GetCreator"], ["GetBinding"]])
    assert both.results[0] == content(pair.creator())
    signed = proposal_pb2.SignedProposal.FromString(both.proposals[GO].signed)
    header = common_pb2.Header.FromString(proposal_pb2.Proposal.FromString(signed.proposal_bytes).header)
    nonce = common_pb2.SignatureHeader.FromString(header.signature_header).nonce
    assert both.results[1] == content(hashlib.sha256(nonce + pair.creator() + bytes(8)).digest())
