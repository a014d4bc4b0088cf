"""The ledger under test of the semantics suite: what any driver must offer, and the driver of the in-memory ledger.

A driver runs `semantics_chaincode` for clients of two organisations, on a channel where both must endorse by default,
with a collection `directory` of both whose policy is the channel's. Beside it run the same chaincode under another
name, and TradeLane's own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tests.support.identities import make_identity
from tests.support.memory_ledger import EndorsementMismatch, MemoryLedger, NotEndorsed, Transaction
from tradelane.chaincode.contract.router import build
from tradelane.chaincode.shim.interface import Chaincode

Steps = Sequence[Sequence[Any]]
DIRECTORY = "directory"
OTHER = "semanticsother"
"""The same chaincode under another name, to be called."""


class Refused(Exception):
    """The chaincode's answer had a status of 400 or above."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Mismatch(Exception):
    """The endorsers' results differ."""


@dataclass(frozen=True)
class Endorsed:
    """An endorsed transaction; `handle` is the driver's own."""

    tx_id: str
    results: Any
    handle: Any


@dataclass(frozen=True)
class Committed:
    """A transaction in a block: Fabric's validation code, the steps' results, and the event if it was delivered."""

    tx_id: str
    code: str
    results: Any
    event: tuple[str, bytes] | None


class Driver(Protocol):
    """The ledger under test; organisations are named by their MSP ids, of which `orgs` holds two."""

    orgs: tuple[str, str]

    async def endorse(
        self,
        org: str,
        steps: Steps,
        *,
        endorsing: Sequence[str] | None = None,
        transient: Mapping[str, bytes] | None = None,
    ) -> Endorsed:
        """Let a client of `org` have steps endorsed, by both organisations unless told otherwise.

        Raises:
            Refused: The chaincode refused.
            Mismatch: The endorsers do not agree.
        """

    async def commit(self, *transactions: Endorsed) -> list[Committed]:
        """Order transactions in this order, in one block where the driver can, and wait for all peers."""

    async def evaluate(
        self, org: str, steps: Steps, *, on: str | None = None, transient: Mapping[str, bytes] | None = None
    ) -> Any:
        """Let a client of `org` evaluate steps on the peer of `on`, its own unless told otherwise."""


class MemoryDriver:
    """The in-memory ledger as a ledger under test."""

    def __init__(self, chaincode: Chaincode) -> None:
        self.orgs = ("HongKongMSP", "ShanghaiMSP")
        self._ledger = MemoryLedger(self.orgs, others={"tradelane": build(), OTHER: chaincode})
        self._chaincode = chaincode

    async def endorse(
        self,
        org: str,
        steps: Steps,
        *,
        endorsing: Sequence[str] | None = None,
        transient: Mapping[str, bytes] | None = None,
    ) -> Endorsed:
        try:
            transaction = await self._ledger.endorse(
                self._chaincode, make_identity(org), "run", _encode(steps), transient=transient, endorsing=endorsing
            )
        except NotEndorsed as refused:
            raise Refused(refused.response.status) from refused
        except EndorsementMismatch as mismatch:
            raise Mismatch from mismatch
        return Endorsed(transaction.tx_id, json.loads(transaction.response.payload), transaction)

    async def commit(self, *transactions: Endorsed) -> list[Committed]:
        handles: list[Transaction] = [transaction.handle for transaction in transactions]
        return [
            Committed(outcome.tx_id, outcome.code, json.loads(outcome.response.payload), outcome.event)
            for outcome in self._ledger.commit(handles)
        ]

    async def evaluate(
        self, org: str, steps: Steps, *, on: str | None = None, transient: Mapping[str, bytes] | None = None
    ) -> Any:
        response = await self._ledger.evaluate(
            self._chaincode, make_identity(org), on or org, "run", _encode(steps), transient=transient
        )
        if not response.payload:
            raise Refused(response.status)
        return json.loads(response.payload)


async def submit(
    driver: Driver,
    org: str,
    steps: Steps,
    *,
    endorsing: Sequence[str] | None = None,
    transient: Mapping[str, bytes] | None = None,
) -> Committed:
    """Endorse and commit one transaction."""
    [committed] = await driver.commit(await driver.endorse(org, steps, endorsing=endorsing, transient=transient))
    return committed


def _encode(steps: Steps) -> bytes:
    return json.dumps(steps).encode()
