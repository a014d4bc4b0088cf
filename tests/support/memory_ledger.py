"""An in-memory ledger with Fabric's semantics behind the shim's stub: simulate, endorse, commit.

What it holds true to Fabric: reads do not see the transaction's own writes; every endorser simulates for itself and
the results must be equal byte for byte; at commit the endorsing organisations are checked against key-level,
collection and chaincode policies, then the reads against the versions (MVCC) and the ranges (phantoms); private values
reach the collection's members only, everyone else holds their hashes.

    ledger = MemoryLedger(msp_ids=("HongKongMSP", "ShanghaiMSP"))
    outcome = await ledger.submit(chaincode, identity, "ebl:issue", request, endorsing=("HongKongMSP", "ShanghaiMSP"))
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tests.support.memory_policy import Collection, implicit_collection, majority_of, satisfied
from tests.support.memory_state import PUBLIC, Address, ReadWriteSet, WorldState
from tests.support.memory_stub import MemoryStub, Proposal, nobody
from tradelane.chaincode.shim.identity import ClientIdentity
from tradelane.chaincode.shim.interface import Chaincode, Response
from tradelane.chaincode.shim.policy import Policy

VALID = "VALID"
ENDORSEMENT_POLICY_FAILURE = "ENDORSEMENT_POLICY_FAILURE"
DUPLICATE_TXID = "DUPLICATE_TXID"
ENDORSED_BELOW = 400
_START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class NotEndorsed(Exception):
    """An endorser's chaincode refused; nothing was ordered."""

    def __init__(self, msp_id: str, response: Response) -> None:
        super().__init__(f"{msp_id}: {response.status} {response.message}")
        self.msp_id = msp_id
        self.response = response


class EndorsementMismatch(Exception):
    """The endorsers' results differ: the chaincode is not deterministic."""


