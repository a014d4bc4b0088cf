"""Fabric as far as a submitting client can tell: a ledger that takes each transaction id once.

It answers the bytes of a client's requests, with no gRPC in between, so that a test can stop, lose and interleave what
it likes. What it knows of Fabric: a peer endorses no transaction that is on the ledger; an id on the ledger is used up
whatever its fate, and a copy in the same block is marked as a duplicate once an earlier one passed its endorsement
policy; conflicts are found after that. Another organisation's peers may be blocks ahead of the own one, which gets them
while it is waited for.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.peer import (
    chaincode_pb2,
    proposal_pb2,
    proposal_response_pb2,
    transaction_pb2,
)

from tradelane.gateway import envelope
from tradelane.gateway.errors import PeerDetail
from tradelane.gateway.rpc import Failure, Rpc

MSP = "ShanghaiMSP"
CODES = transaction_pb2.TxValidationCode

Simulate = Callable[[str, list[bytes]], bytes]


@dataclass
class Recorded:
    """A transaction in a block."""

    id: str
    envelope: bytes
    block: int
    code: int


@dataclass
class ModelFabric:
    """One channel of one peer and its orderers."""

    simulate: Simulate
    """The chaincode: transaction id and arguments to result; raises Refusal."""
    pending: list[Any] = field(default_factory=list)
    """Envelopes ordered, and not in a block yet."""
    ledger: list[Recorded] = field(default_factory=list)
    height: int = 0
    behind: int = 0
    """How many blocks the own organisation's peer lacks that the endorsers have."""

    def perform(self, rpc: Rpc) -> bytes | Failure | None:
        """Answer a request; None to a commit status that is not known yet."""
        answer = {
            envelope.EVALUATE: self._evaluate,
            envelope.ENDORSE: self._endorse,
            envelope.SUBMIT: self._submit,
            envelope.COMMIT_STATUS: self._status,
        }[rpc.method]
        return answer(rpc.request)

    def cut(self, codes: list[int]) -> None:
        """Put what is ordered into a block; `codes` are the fates of single transactions, as far as they are free."""
        seen: set[str] = {one.id for one in self.ledger}
        for one, code in zip(self.pending, codes, strict=True):
            tx_id = _transaction_id(one)
            fate = CODES.DUPLICATE_TXID if tx_id in seen else code
            if fate != CODES.ENDORSEMENT_POLICY_FAILURE:
                seen.add(tx_id)
            self.ledger.append(Recorded(tx_id, one.SerializeToString(), self.height, fate))
        self.pending.clear()
        self.height += 1

    def valid(self) -> list[Recorded]:
        """Return the transactions that took effect."""
        return [one for one in self.ledger if one.code == CODES.VALID]

    def may_take_effect(self) -> set[str]:
        """Return the ids of what took effect, and of what is ordered and may do so yet."""
        used_up = {one.id for one in self.ledger}
        return {one.id for one in self.valid()} | {_transaction_id(one) for one in self.pending} - used_up

    def _find(self, tx_id: str, *, behind: int = 0) -> Recorded | None:
        known = (one for one in self.ledger if one.block < self.height - behind)
        return next((one for one in known if one.id == tx_id), None)

    def _evaluate(self, request: bytes) -> bytes | Failure:
        asked = gateway_pb2.EvaluateRequest.FromString(request)
        proposal = proposal_pb2.Proposal.FromString(asked.proposed_transaction.proposal_bytes)
        chaincode, arguments = _invocation(proposal)
        if chaincode != "qscc":
            try:
                payload = self.simulate(asked.transaction_id, arguments)
            except Refused as refused:
                return Failure("UNKNOWN", f'chaincode response 409, {{"code":"{refused}","message":"no"}}')
            return gateway_pb2.EvaluateResponse(result={"status": 200, "payload": payload}).SerializeToString()  # type: ignore[no-any-return]
        function, argument = arguments[0], arguments[2].decode()
        if function == b"GetTransactionByID":
            found = self._find(argument, behind=self.behind)
            if found is None:
                return Failure("UNKNOWN", f"chaincode response 500, no such transaction ID [{argument}] in index")
            payload = transaction_pb2.ProcessedTransaction(
                transactionEnvelope=common_pb2.Envelope.FromString(found.envelope), validationCode=found.code
            ).SerializeToString()
        elif int(argument) >= self.height - self.behind:
            return Failure("UNKNOWN", f"chaincode response 500, Entry not found in index for block {argument}")
        else:
            payload = self._block(int(argument))
        return gateway_pb2.EvaluateResponse(result={"status": 200, "payload": payload}).SerializeToString()  # type: ignore[no-any-return]

    def _block(self, number: int) -> bytes:
        inside = [one for one in self.ledger if one.block == number]
        metadata = [b""] * len(common_pb2.BlockMetadataIndex.values())
        metadata[common_pb2.TRANSACTIONS_FILTER] = bytes(one.code for one in inside)
        block = common_pb2.Block(
            header={"number": number},
            data={"data": [one.envelope for one in inside]},
            metadata={"metadata": metadata},
        )
        return block.SerializeToString()  # type: ignore[no-any-return]

    def _endorse(self, request: bytes) -> bytes | Failure:
        asked = gateway_pb2.EndorseRequest.FromString(request)
        tx_id = asked.transaction_id
        if self._find(tx_id) is not None:
            said = f"duplicate transaction found [{tx_id}]. Creator [00]"
            return Failure("ABORTED", "failed to endorse transaction", (PeerDetail("p:1", MSP, said),))
        proposal = proposal_pb2.Proposal.FromString(asked.proposed_transaction.proposal_bytes)
        _, arguments = _invocation(proposal)
        try:
            result = self.simulate(tx_id, arguments)
        except Refused as refused:
            said = f'chaincode response 409, {{"code":"{refused}","message":"no"}}'
            return Failure("ABORTED", "failed to endorse transaction", (PeerDetail("p:1", MSP, said),))
        prepared = common_pb2.Envelope(payload=_prepared(proposal, result))
        return gateway_pb2.EndorseResponse(prepared_transaction=prepared).SerializeToString()  # type: ignore[no-any-return]

    def _submit(self, request: bytes) -> bytes:
        self.pending.append(gateway_pb2.SubmitRequest.FromString(request).prepared_transaction)
        return gateway_pb2.SubmitResponse().SerializeToString()  # type: ignore[no-any-return]

    def _status(self, request: bytes) -> bytes | None:
        signed = gateway_pb2.SignedCommitStatusRequest.FromString(request)
        self.behind = 0
        found = self._find(gateway_pb2.CommitStatusRequest.FromString(signed.request).transaction_id)
        if found is None:
            return None
        return gateway_pb2.CommitStatusResponse(result=found.code, block_number=found.block).SerializeToString()  # type: ignore[no-any-return]


