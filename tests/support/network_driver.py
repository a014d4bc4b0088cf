"""The real network as a ledger under test: the semantics chaincode, deployed beside TradeLane's own."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support import deployment
from tests.support.semantics import OTHER, Committed, Endorsed, Mismatch, Refused, Steps
from tradelane.gateway import aio
from tradelane.gateway.errors import CallError
from tradelane.gateway.errors import Refused as GatewayRefused
from tradelane.gateway.profile import load_profile
from tradelane.network import Network

CHAINCODE = "semantics"
PROGRAM = deployment.Program(CHAINCODE, (sys.executable, "-m", "tests.support.semantics_chaincode"))
_SENTINEL = "sentinel"


@contextmanager
def deployed(network: Network, directory: Path) -> Iterator[None]:
    """Deploy the semantics chaincode on a network and serve it within the block."""
    other = replace(PROGRAM, name=OTHER)
    with (
        deployment.deployed(network, directory / CHAINCODE, PROGRAM),
        deployment.deployed(network, directory / OTHER, other),
    ):
        yield


class NetworkDriver:
    """Clients of two organisations, connected for one test."""

    def __init__(self, network: Network) -> None:
        first, second = network.topology.with_peer[:2]
        self.orgs = (first.msp_id, second.msp_id)
        self._profiles = {
            each.msp_id: load_profile(network.paths.profile(each.name).root, "admin") for each in (first, second)
        }
        self._channels: dict[str, Any] = {}
        self._gateways: dict[str, aio.Gateway] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "NetworkDriver":
        for msp_id, profile in self._profiles.items():
            self._channels[msp_id] = await self._stack.enter_async_context(aio.dial(profile))
            self._gateways[msp_id] = aio.connect_to(
                self._channels[msp_id], profile.identity, channel=profile.network.channel, chaincode=CHAINCODE
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def endorse(
        self,
        org: str,
        steps: Steps,
        *,
        endorsing: Sequence[str] | None = None,
        transient: Mapping[str, bytes] | None = None,
    ) -> Endorsed:
        gateway = self._gateways[org]
        proposal = gateway.new_proposal(
            "run", json.dumps(steps), transient=transient, endorsing_organizations=endorsing or self.orgs
        )
        try:
            transaction = await gateway.endorse(proposal)
        except GatewayRefused as refused:
            raise Refused(refused.status) from refused
        except CallError as failed:
            if any("do not match" in text for text in (failed.message, *(peer.message for peer in failed.peers))):
                raise Mismatch from failed
            raise
        return Endorsed(transaction.transaction_id, json.loads(transaction.result), (org, transaction))

    async def commit(self, *transactions: Endorsed) -> list[Committed]:
        outcomes = []
        for each in transactions:  # one after the other: orderers may swap transactions that are under way together
            org, transaction = each.handle
            status = await self._gateways[org].status(await self._gateways[org].submit_endorsed(transaction))
            for gateway in self._gateways.values():  # the others' peers may be a block behind
                await gateway.outcome(each.tx_id)
            outcomes.append((each, status))
        events = await self._events(min(status.block_number for _, status in outcomes), transactions)
        return [Committed(each.tx_id, status.code, each.results, events.get(each.tx_id)) for each, status in outcomes]

    async def evaluate(
        self, org: str, steps: Steps, *, on: str | None = None, transient: Mapping[str, bytes] | None = None
    ) -> Any:
        try:
            answer = await self._gateways[org].evaluate(
                "run", json.dumps(steps), transient=transient, target_organizations=[on or org]
            )
        except GatewayRefused as refused:
            raise Refused(refused.status) from refused
        return json.loads(answer)

    async def _events(self, block: int, transactions: Sequence[Endorsed]) -> dict[str, tuple[str, bytes]]:
        """Return the events from a block on. A last event, of a transaction of its own, shows that there are no more.

        Only where a step set one: it costs a block.
        """
        if not any(_announces(each) for each in transactions):
            return {}
        org = self.orgs[0]
        sentinel = await self.endorse(org, [["event", _SENTINEL, ""]])
        await self._gateways[org].submit_endorsed(sentinel.handle[1])
        events: dict[str, tuple[str, bytes]] = {}
        async with self._gateways[org].chaincode_events(block) as stream:
            async for event in stream:
                events[event.transaction_id] = (event.name, event.payload)
                if event.transaction_id == sentinel.tx_id:
                    break
        return events


def _announces(transaction: Endorsed) -> bool:
    """Tell whether an endorsed transaction carries an event."""
    return b'"event"' in transaction.handle[1].envelope
