"""Typed calls on the in-memory ledger: a gateway whose session asks TradeLane's contracts in this process."""

import asyncio
import json
import secrets
import threading
from collections.abc import Coroutine, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeVar

from tests.support.identifiers import fresh_lei
from tests.support.identities import admin_identity, party_identity
from tests.support.memory_ledger import NotEndorsed
from tests.support.trade import HK_AUTHORITY, MSP_IDS, SALT, SH_AUTHORITY, Trade
from tradelane.chaincode.shim.identity import ClientIdentity
from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import Refused, Step
from tradelane.gateway.session import Flow
from tradelane.model.base import Record

T = TypeVar("T")


class Ledger:
    """The channel, one call at a time: a platform's threads and the test share it."""

    def __init__(self) -> None:
        self.trade = Trade()
        self._lock = threading.Lock()
        self.do(self.trade.open())

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        with self._lock:
            return asyncio.run(work)


@dataclass
class _Session:
    """What flows ask of a session, of `session.Session`."""

    ledger: Ledger
    who: ClientIdentity
    request_id: str | None = None
    joint_party: str | None = None
    organisations: tuple[str, ...] = ()
    identity: Any = field(init=False)

    def __post_init__(self) -> None:
        self.identity = SimpleNamespace(msp_id=self.who.msp_id)

    def random(self, size: int) -> bytes:
        return secrets.token_bytes(size)

    def name_of(self, *_: str) -> None:
        return None

    def run(self, flow: Flow[T]) -> Any:
        return flow.steps(self)  # type: ignore[arg-type]

    def evaluate(
        self,
        function: str,
        *arguments: Any,
        transient: Mapping[str, bytes] | None = None,
        target_organizations: Sequence[str] = (),
    ) -> Generator[Any, Any, Any]:
        yield from ()
        at = target_organizations[0] if target_organizations else self.who.msp_id
        trade = self.ledger.trade
        asked = trade.ledger.evaluate(
            trade.chaincode, self.who, at, function, *_encoded(arguments), transient=transient
        )
        response = self.ledger.do(asked)
        if response.status >= 400:
            raise _refused(NotEndorsed(at, response), Step.EVALUATE)
        return response.payload

    def submit(
        self,
        function: str,
        *arguments: Any,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] = (),
        part: str = "",
    ) -> Generator[Any, Any, Any]:
        yield from ()
        trade = self.ledger.trade
        try:
            endorsed = self.ledger.do(
                trade.ledger.endorse(
                    trade.chaincode,
                    self.who,
                    function,
                    *_encoded(arguments),
                    transient=transient,
                    endorsing=endorsing_organizations or None,
                )
            )
        except NotEndorsed as refused:
            raise _refused(refused, Step.ENDORSE) from None
        outcome = trade.ledger.commit([endorsed])[0]
        assert outcome.valid, outcome
        return Committed(outcome.response.payload, outcome.tx_id, outcome.block)


class MemoryGateway:
    """What the typed calls need of `client.Gateway`."""

    def __init__(self, ledger: Ledger, who: ClientIdentity) -> None:
        self._session = _Session(ledger, who)

    def run(self, flow: Flow[T], *, request_id: str | None = None) -> T:
        steps = flow.steps(self._session)  # type: ignore[arg-type]
        try:
            next(iter(steps))
        except StopIteration as end:
            result: T = end.value
            return result
        raise AssertionError("there is nothing to wait for in memory")

    def outcome(self, transaction_id: str) -> None:
        """Return at once: what was submitted is on the ledger."""


@dataclass
class MemoryCast:
    """The parties of the examples, and operators."""

    ledger: Ledger

    def as_party(self, party_id: str) -> Any:
        return MemoryGateway(self.ledger, self.ledger.trade.signer(party_id))

    def operator(self, organisation: str) -> tuple[str, Any]:
        """Admit and license a party as PLATFORM; returns its id and its connection."""
        name, msp_id = f"bridge-{secrets.token_hex(4)}", MSP_IDS[organisation]
        trade = self.ledger.trade
        admitted = {"partyId": name, "lei": fresh_lei(), "roles": ["PLATFORM"]}
        words = {"name": f"Bridge of {organisation}".encode(), "salt": SALT}
        self.ledger.do(trade.submit(admin_identity(msp_id), "party:admit", admitted, words))
        authority = HK_AUTHORITY if organisation == "hongkong" else SH_AUTHORITY
        self.ledger.do(trade.submit(authority, "party:licence", {"partyId": name, "role": "PLATFORM"}))
        return name, MemoryGateway(self.ledger, party_identity(msp_id, name))


def _encoded(arguments: Sequence[Any]) -> list[bytes]:
    return [each.to_json() if isinstance(each, Record) else bytes(each) for each in arguments]


def _refused(refusal: NotEndorsed, step: Step) -> Refused:
    said = json.loads(refusal.response.message)
    return Refused(
        said["message"],
        code=said["code"],
        status=refusal.response.status,
        step=step,
        transaction_id="",
        details=said["details"],
    )
