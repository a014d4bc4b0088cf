"""A gateway peer for tests: real gRPC with mutual TLS on the loopback interface, scripted answers.

It checks what a peer checks of a client: transaction ids and signatures of proposals, transactions and requests.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2, gateway_pb2_grpc
from fabric_protos.peer import chaincode_pb2, events_pb2_grpc, proposal_pb2, proposal_response_pb2, transaction_pb2

from tests.support.loopback_calls import Refusal, abort, verify
from tests.support.loopback_events import Chain, LoopbackEvents
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
    chaincode: str = "tradelane"


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
    invocations: list[Invocation] = field(default_factory=list)
    metadata: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """What came along with each request, by the name of its method."""


WORKERS = 16
"""A stream keeps one for as long as it is open."""


class _Noting(grpc.ServerInterceptor):  # type: ignore[misc]
    """Notes what comes along with requests."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def intercept_service(self, continuation: Any, details: Any) -> Any:
        self._script.metadata.append((details.method.rpartition("/")[2], dict(details.invocation_metadata)))
        return continuation(details)


class LoopbackGateway(gateway_pb2_grpc.GatewayServicer):  # type: ignore[misc]
    """The Gateway service."""

    def __init__(self, server: Pair, client_roots: bytes) -> None:
        self.script = Script()
        self.chain = Chain()
        self._submitted: dict[str, Any] = {}
        self._events = LoopbackEvents(self.chain)
        self._server = grpc.server(ThreadPoolExecutor(max_workers=WORKERS), interceptors=(_Noting(self.script),))
        gateway_pb2_grpc.add_GatewayServicer_to_server(self, self._server)
        events_pb2_grpc.add_DeliverServicer_to_server(self._events, self._server)
        credentials = grpc.ssl_server_credentials(
            [(server.key_pem, server.certificate_pem)], root_certificates=client_roots, require_client_auth=True
        )
        port = self._server.add_secure_port("127.0.0.1:0", credentials)
        self.endpoint = f"127.0.0.1:{port}"
        self._server.start()

    def stop(self) -> None:
        self.chain.end()
        self._server.stop(grace=None).wait()

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
        verify(creator, envelope.payload, envelope.signature)

        def submit() -> Any:
            self.script.on_submit()
            self._submitted[request.transaction_id] = envelope
            return gateway_pb2.SubmitResponse()

        return self._answering(context, submit)

    def CommitStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        asked = gateway_pb2.CommitStatusRequest.FromString(request.request)
        verify(asked.identity, request.request, request.signature)

        def status() -> Any:
            self.script.on_status()
            return gateway_pb2.CommitStatusResponse(
                result=self.script.validation_code, block_number=self.script.block_number
            )

        return self._answering(context, status)

    def ChaincodeEvents(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        return self._events.chaincode_events(request, context)

    def _invoke(self, invocation: Invocation) -> bytes:
        if invocation.chaincode == "qscc" and (
            envelope := self._submitted.get(invocation.arguments[-1].decode(errors="replace"))
        ):
            found = transaction_pb2.ProcessedTransaction(
                transactionEnvelope=envelope, validationCode=self.script.validation_code
            )
            return found.SerializeToString()  # type: ignore[no-any-return]
        if invocation.function == "GetBlockByNumber" and self._submitted:
            return self._block()
        if invocation.chaincode == "qscc" and self.chain.blocks:
            return self.chain.answer(invocation.function, invocation.arguments)
        self.script.invocations.append(invocation)
        return self.script.chaincode(invocation)

    def _block(self) -> bytes:
        """Return the one block there is, with all that was submitted."""
        envelopes = [envelope.SerializeToString() for envelope in self._submitted.values()]
        codes = bytes([self.script.validation_code] * len(envelopes))
        found = common_pb2.Block(
            header={"number": self.script.block_number},
            data={"data": envelopes},
            metadata={"metadata": [b"", b"", codes, b"", b""]},
        )
        return found.SerializeToString()  # type: ignore[no-any-return]

    @staticmethod
    def _answering(context: Any, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except Refusal as refusal:
            return abort(context, refusal)


def _read(rpc: str, request: Any, organisations: Sequence[str]) -> Invocation:
    signed = request.proposed_transaction
    proposal = proposal_pb2.Proposal.FromString(signed.proposal_bytes)
    header = common_pb2.Header.FromString(proposal.header)
    maker = common_pb2.SignatureHeader.FromString(header.signature_header)
    channel = common_pb2.ChannelHeader.FromString(header.channel_header)
    verify(maker.creator, signed.proposal_bytes, signed.signature)
    assert hashlib.sha256(maker.nonce + maker.creator).hexdigest() == channel.tx_id == request.transaction_id
    assert channel.channel_id == request.channel_id == "trade"
    payload = proposal_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    spec = chaincode_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec
    arguments = spec.input.args
    return Invocation(
        rpc=rpc,
        function=arguments[0].decode(),
        arguments=tuple(arguments[1:]),
        transient=dict(payload.TransientMap),
        organisations=tuple(organisations),
        transaction_id=channel.tx_id,
        chaincode=spec.chaincode_id.name,
    )


def endorsed(proposal_bytes: bytes, result: bytes) -> bytes:
    """Put a transaction together as a gateway peer does, without the endorsements that only peers look at."""
    proposal = proposal_pb2.Proposal.FromString(proposal_bytes)
    public = proposal_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    public.ClearField("TransientMap")
    invoked = chaincode_pb2.ChaincodeInvocationSpec.FromString(public.input).chaincode_spec
    action = proposal_pb2.ChaincodeAction(chaincode_id=invoked.chaincode_id)
    action.response.status = 200
    action.response.payload = result
    agreed = proposal_response_pb2.ProposalResponsePayload(extension=action.SerializeToString())
    endorsed = transaction_pb2.ChaincodeActionPayload(chaincode_proposal_payload=public.SerializeToString())
    endorsed.action.proposal_response_payload = agreed.SerializeToString()
    transaction = transaction_pb2.Transaction(actions=[{"payload": endorsed.SerializeToString()}])
    header = common_pb2.Header.FromString(proposal.header)
    return common_pb2.Payload(header=header, data=transaction.SerializeToString()).SerializeToString()  # type: ignore[no-any-return]
