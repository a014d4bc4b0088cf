"""Fabric's messages, built and read without I/O, clock or random source.

The four nouns of a transaction's way: a `Proposal` is endorsed into a `Transaction`, a transaction is submitted into
a `Commit`, a commit has a `Status`. Each carries the bytes of its gRPC request, signed.
"""

import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2, proposal_response_pb2, transaction_pb2
from google.protobuf.message import DecodeError

from tradelane.gateway.errors import PeerDetail
from tradelane.gateway.observer import Attempt

T = TypeVar("T")
U = TypeVar("U")
Sign = Callable[[bytes], bytes]

EVALUATE: Final = "/gateway.Gateway/Evaluate"
ENDORSE: Final = "/gateway.Gateway/Endorse"
SUBMIT: Final = "/gateway.Gateway/Submit"
COMMIT_STATUS: Final = "/gateway.Gateway/CommitStatus"
UNARY_METHODS: Final = (EVALUATE, ENDORSE, SUBMIT, COMMIT_STATUS)

NONCE_LENGTH_BYTES: Final = 24
"""As Fabric's own clients use; it makes transaction ids unique per creator."""

UNREADABLE: Final = (DecodeError, IndexError)
"""What reading raises when an answer is not the message it should be."""


_VALIDATION_CODES: Final = {number: name for name, number in transaction_pb2.TxValidationCode.items()}


@dataclass(frozen=True)
class Call:
    """What to invoke: `contract:function` of a chaincode on a channel, its arguments and who may endorse."""

    channel: str
    chaincode: str
    function: str
    arguments: tuple[bytes, ...] = ()
    transient: Mapping[str, bytes] | None = field(default=None, repr=False)
    """Private inputs: they reach the endorsers and are not part of the transaction."""
    organisations: tuple[str, ...] = ()
    """MSP ids of the endorsers; empty leaves the choice to the gateway peer."""


@dataclass(frozen=True)
class Proposal:
    """A signed proposal, ready to be evaluated or endorsed."""

    transaction_id: str
    channel: str
    signed: bytes = field(repr=False)
    """A serialised SignedProposal, which holds the private inputs."""
    organisations: tuple[str, ...]


@dataclass(frozen=True)
class Transaction:
    """An endorsed transaction, signed, ready to be submitted; `result` is what the chaincode answered."""

    transaction_id: str
    channel: str
    result: bytes
    envelope: bytes
    """A serialised and signed Envelope."""
    attempts: tuple[Attempt, ...] = field(default=(), compare=False, repr=False)
    """All tries that the call which returned this took, in order."""


@dataclass(frozen=True)
class Commit:
    """A submitted transaction whose outcome can be asked for."""

    transaction_id: str
    channel: str
    result: bytes
    attempts: tuple[Attempt, ...] = field(default=(), compare=False, repr=False)
    """All tries that the call which returned this took, in order."""


@dataclass(frozen=True)
class Status:
    """The outcome of a transaction: Fabric's validation code, and the block it stands in."""

    transaction_id: str
    code: str
    block_number: int
    attempts: tuple[Attempt, ...] = field(default=(), compare=False, repr=False)
    """All tries that the call which returned this took, in order."""

    @property
    def successful(self) -> bool:
        """Whether the transaction took effect."""
        return self.code == "VALID"


@dataclass(frozen=True)
class Committed(Generic[T]):
    """The result of a transaction that took effect, and where it stands on the ledger."""

    result: T
    transaction_id: str
    block_number: int
    attempts: tuple[Attempt, ...] = field(default=(), compare=False, repr=False)
    """All tries of all steps it took, in order."""

    def holding(self, result: U) -> "Committed[U]":
        """Return the same place on the ledger with the result in another form."""
        return Committed(result, self.transaction_id, self.block_number, self.attempts)


def creator_bytes(msp_id: str, certificate_pem: bytes) -> bytes:
    """Return the serialised identity that proposals and requests name as their maker."""
    creator = identities_pb2.SerializedIdentity(mspid=msp_id, id_bytes=certificate_pem)
    return creator.SerializeToString()  # type: ignore[no-any-return]