class Refused(Exception):
    """The chaincode refuses; the text is the rule's code."""


def _invocation(proposal: Any) -> tuple[str, list[bytes]]:
    payload = proposal_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    spec = chaincode_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec
    return spec.chaincode_id.name, list(spec.input.args)


def _prepared(proposal: Any, result: bytes) -> bytes:
    action = proposal_pb2.ChaincodeAction()
    action.response.status, action.response.payload = 200, result
    agreed = proposal_response_pb2.ProposalResponsePayload(extension=action.SerializeToString())
    asked = proposal_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    payload = transaction_pb2.ChaincodeActionPayload(
        chaincode_proposal_payload=proposal_pb2.ChaincodeProposalPayload(input=asked.input).SerializeToString(),
        action={"proposal_response_payload": agreed.SerializeToString()},
    )
    transaction = transaction_pb2.Transaction(actions=[{"payload": payload.SerializeToString()}])
    header = common_pb2.Header.FromString(proposal.header)
    return common_pb2.Payload(header=header, data=transaction.SerializeToString()).SerializeToString()  # type: ignore[no-any-return]


def _transaction_id(one: Any) -> str:
    header = common_pb2.Payload.FromString(one.payload).header.channel_header
    return common_pb2.ChannelHeader.FromString(header).tx_id  # type: ignore[no-any-return]
