"""A gateway peer for tests: real gRPC with mutual TLS on the loopback interface, scripted answers.

It checks what a peer checks of a client: transaction ids and signatures of proposals, transactions and requests.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2, gateway_pb2_grpc
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2, proposal_response_pb2, transaction_pb2
from google.protobuf import any_pb2

from tests.support.pki import Pair


@dataclass(frozen=True)
class Invocation:
    """What one request asked the chaincode for."""

    rpc: str
    function: str
    arguments: tuple[bytes, ...]
    transient: dict[str, bytes]
    organisations: tuple[str, ...]
    transaction_id: str


class Refusal(Exception):
    """Ends a call with a gRPC status; `peers` are (address, MSP id, message)."""

    def __init__(self, code: grpc.StatusCode, message: str, peers: Sequence[tuple[str, str, str]] = ()) -> None:
        super().__init__(message)
        self.code, self.message, self.peers = code, message, peers


@dataclass
class Script:
    """What the peer answers; tests change it."""

    chaincode: Callable[[Invocation], bytes] = lambda _: b""
    on_submit: Callable[[], None] = lambda: None
    on_status: Callable[[], None] = lambda: None
    spoil: Callable[[bytes], bytes] = lambda payload: payload
    """Changes the payload of the transaction that Endorse hands out."""
    validation_code: int = 0
    block_number: int = 7
    event_blocks: list[Any] = field(default_factory=list)
    event_end: Refusal | None = None
    """How the stream ends; None keeps it open until the client leaves."""
    invocations: list[Invocation] = field(default_factory=list)
    start_position: Any = None


class LoopbackGateway(gateway_pb2_grpc.GatewayServicer):  # type: ignore[misc]
    """The Gateway service."""

    def __init__(self, server: Pair, client_roots: bytes) -> None:
        self.script = Script()
        self._left = threading.Event()
        self._server = grpc.server(ThreadPoolExecutor(max_workers=8))
        gateway_pb2_grpc.add_GatewayServicer_to_server(self, self._server)
        credentials = grpc.ssl_server_credentials(
            [(server.key_pem, server.certificate_pem)], root_certificates=client_roots, require_client_auth=True
        )
        port = self._server.add_secure_port("127.0.0.1:0", credentials)
        self.endpoint = f"127.0.0.1:{port}"
        self._server.start()

    def let_go(self) -> None:
        """End every wait for a client."""
        self._left.set()

    def stop(self) -> None:
        self.let_go()
        self._server.stop(grace=None).wait()

    def wait_for_client_to_leave(self) -> None:
        assert self._left.wait(timeout=30), "the stream was not cancelled"

    def Evaluate(self, request: Any, context: Any) -> Any:  # noqa: N802 -- gRPC names its methods so
        invocation = _read("evaluate", request, request.target_organizations)
        return self._answering(
            context,
            lambda: gateway_pb2.EvaluateResponse(result={"status": 200, "payload": self._invoke(invocation)}),
        )

    def Endorse(self, request: Any, context: Any) -> Any:  # noqa: N802
        invocation = _read("endorse", request, request.endorsing_organizations)

        def endorse() -> Any:
            payload = endorsed(request.proposed_transaction.proposal_bytes, self._invoke(invocation))
            envelope = common_pb2.Envelope(payload=self.script.spoil(payload))
            return gateway_pb2.EndorseResponse(prepared_transaction=envelope)

        return self._answering(context, endorse)

    def Submit(self, request: Any, context: Any) -> Any:  # noqa: N802
        envelope = request.prepared_transaction
        header = common_pb2.Payload.FromString(envelope.payload).header
        creator = common_pb2.SignatureHeader.FromString(header.signature_header).creator
        _verify(creator, envelope.payload, envelope.signature)

        def submit() -> Any:
            self.script.on_submit()
            return gateway_pb2.SubmitResponse()

        return self._answering(context, submit)

    def CommitStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        asked = gateway_pb2.CommitStatusRequest.FromString(request.request)
        _verify(asked.identity, request.request, request.signature)

        def status() -> Any:
            self.script.on_status()
            return gateway_pb2.CommitStatusResponse(
                result=self.script.validation_code, block_number=self.script.block_number
            )

        return self._answering(context, status)

    def ChaincodeEvents(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        asked = gateway_pb2.ChaincodeEventsRequest.FromString(request.request)
        _verify(asked.identity, request.request, request.signature)
        self.script.start_position = asked.start_position
        context.add_callback(self._left.set)
        yield from self.script.event_blocks
        if self.script.event_end is not None:
            _abort(context, self.script.event_end)
        self._left.wait(timeout=30)

    def _invoke(self, invocation: Invocation) -> bytes:
        self.script.invocations.append(invocation)
        return self.script.chaincode(invocation)

    @staticmethod
    def _answering(context: Any, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except Refusal as refusal:
            return _abort(context, refusal)


def _read(rpc: str, request: Any, organisations: Sequence[str]) -> Invocation:
    signed = request.proposed_transaction
    proposal = proposal_pb2.Proposal.FromString(signed.proposal_bytes)
    header = common_pb2.Header.FromString(proposal.header)
    maker = common_pb2.SignatureHeader.FromString(header.signature_header)
    channel = common_pb2.ChannelHeader.FromString(header.channel_header)
    _verify(maker.creator, signed.proposal_bytes, signed.signature)
    assert hashlib.sha256(maker.nonce + maker.creator).hexdigest() == channel.tx_id == request.transaction_id
    assert channel.channel_id == request.channel_id == "trade"
    payload = proposal_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    arguments = chaincode_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec.input.args
    return Invocation(
        rpc=rpc,
        function=arguments[0].decode(),
        arguments=tuple(arguments[1:]),
        transient=dict(payload.TransientMap),
        organisations=tuple(organisations),
        transaction_id=channel.tx_id,
    )


def _verify(creator: bytes, message: bytes, signature: bytes) -> None:
    identity = identities_pb2.SerializedIdentity.FromString(creator)
    key = x509.load_pem_x509_certificate(identity.id_bytes).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature, message, ec.ECDSA(hashes.SHA256()))


def endorsed(proposal_bytes: bytes, result: bytes) -> bytes:
    """Put a transaction together as a gateway peer does, without the endorsements that only peers look at."""
    proposal = proposal_pb2.Proposal.FromString(proposal_bytes)
    action = proposal_pb2.ChaincodeAction(response=proposal_pb2.ChaincodeAction().response)
    action.response.status = 200
    action.response.payload = result
    agreed = proposal_response_pb2.ProposalResponsePayload(extension=action.SerializeToString())
    endorsed = transaction_pb2.ChaincodeActionPayload()
    endorsed.action.proposal_response_payload = agreed.SerializeToString()
    transaction = transaction_pb2.Transaction(actions=[{"payload": endorsed.SerializeToString()}])
    header = common_pb2.Header.FromString(proposal.header)
    return common_pb2.Payload(header=header, data=transaction.SerializeToString()).SerializeToString()  # type: ignore[no-any-return]


class _Status(grpc.Status):  # type: ignore[misc]
    def __init__(self, code: grpc.StatusCode, details: str, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self.code, self.details, self.trailing_metadata = code, details, metadata


def _abort(context: Any, refusal: Refusal) -> Any:
    metadata = (("grpc-status-details-bin", status_bytes(refusal)),) if refusal.peers else ()
    context.abort_with_status(_Status(refusal.code, refusal.message, metadata))


def status_bytes(refusal: Refusal) -> bytes:
    """Write google.rpc.Status by hand: a second opinion on what the client reads."""
    details = b""
    for address, msp_id, message in refusal.peers:
        packed = any_pb2.Any()
        packed.Pack(gateway_pb2.ErrorDetail(address=address, msp_id=msp_id, message=message))
        details += b"\x1a" + _delimited(packed.SerializeToString())
    return b"\x08" + bytes([refusal.code.value[0]]) + b"\x12" + _delimited(refusal.message.encode()) + details


def _delimited(content: bytes) -> bytes:
    length, varint = len(content), b""
    while length > 0x7F:
        varint += bytes([length & 0x7F | 0x80])
        length >>= 7
    return varint + bytes([length]) + content