def transaction_id(nonce: bytes, creator: bytes) -> str:
    """Return the id that peers will recompute: SHA-256 of nonce and creator, lower-case hexadecimal."""
    return hashlib.sha256(nonce + creator).hexdigest()


def new_proposal(call: Call, *, creator: bytes, nonce: bytes, now_ns: int, sign: Sign) -> Proposal:
    """Build and sign a proposal.

    Args:
        call: What to invoke.
        creator: From `creator_bytes`.
        nonce: 24 random bytes, never used before.
        now_ns: Nanoseconds since 1970; peers refuse a proposal too far from their own clocks.
        sign: Message to signature.
    """
    tx_id = transaction_id(nonce, creator)
    proposal = proposal_pb2.Proposal(
        header=common_pb2.Header(
            channel_header=_channel_header(call, tx_id, now_ns),
            signature_header=common_pb2.SignatureHeader(creator=creator, nonce=nonce).SerializeToString(),
        ).SerializeToString(),
        payload=_proposal_payload(call),
    ).SerializeToString()
    signed = proposal_pb2.SignedProposal(proposal_bytes=proposal, signature=sign(proposal))
    return Proposal(
        transaction_id=tx_id,
        channel=call.channel,
        signed=signed.SerializeToString(),
        organisations=call.organisations,
    )


def _channel_header(call: Call, tx_id: str, now_ns: int) -> bytes:
    header = common_pb2.ChannelHeader(
        type=common_pb2.ENDORSER_TRANSACTION,
        channel_id=call.channel,
        tx_id=tx_id,
        extension=_header_extension(call.chaincode),
    )
    timestamp = header.timestamp
    timestamp.seconds, timestamp.nanos = divmod(now_ns, 1_000_000_000)
    return header.SerializeToString()  # type: ignore[no-any-return]


@functools.lru_cache(maxsize=16)  # a client calls one chaincode, or a few
def _header_extension(chaincode: str) -> bytes:
    extension = proposal_pb2.ChaincodeHeaderExtension()
    extension.chaincode_id.name = chaincode
    return extension.SerializeToString()  # type: ignore[no-any-return]


def _proposal_payload(call: Call) -> bytes:
    # Set field by field: messages handed to a constructor are copied, and this is done for every transaction.
    invocation = chaincode_pb2.ChaincodeInvocationSpec()
    invocation.chaincode_spec.chaincode_id.name = call.chaincode
    invocation.chaincode_spec.input.args.extend((call.function.encode(), *call.arguments))
    payload = proposal_pb2.ChaincodeProposalPayload(input=invocation.SerializeToString(deterministic=True))
    if call.transient:
        payload.TransientMap.update(call.transient)
    return payload.SerializeToString(deterministic=True)  # type: ignore[no-any-return]


def evaluate_request(proposal: Proposal) -> bytes:
    """Return the request that evaluates a proposal on one peer."""
    request = gateway_pb2.EvaluateRequest(
        transaction_id=proposal.transaction_id,
        channel_id=proposal.channel,
        proposed_transaction=proposal_pb2.SignedProposal.FromString(proposal.signed),
        target_organizations=proposal.organisations,
    )
    return request.SerializeToString()  # type: ignore[no-any-return]


def evaluate_result(answer: bytes) -> bytes:
    """Return the chaincode's answer to an evaluation."""
    return gateway_pb2.EvaluateResponse.FromString(answer).result.payload  # type: ignore[no-any-return]


def endorse_request(proposal: Proposal) -> bytes:
    """Return the request that has a proposal endorsed."""
    request = gateway_pb2.EndorseRequest(
        transaction_id=proposal.transaction_id,
        channel_id=proposal.channel,
        endorsing_organizations=proposal.organisations,
    )
    request.proposed_transaction.ParseFromString(proposal.signed)
    return request.SerializeToString()  # type: ignore[no-any-return]


