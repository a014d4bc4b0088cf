"""What a contract sees of the ledger: the stub's interface, with Fabric's semantics stated where they surprise.

Two implementations exist: `stub.ChaincodeStub`, which asks the peer, and the in-memory ledger of the tests.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from tradelane.chaincode.shim.identity import ClientIdentity
from tradelane.chaincode.shim.policy import Policy

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Response:
    """Answer of an invocation: below 400 is endorsed, 400 and above is returned without endorsement."""

    status: int
    message: str = ""
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class KeyValue:
    """One row of a range query."""

    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class KeyModification:
    """One version of a key; `value` is empty when `is_delete`."""

    tx_id: str
    value: bytes
    timestamp: datetime
    is_delete: bool


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a paginated query; an empty bookmark means the end."""

    rows: tuple[Row, ...]
    bookmark: str


class Stub(Protocol):
    """One transaction's view of the ledger.

    Reads see the state committed before the transaction, never the transaction's own writes. An absent key and an
    empty value cannot be told apart: both read as None.
    """

    @property
    def tx_id(self) -> str:
        """Transaction id, 64 hexadecimal characters."""

    @property
    def channel_id(self) -> str:
        """Name of the channel."""

    @property
    def args(self) -> Sequence[bytes]:
        """Arguments of the invocation, the first of which names the function."""

    @property
    def timestamp(self) -> datetime:
        """The client's time of the proposal, UTC; the peer has checked it against its own clock's window."""

    @property
    def transient(self) -> Mapping[str, bytes]:
        """What the client sent for this endorsement only; it is not part of the transaction."""

    @property
    def identity(self) -> ClientIdentity:
        """Who signed the proposal."""

    async def get_state(self, key: str) -> bytes | None:
        """Read a key."""

    async def get_multiple_states(self, keys: Sequence[str]) -> list[bytes | None]:
        """Read keys in one message where the peer offers it; values in the order of the keys."""

    async def put_state(self, key: str, value: bytes) -> None:
        """Write a key; an empty value deletes it."""

    async def del_state(self, key: str) -> None:
        """Delete a key."""

    def write_batch(self) -> AbstractAsyncContextManager[None]:
        """Collect the writes of the block and send them in one message at its end, where the peer offers it.

        A block left by an exception sends nothing. A batch the peer refuses ends the invocation.
        """

    async def set_state_validation_parameter(self, key: str, policy: Policy) -> None:
        """Set who must endorse the next change of a key; the chaincode's own policy does not apply to it then.

        It goes with the key: Fabric drops the policy of a key which does not exist, and that of a deleted one.
        """

    async def get_state_validation_parameter(self, key: str) -> Policy | None:
        """Return the key-level policy, None where the chaincode's policy applies."""

    def get_state_by_partial_composite_key(
        self, object_type: str, attributes: Sequence[str]
    ) -> AsyncGenerator[KeyValue, None]:
        """Iterate over the keys under a prefix; the result is checked again at commit (phantom protection).

        An iteration which is left early closes itself; `contextlib.aclosing` does so at a known point.
        """

    async def get_state_by_partial_composite_key_with_pagination(
        self, object_type: str, attributes: Sequence[str], page_size: int, bookmark: str
    ) -> Page[KeyValue]:
        """Return one page of the keys under a prefix; a transaction that did this may not write."""

    def get_history_for_key(self, key: str) -> AsyncGenerator[KeyModification, None]:
        """Iterate over a key's versions, newest first; not checked again at commit."""

    async def get_private_data(self, collection: str, key: str) -> bytes | None:
        """Read a private key; on a peer that should hold the value and does not, this fails rather than reads None."""

    async def get_private_data_hash(self, collection: str, key: str) -> bytes | None:
        """Return SHA-256 of a private value; works on every peer of the channel."""

    async def put_private_data(self, collection: str, key: str, value: bytes) -> None:
        """Write a private key; the ledger holds unsalted SHA-256 of key and value. An empty value deletes it."""

    async def del_private_data(self, collection: str, key: str) -> None:
        """Delete a private key; its history stays on the peers."""

    async def purge_private_data(self, collection: str, key: str) -> None:
        """Delete a private key and its history."""

    def set_event(self, name: str, payload: bytes) -> None:
        """Set the transaction's one event, public to the channel; the last call counts."""


class Chaincode(Protocol):
    """What the shim runs."""

    async def invoke(self, stub: Stub) -> Response:
        """Handle one transaction."""
