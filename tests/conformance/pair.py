"""Two chaincodes on one network, asked the same: Go's shim and ours.

What they find on the ledger is the same to the version, for one transaction writes both namespaces: the Go chaincode
does the steps and invokes ours with the same steps. What they are asked then carries the same nonce and time, hence the
same transaction id, and is endorsed but not submitted. So the peer's answers must be equal to the byte.
"""

import base64
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any, Self

import grpc
from fabric_protos.peer import chaincode_pb2, proposal_pb2

from tests.conformance.outcome import OTHER, SELF, Outcome, read_outcome
from tradelane.gateway import aio, envelope, transport
from tradelane.gateway.profile import load_profile
from tradelane.network import Network

GO, PYTHON = "conformgo", "conformpy"
_PROCESS_PROPOSAL = "/protos.Endorser/ProcessProposal"

Steps = list[list[Any]]


def content(value: bytes | str) -> str:
    """Return a value as a step's argument."""
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def bound(steps: Steps) -> str:
    return json.dumps(steps, ensure_ascii=False)


@dataclass(frozen=True)
class Both:
    """The equal answers of both chaincodes, and the proposals that asked for them."""

    outcome: Outcome
    proposals: Mapping[str, envelope.Proposal]

    @property
    def results(self) -> list[Any]:
        """What the steps returned; refusals as they came."""
        assert self.outcome.status == 200, self.outcome
        return [each["ok"][0] if "ok" in each else each for each in json.loads(self.outcome.payload)]

    @property
    def public(self) -> Any:
        """The public part of the chaincode's own read-write set."""
        return self.outcome.writes[SELF.decode()]["public"]


class Pair:
    """A client of two organisations, connected for one test.

    Args:
        network: Where both chaincodes are deployed.
        names: Those of the chaincodes, of Go's and of ours.
    """

    def __init__(self, network: Network, names: tuple[str, str] = (GO, PYTHON)) -> None:
        self.names = names
        self.orgs = tuple(each.msp_id for each in network.topology.with_peer[:2])
        organisations = [each.name for each in network.topology.with_peer[:2]]
        self._profiles = [load_profile(network.paths.profile(name).root, "admin") for name in organisations]
        self._channel_name = network.topology.channel
        self._stack = AsyncExitStack()
        self._channels: list[Any] = []

    async def __aenter__(self) -> Self:
        for profile in self._profiles:
            options = [*transport.options(profile), ("grpc.max_receive_message_length", 100 << 20)]
            channel = grpc.aio.secure_channel(
                profile.network.peers[0].endpoint, transport.credentials(profile.tls), options=options
            )
            self._channels.append(await self._stack.enter_async_context(channel))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def seed(self, steps: Steps, transient: Mapping[str, bytes] | None = None) -> str:
        """Have both namespaces written by one transaction, see it in force on both peers and return its id."""
        invocation = ["InvokeChaincode", self.names[1], [content("run"), content(bound(steps))], ""]
        gateways = [
            aio.connect_to(channel, profile.identity, channel=self._channel_name, chaincode=self.names[0])
            for channel, profile in zip(self._channels, self._profiles, strict=True)
        ]
        committed = await gateways[0].submit(
            "run", bound([*steps, invocation]), transient=transient, endorsing_organizations=self.orgs
        )
        for gateway in gateways:
            await gateway.outcome(committed.transaction_id)
        *here, there = json.loads(committed.result)
        status, _, payload = there["ok"][0]
        assert status == 200
        assert json.loads(base64.b64decode(payload)) == here
        assert all("ok" in each for each in here), here
        return committed.transaction_id

    async def ask(
        self, steps: Steps | str, *more: bytes, transient: Mapping[str, bytes] | None = None, on: int = 0
    ) -> Both:
        """Have both chaincodes do the steps on one organisation's peer and demand the same answer."""
        text = steps if isinstance(steps, str) else bound(steps)
        return await self.invoke("run", text.encode(), *more, transient=transient, on=on)

    async def invoke(
        self,
        function: str,
        *arguments: bytes,
        transient: Mapping[str, bytes] | None = None,
        on: int = 0,
        is_init: bool = False,
    ) -> Both:
        """Invoke a function of both chaincodes and demand the same answer."""
        answers, proposals = await self.invoke_each(function, *arguments, transient=transient, on=on, is_init=is_init)
        go, ours = self.names
        assert answers[ours] == answers[go]
        return Both(answers[go], proposals)

    async def invoke_each(
        self,
        function: str,
        *arguments: bytes,
        transient: Mapping[str, bytes] | None = None,
        on: int = 0,
        is_init: bool = False,
    ) -> tuple[dict[str, Outcome], dict[str, envelope.Proposal]]:
        """Invoke a function of both chaincodes and return their answers."""
        nonce, now_ns = secrets.token_bytes(envelope.NONCE_LENGTH_BYTES), time.time_ns()
        answers, proposals = {}, {}
        for name, other in (self.names, self.names[::-1]):
            bodies = tuple(_named(each, name, other) for each in arguments)
            call = envelope.Call(self._channel_name, name, function, bodies, transient)
            proposals[name] = self._propose(call, nonce, now_ns, on, is_init=is_init)
            process = self._channels[on].unary_unary(_PROCESS_PROPOSAL)
            answers[name] = read_outcome(await process(proposals[name].signed, timeout=60), name, other)
        return answers, proposals

    def creator(self, on: int = 0) -> bytes:
        """The caller's serialised identity."""
        identity = self._profiles[on].identity
        return envelope.creator_bytes(identity.msp_id, identity.certificate_pem)

    def _propose(self, call: envelope.Call, nonce: bytes, now_ns: int, on: int, *, is_init: bool) -> envelope.Proposal:
        sign = self._profiles[on].identity.sign
        proposal = envelope.new_proposal(call, creator=self.creator(on), nonce=nonce, now_ns=now_ns, sign=sign)
        return replace(proposal, signed=_as_init(proposal.signed, sign)) if is_init else proposal


def _as_init(signed: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """Return a signed proposal as one that asks for the initialisation, which our client has no word for."""
    whole = proposal_pb2.SignedProposal.FromString(signed)
    proposal = proposal_pb2.Proposal.FromString(whole.proposal_bytes)
    payload = proposal_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    invocation = chaincode_pb2.ChaincodeInvocationSpec.FromString(payload.input)
    invocation.chaincode_spec.input.is_init = True
    payload.input = invocation.SerializeToString()
    proposal.payload = payload.SerializeToString()
    content = proposal.SerializeToString()
    data: bytes = proposal_pb2.SignedProposal(proposal_bytes=content, signature=sign(content)).SerializeToString()
    return data


def _named(argument: bytes, name: str, other: str) -> bytes:
    return argument.replace(SELF, name.encode()).replace(OTHER, other.encode())


def keys_of(rows: Sequence[Sequence[Any]]) -> list[str]:
    return [row[0] for row in rows]
