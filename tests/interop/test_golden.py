"""The bytes of the official clients, byte for byte: `golden/node.json` and `go.json` hold what theirs signed and sent.

Written by `node/golden.js` and `go/golden` from `golden/cases.json`; `test_generators.py` writes them anew. Node's
client differs from Go's in two places, and ours does as Go's: it names its own language in a chaincode's
specification, and the largest block number it can name is 2^53 - 1.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.orderer import ab_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2

from tradelane.gateway import envelope, offline
from tradelane.gateway.envelope import Call
from tradelane.gateway.events import requests
from tradelane.gateway.offline.flows import unsigned

GOLDEN = Path(__file__).parent / "golden"
CASES = json.loads((GOLDEN / "cases.json").read_bytes())
CREATOR = envelope.creator_bytes(CASES["mspId"], CASES["credentials"].encode())
SIGNATURE = bytes.fromhex(CASES["signature"])
CLIENTS = ("node", "go")
KINDS: dict[str, type[offline.Signable]] = {
    "proposal": offline.Proposal,
    "transaction": offline.Transaction,
    "commit": offline.Commit,
    "chaincode": offline.ChaincodeEventsRequest,
    "blocks": offline.BlockEventsRequest,
    "filteredBlocks": offline.FilteredBlockEventsRequest,
    "blocksAndPrivateData": offline.BlockAndPrivateDataEventsRequest,
}


@dataclass(frozen=True)
class Golden:
    """What one client made of the cases."""

    client: str
    transactions: list[dict[str, Any]]
    events: list[dict[str, Any]]

    @classmethod
    def of(cls, client: str, text: str | bytes) -> "Golden":
        content = json.loads(text)
        return cls(client, content["transactions"], content["events"])

    def signables(self) -> list[tuple[str, dict[str, str]]]:
        """Return every object by its kind."""
        return [
            (kind, made) for case in (*self.transactions, *self.events) for kind, made in case.items() if kind in KINDS
        ]


@pytest.fixture(params=CLIENTS)
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden.of(request.param, (GOLDEN / f"{request.param}.json").read_bytes())


def test_golden_files_hold_every_case(golden: Golden) -> None:
    check_complete(golden)


def test_proposals_are_the_same_bytes(golden: Golden) -> None:
    check_proposals(golden)


def test_requests_for_the_outcome_are_the_same_bytes(golden: Golden) -> None:
    check_commits(golden)


def test_requests_for_events_are_the_same_bytes(golden: Golden) -> None:
    check_events(golden)


def test_a_transaction_put_together_and_signed_on_our_way_is_the_same_bytes(golden: Golden) -> None:
    check_endorsed(golden)


def test_objects_cross_over_as_the_same_bytes_signed_and_unsigned(golden: Golden) -> None:
    check_round_trips(golden)


def test_the_calls_to_the_peer_are_the_same_bytes(golden: Golden) -> None:
    check_calls(golden)


def check_complete(golden: Golden) -> None:
    assert [len(golden.transactions), len(golden.events)] == [len(CASES["proposals"]), len(CASES["events"])]
    assert {kind for kind, _ in golden.signables()} == set(KINDS)


def check_proposals(golden: Golden) -> None:
    for case, made in zip(CASES["proposals"], golden.transactions, strict=True):
        theirs = offline.Proposal.from_bytes(bytes.fromhex(made["proposal"]["unsigned"]))
        ours = envelope.new_proposal(
            _call(case), creator=CREATOR, nonce=bytes.fromhex(CASES["nonce"]), now_ns=_time_ns(theirs), sign=unsigned
        )
        assert ours.transaction_id == made["transactionId"]
        as_it_was = golden.client == "go" and len(case["transient"]) < len(("one", "another"))
        assert offline.Proposal.of(ours) == (theirs if as_it_was else _as_go(golden, theirs))


def check_commits(golden: Golden) -> None:
    for made in golden.transactions:
        asked = envelope.Commit(made["transactionId"], CASES["channel"], b"")
        assert envelope.commit_status_request(asked, creator=CREATOR, sign=unsigned).hex() == made["commit"]["unsigned"]
        signed = envelope.commit_status_request(asked, creator=CREATOR, sign=lambda _: SIGNATURE)
        assert signed.hex() == made["commit"]["signed"] == made["sent"]["CommitStatus"]


def check_events(golden: Golden) -> None:
    for case, made in zip(CASES["events"], golden.events, strict=True):
        asked = requests.chaincode_events_request(
            CASES["channel"],
            CASES["chaincode"],
            start_block=case["startBlock"],
            creator=CREATOR,
            after_transaction_id=case["afterTransactionId"],
        )
        assert requests.signed_chaincode_events_request(asked, b"").hex() == made["chaincode"]["unsigned"]
        assert requests.signed_chaincode_events_request(asked, SIGNATURE).hex() == made["chaincode"]["signed"]
        for kind in ("blocks", "filteredBlocks", "blocksAndPrivateData"):
            theirs = bytes.fromhex(made[kind]["signed"])
            payload = common_pb2.Payload.FromString(common_pb2.Envelope.FromString(theirs).payload)
            header = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
            ours = requests.deliver_payload(
                CASES["channel"],
                start_block=case["startBlock"],
                creator=CREATOR,
                now_ns=header.timestamp.ToNanoseconds(),
                tls_certificate_hash=bytes.fromhex(CASES["tlsCertificateHash"]),
            )
            assert requests.signed_deliver_request(ours, SIGNATURE) == _ending_as_go(golden, theirs)


def check_round_trips(golden: Golden) -> None:
    for kind, made in golden.signables():
        theirs = KINDS[kind].from_bytes(bytes.fromhex(made["unsigned"]))
        assert (theirs.creator, theirs.signature) == (CREATOR, b"")
        assert theirs.to_bytes().hex() == made["unsigned"]
        assert theirs.digest().hex() == hashlib.sha256(theirs.message).hexdigest() == made["digest"]
        assert theirs.with_signature(SIGNATURE).to_bytes().hex() == made["signed"]
        assert KINDS[kind].from_bytes(bytes.fromhex(made["signed"])).signature == SIGNATURE


def check_calls(golden: Golden) -> None:
    for case, made in zip(CASES["proposals"], golden.transactions, strict=True):
        proposal = offline.Proposal.from_bytes(bytes.fromhex(made["proposal"]["signed"]))
        transaction = offline.Transaction.from_bytes(bytes.fromhex(made["transaction"]["signed"]))
        assert proposal.call == _call(case)
        assert transaction.result.hex() == CASES["result"]
        sent = made["sent"]
        assert envelope.evaluate_request(proposal.sendable()).hex() == sent["Evaluate"]
        assert envelope.endorse_request(proposal.sendable()).hex() == sent["Endorse"]
        assert envelope.submit_request(transaction.sendable()).hex() == sent["Submit"]


def check_endorsed(golden: Golden) -> None:
    """Take the way of `endorse` and `submit`, which offline signing does not: what the peer answers, signed at once."""
    for case, made in zip(CASES["proposals"], golden.transactions, strict=True):
        signed: list[bytes] = []

        def sign(message: bytes, signed: list[bytes] = signed) -> bytes:
            signed.append(message)
            return SIGNATURE

        theirs = offline.Transaction.from_bytes(bytes.fromhex(made["transaction"]["signed"]))
        nonce, now_ns = bytes.fromhex(CASES["nonce"]), _time_ns(_proposal(made))
        proposal = envelope.new_proposal(_call(case), creator=CREATOR, nonce=nonce, now_ns=now_ns, sign=unsigned)
        prepared = common_pb2.Envelope(payload=theirs.message)
        answer = gateway_pb2.EndorseResponse(prepared_transaction=prepared).SerializeToString()
        ours = envelope.endorsed_transaction(proposal, answer, sign=sign)
        assert (ours.transaction_id, ours.result.hex()) == (made["transactionId"], CASES["result"])
        assert hashlib.sha256(*signed).hexdigest() == made["transaction"]["digest"]
        assert envelope.submit_request(ours).hex() == made["sent"]["Submit"]


def _proposal(made: dict[str, Any]) -> offline.Proposal:
    return offline.Proposal.from_bytes(bytes.fromhex(made["proposal"]["unsigned"]))


def _call(case: dict[str, Any]) -> Call:
    return Call(
        channel=CASES["channel"],
        chaincode=CASES["chaincode"],
        function=case["function"],
        arguments=tuple(bytes.fromhex(one) for one in case["arguments"]),
        transient={name: bytes.fromhex(value) for name, value in case["transient"].items()} or None,
        organisations=tuple(case["organisations"]),
    )


def _time_ns(proposal: offline.Proposal) -> int:
    header = common_pb2.Header.FromString(proposal_pb2.Proposal.FromString(proposal.message).header)
    return common_pb2.ChannelHeader.FromString(header.channel_header).timestamp.ToNanoseconds()  # type: ignore[no-any-return]


def _as_go(golden: Golden, theirs: offline.Proposal) -> offline.Proposal:
    """Return a proposal as Go's client would have made it."""
    content = proposal_pb2.Proposal.FromString(theirs.message)
    payload = proposal_pb2.ChaincodeProposalPayload.FromString(content.payload)
    invocation = chaincode_pb2.ChaincodeInvocationSpec.FromString(payload.input)
    if golden.client == "node":
        assert invocation.chaincode_spec.type == chaincode_pb2.ChaincodeSpec.NODE
        invocation.chaincode_spec.type = chaincode_pb2.ChaincodeSpec.UNDEFINED
    payload.input = invocation.SerializeToString()
    # Neither client orders transient data: Node's come as they were given, Go's as its maps happen to be.
    content.payload = payload.SerializeToString(deterministic=True)
    proposed = gateway_pb2.ProposedTransaction.FromString(theirs.to_bytes())
    proposed.proposal.proposal_bytes = content.SerializeToString()
    return offline.Proposal.from_bytes(proposed.SerializeToString())


def _ending_as_go(golden: Golden, theirs: bytes) -> bytes:
    """Return a request for blocks that ends where Go's does."""
    request = common_pb2.Envelope.FromString(theirs)
    payload = common_pb2.Payload.FromString(request.payload)
    seek = ab_pb2.SeekInfo.FromString(payload.data)
    if golden.client == "node":
        assert seek.stop.specified.number == 2**53 - 1
        seek.stop.specified.number = 2**64 - 1
    payload.data = seek.SerializeToString()
    request.payload = payload.SerializeToString()
    return request.SerializeToString()  # type: ignore[no-any-return]