@dataclass(frozen=True)
class Transaction:
    """An endorsed transaction, ready to be put into a block."""

    tx_id: str
    timestamp: datetime
    response: Response
    event: tuple[str, bytes] | None
    endorsing: frozenset[str]
    simulated: ReadWriteSet
    public_bytes: bytes
    called: Mapping[str, ReadWriteSet] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What became of a transaction; the event is delivered for valid transactions only."""

    tx_id: str
    code: str
    block: int
    response: Response
    event: tuple[str, bytes] | None

    @property
    def valid(self) -> bool:
        """Whether the transaction was written."""
        return self.code == VALID


class MemoryLedger:
    """One channel with one chaincode, and one peer per organisation.

    Args:
        msp_ids: The channel's organisations; the chaincode's policy is their majority.
        collections: Named collections; those of TradeLane (`directory`, `remarks`) when not given.
        channel_id: Name of the channel.
        others: Further chaincodes of the channel, by name, each with a state of its own and the same policy. What they
            write in a call becomes part of the caller's transaction.
    """

    def __init__(
        self,
        msp_ids: Sequence[str] = ("HongKongMSP", "ShanghaiMSP"),
        collections: Sequence[Collection] | None = None,
        channel_id: str = "trade",
        others: Mapping[str, Chaincode] | None = None,
    ) -> None:
        self._others = dict(others or {})
        self.msp_ids = tuple(msp_ids)
        self.channel_id = channel_id
        self.policy = majority_of(msp_ids)
        if collections is None:
            collections = [Collection(name, self.msp_ids, self.policy) for name in ("directory", "remarks")]
        self.collections = {each.name: each for each in (*collections, *map(implicit_collection, msp_ids))}
        self.state = WorldState(self.msp_ids)
        self._other_states = {name: WorldState(self.msp_ids) for name in self._others}
        self._known: set[str] = set()
        self.height = 0
        self.events: list[Outcome] = []
        self._proposals = 0

    def propose(
        self,
        identity: ClientIdentity,
        function: str,
        args: Sequence[bytes] = (),
        transient: Mapping[str, bytes] | None = None,
        timestamp: datetime | None = None,
        *,
        is_init: bool = False,
    ) -> Proposal:
        """Make a proposal; without a timestamp the ledger's own clock moves on by a second."""
        self._proposals += 1
        return Proposal(
            tx_id=hashlib.sha256(b"transaction %d" % self._proposals).hexdigest(),
            channel_id=self.channel_id,
            args=(function.encode(), *args),
            transient=dict(sorted((transient or {}).items())),
            identity=identity,
            timestamp=timestamp or _START + timedelta(seconds=self._proposals),
            is_init=is_init,
        )

    def later(self, seconds: int) -> str:
        """Return the time that many proposals from now, as records write it."""
        moment = _START + timedelta(seconds=self._proposals + seconds)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"

    async def endorse_proposal(
        self, chaincode: Chaincode, proposal: Proposal, endorsing: Sequence[str] | None = None
    ) -> Transaction:
        """Simulate on the peer of every endorsing organisation (all when not given) and compare the results.

        Raises:
            NotEndorsed: The chaincode answered with status 400 or above.
            EndorsementMismatch: Two endorsers' results differ.
        """
        endorsers = self.msp_ids if endorsing is None else tuple(endorsing)
        results = [await self._simulate(chaincode, proposal, msp_id) for msp_id in endorsers]
        if len({result.public_bytes for result in results}) != 1:
            raise EndorsementMismatch(f"the endorsers {', '.join(endorsers)} do not agree")
        return replace(results[0], endorsing=frozenset(endorsers))

    async def endorse(
        self,
        chaincode: Chaincode,
        identity: ClientIdentity,
        function: str,
        *args: bytes,
        transient: Mapping[str, bytes] | None = None,
        endorsing: Sequence[str] | None = None,
        timestamp: datetime | None = None,
    ) -> Transaction:
        """Propose and endorse, without committing."""
        return await self.endorse_proposal(
            chaincode, self.propose(identity, function, args, transient, timestamp), endorsing
        )

    def commit(self, transactions: Sequence[Transaction]) -> list[Outcome]:
        """Validate transactions in one block, in this order, and write the valid ones."""
        codes = self._check_policies(transactions)
        outcomes = []
        for index, (transaction, refused) in enumerate(zip(transactions, codes, strict=True)):
            code = self._duplicate(transaction) or refused or self._conflict(transaction) or VALID
            if code == VALID:
                self._apply(transaction, (self.height, index))
            event = transaction.event if code == VALID else None
            outcomes.append(Outcome(transaction.tx_id, code, self.height, transaction.response, event))
        self.height += 1
        self.events += [outcome for outcome in outcomes if outcome.event]
        return outcomes

    async def submit(
        self,
        chaincode: Chaincode,
        identity: ClientIdentity,
        function: str,
        *args: bytes,
        transient: Mapping[str, bytes] | None = None,
        endorsing: Sequence[str] | None = None,
        timestamp: datetime | None = None,
    ) -> Outcome:
        """Propose, endorse and commit in a block of its own."""
        transaction = await self.endorse(
            chaincode, identity, function, *args, transient=transient, endorsing=endorsing, timestamp=timestamp
        )
        return self.commit([transaction])[0]

    async def evaluate(
        self,
        chaincode: Chaincode,
        identity: ClientIdentity,
        msp_id: str,
        function: str,
        *args: bytes,
        transient: Mapping[str, bytes] | None = None,
    ) -> Response:
        """Ask one organisation's peer; nothing is written, and a refusal is returned, not raised."""
        proposal = self.propose(identity, function, args, transient)
        return await chaincode.invoke(self._stub(proposal, msp_id))

    def _duplicate(self, transaction: Transaction) -> str | None:
        if transaction.tx_id in self._known:
            return DUPLICATE_TXID
        self._known.add(transaction.tx_id)
        return None

    def _conflict(self, transaction: Transaction) -> str | None:
        for state, simulated in self._simulated(transaction):
            if (code := state.conflict(simulated)) is not None:
                return code
        return None

    def _simulated(self, transaction: Transaction) -> list[tuple[WorldState, ReadWriteSet]]:
        """Return what a transaction simulated, its own and that of called chaincodes, each with its state."""
        called = [(self._other_states[name], each) for name, each in transaction.called.items()]
        return [(self.state, transaction.simulated), *called]

    def _stub(self, proposal: Proposal, msp_id: str) -> MemoryStub:
        return MemoryStub(proposal, self.state, self.collections, msp_id, self._call)

    async def _call(self, caller: MemoryStub, name: str, args: Sequence[bytes], channel_id: str) -> Response:
        """Run another chaincode of the channel for a stub, in the caller's name."""
        if name not in self._others or channel_id not in ("", self.channel_id):
            return await nobody(caller, name, args, channel_id)
        proposal = replace(caller.proposal, args=tuple(args))
        callee = MemoryStub(proposal, self._other_states[name], self.collections, caller.msp_id, self._call)
        callee.simulated = caller.called.setdefault(name, callee.simulated)
        callee.called = caller.called
        return await self._others[name].invoke(callee)

    async def _simulate(self, chaincode: Chaincode, proposal: Proposal, msp_id: str) -> Transaction:
        stub = self._stub(proposal, msp_id)
        response = await chaincode.invoke(stub)
        if response.status >= ENDORSED_BELOW:
            raise NotEndorsed(msp_id, response)
        return Transaction(
            proposal.tx_id,
            proposal.timestamp,
            response,
            stub.event,
            frozenset({msp_id}),
            stub.simulated,
            b"".join(each.public_bytes() for each in (stub.simulated, *stub.called.values()))
            + repr((response, stub.event, sorted(stub.called))).encode(),
            stub.called,
        )

    def _apply(self, transaction: Transaction, version: tuple[int, int]) -> None:
        members = {name: set(collection.members) for name, collection in self.collections.items()}
        for state, simulated in self._simulated(transaction):
            state.apply(simulated, transaction.tx_id, transaction.timestamp, version, members)

    def _check_policies(self, transactions: Sequence[Transaction]) -> list[str | None]:
        """Return a code for each transaction whose endorsers do not suffice.

        Fabric reads key-level policies as they were before the block, and refuses a transaction on a key whose policy
        an earlier, sufficiently endorsed transaction of the same block changes.
        """
        changed: set[Address] = set()
        codes: list[str | None] = []
        for transaction in transactions:
            simulated = transaction.simulated
            endorsed = not changed.intersection(simulated.touched()) and self._endorsed(transaction)
            codes.append(None if endorsed else ENDORSEMENT_POLICY_FAILURE)
            if endorsed:
                changed.update(simulated.policies)
        return codes

    def _endorsed(self, transaction: Transaction) -> bool:
        # A transaction that writes nothing still needs the chaincode's policy.
        for state, simulated in self._simulated(transaction):
            policies = [self._policy(state, address) for address in simulated.touched()] or [self.policy]
            if not all(satisfied(policy, transaction.endorsing) for policy in policies):
                return False
        return True

    def _policy(self, state: WorldState, address: Address) -> Policy:
        slot = state.slots.get(address)
        if slot and slot.policy:
            return slot.policy
        if address[0] != PUBLIC:
            return self.collections[address[0]].policy or self.policy
        return self.policy
