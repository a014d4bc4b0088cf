"""A gateway peer with a ledger, without a network: it performs the steps a client's work consists of.

What it keeps to is what makes a client's promises possible on Fabric: a transaction id takes effect once, a transaction
that stands in the ledger is not endorsed again, and qscc tells what stands there.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2, transaction_pb2

from tests.support.loopback_gateway import endorsed
from tradelane.gateway import envelope
from tradelane.gateway.rpc import Failure, Pause, Rpc, Steps

T = TypeVar("T")

VALID, MVCC, DUPLICATE = 0, 11, 14


@dataclass
class LedgerPeer:
    """One peer that is endorser, orderer and ledger; each submitted transaction is a block of its own.

    Attributes:
        judge: Says how a transaction that is new to the ledger is validated, of function and arguments.
        blocks: Transaction id, validation code and envelope of each block, from block 1.
        effects: How often each list of arguments has taken effect.
        pauses: What the client waited.
    """

    judge: Callable[[str, tuple[bytes, ...]], int] = lambda _function, _arguments: VALID
    blocks: list[tuple[str, int, Any]] = field(default_factory=list)
    effects: Counter[tuple[bytes, ...]] = field(default_factory=Counter)
    pauses: list[float] = field(default_factory=list)

    def drive(self, steps: Steps[T]) -> T:
        """Do a client's work to its end."""
        answer: bytes | Failure | None = None
        try:
            while True:
                answer = self.perform(steps.send(answer))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def perform(self, step: Rpc | Pause) -> bytes | Failure | None:
        """Do one step."""
        if isinstance(step, Pause):
            self.pauses.append(step.seconds)
            return None
        return {
            envelope.EVALUATE: self._evaluate,
            envelope.ENDORSE: self._endorse,
            envelope.SUBMIT: self._submit,
            envelope.COMMIT_STATUS: self._status,
        }[step.method](step.request)

    def _endorse(self, request: bytes) -> bytes | Failure:
        asked = gateway_pb2.EndorseRequest.FromString(request)
        if self._recorded(asked.transaction_id) is not None:
            return Failure("ABORTED", f"duplicate transaction found [{asked.transaction_id}]")
        proposal = proposal_pb2.Proposal.FromString(asked.proposed_transaction.proposal_bytes)
        _, arguments = _asked(proposal)
        payload = endorsed(asked.proposed_transaction.proposal_bytes, arguments[1])
        prepared = common_pb2.Envelope(payload=payload)
        return gateway_pb2.EndorseResponse(prepared_transaction=prepared).SerializeToString()  # type: ignore[no-any-return]

    def _submit(self, request: bytes) -> bytes:
        asked = gateway_pb2.SubmitRequest.FromString(request)
        sent = asked.prepared_transaction
        code = DUPLICATE
        if self._recorded(asked.transaction_id) is None:
            function, arguments = _invoked(sent)
            code = self.judge(function, arguments)
            self.effects[arguments] += code == VALID
        self.blocks.append((asked.transaction_id, code, sent))
        return b""

    def _status(self, request: bytes) -> bytes | Failure:
        signed = gateway_pb2.SignedCommitStatusRequest.FromString(request)
        asked = gateway_pb2.CommitStatusRequest.FromString(signed.request)
        found = self._recorded(asked.transaction_id)
        if found is None:
            return Failure("DEADLINE_EXCEEDED", "not committed")
        number, code, _ = found
        return gateway_pb2.CommitStatusResponse(result=code, block_number=number).SerializeToString()  # type: ignore[no-any-return]

    def _evaluate(self, request: bytes) -> bytes | Failure:
        asked = gateway_pb2.EvaluateRequest.FromString(request)
        proposal = proposal_pb2.Proposal.FromString(asked.proposed_transaction.proposal_bytes)
        chaincode, (function, _channel, argument) = _asked(proposal)
        assert chaincode == "qscc"
        message = {b"GetTransactionByID": self._transaction, b"GetBlockByNumber": self._block}[function](argument)
        if message is None:
            return Failure("UNKNOWN", "chaincode response 500, Failed to get transaction with id: no such transaction")
        answer = gateway_pb2.EvaluateResponse(result={"status": 200, "payload": message.SerializeToString()})
        return answer.SerializeToString()  # type: ignore[no-any-return]

    def _transaction(self, transaction_id: bytes) -> Any:
        found = self._recorded(transaction_id.decode())
        if found is None:
            return None
        _, code, sent = found
        return transaction_pb2.ProcessedTransaction(transactionEnvelope=sent, validationCode=code)

    def _block(self, number: bytes) -> Any:
        _, code, sent = self.blocks[int(number) - 1]
        return common_pb2.Block(
            header={"number": int(number)},
            data={"data": [sent.SerializeToString()]},
            metadata={"metadata": [b"", b"", bytes([code])]},
        )

    def _recorded(self, transaction_id: str) -> tuple[int, int, Any] | None:
        for number, (known, code, sent) in enumerate(self.blocks, start=1):
            if known == transaction_id:
                return number, code, sent
        return None


def _asked(proposal: Any) -> tuple[str, tuple[bytes, ...]]:
    payload = proposal_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    spec = chaincode_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec
    return spec.chaincode_id.name, tuple(spec.input.args)


def _invoked(sent: Any) -> tuple[str, tuple[bytes, ...]]:
    payload = common_pb2.Payload.FromString(sent.payload)
    action = transaction_pb2.Transaction.FromString(payload.data).actions[0]
    content = transaction_pb2.ChaincodeActionPayload.FromString(action.payload)
    _, (function, *arguments) = _asked(_Proposal(content.chaincode_proposal_payload))
    return function.decode(), tuple(arguments)


@dataclass(frozen=True)
class _Proposal:
    payload: bytes