def endorsed_transaction(proposal: Proposal, answer: bytes, *, sign: Sign) -> Transaction:
    """Read the transaction that the gateway peer put together, and sign it.

    Raises:
        DecodeError, IndexError: The answer is no transaction (see UNREADABLE).
        ValueError: It is another transaction than the one proposed, or not endorsed, so it is not signed.
    """
    payload, transaction = _prepared(proposal, answer)
    result = _result_of(transaction)
    envelope = common_pb2.Envelope(payload=payload, signature=sign(payload))
    return Transaction(
        transaction_id=proposal.transaction_id,
        channel=proposal.channel,
        result=result,
        envelope=envelope.SerializeToString(),
    )


def endorsed_payload(proposal: Proposal, answer: bytes) -> bytes:
    """Return what the proposal's maker signs to submit: the payload the gateway peer put together.

    Raises:
        DecodeError: The answer is no transaction.
        ValueError: It is another transaction than the one proposed.
    """
    return _prepared(proposal, answer)[0]


def _prepared(proposal: Proposal, answer: bytes) -> tuple[bytes, bytes]:
    """Return the payload that the gateway peer put together, and the serialised Transaction in it."""
    content = gateway_pb2.EndorseResponse.FromString(answer).prepared_transaction.payload
    payload = common_pb2.Payload.FromString(content)
    header = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
    if (header.tx_id, header.channel_id) != (proposal.transaction_id, proposal.channel):
        raise ValueError("the peer put together another transaction than the one proposed")
    return content, payload.data


def result_of(payload: bytes) -> bytes:
    """Return the chaincode's answer from a transaction's payload.

    Raises:
        DecodeError, IndexError, ValueError: It holds no endorsed transaction.
    """
    return _result_of(common_pb2.Payload.FromString(payload).data)


def _result_of(transaction: bytes) -> bytes:
    action = transaction_pb2.Transaction.FromString(transaction).actions[0]
    endorsed = transaction_pb2.ChaincodeActionPayload.FromString(action.payload).action
    if not endorsed.proposal_response_payload:
        raise ValueError("it holds nothing that was endorsed")
    agreed = proposal_response_pb2.ProposalResponsePayload.FromString(endorsed.proposal_response_payload)
    return proposal_pb2.ChaincodeAction.FromString(agreed.extension).response.payload  # type: ignore[no-any-return]


def submit_request(transaction: Transaction) -> bytes:
    """Return the request that hands a transaction to the orderers."""
    request = gateway_pb2.SubmitRequest(transaction_id=transaction.transaction_id, channel_id=transaction.channel)
    request.prepared_transaction.ParseFromString(transaction.envelope)
    return request.SerializeToString()  # type: ignore[no-any-return]


def commit_status_request(commit: Commit, *, creator: bytes, sign: Sign) -> bytes:
    """Return the signed request that waits for a transaction's outcome."""
    request = gateway_pb2.CommitStatusRequest(
        transaction_id=commit.transaction_id, channel_id=commit.channel, identity=creator
    ).SerializeToString()
    signed = gateway_pb2.SignedCommitStatusRequest(request=request, signature=sign(request))
    return signed.SerializeToString()  # type: ignore[no-any-return]


def commit_status(commit: Commit, answer: bytes) -> Status:
    """Read a transaction's outcome; a validation code newer than this client is named by its number."""
    response = gateway_pb2.CommitStatusResponse.FromString(answer)
    return Status(
        transaction_id=commit.transaction_id,
        code=_VALIDATION_CODES.get(response.result) or f"VALIDATION_CODE_{response.result}",
        block_number=response.block_number,
    )


def peer_details(details: Iterable[tuple[str, bytes]]) -> tuple[PeerDetail, ...]:
    """Read the gateway's per-peer details from (type name, serialised message) pairs of a gRPC status."""
    name = gateway_pb2.ErrorDetail.DESCRIPTOR.full_name
    found = [gateway_pb2.ErrorDetail.FromString(value) for kind, value in details if kind == name]
    return tuple(PeerDetail(address=one.address, msp_id=one.msp_id, message=one.message) for one in found)


def encode_arguments(arguments: Sequence[bytes | str]) -> tuple[bytes, ...]:
    """Return arguments as the chaincode gets them; text is UTF-8."""
    return tuple(one.encode() if isinstance(one, str) else one for one in arguments)
