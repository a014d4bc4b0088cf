"""What a contract sees of the ledger: the stub's interface, with Fabric's semantics stated where they surprise.

Two implementations exist: `stub.ChaincodeStub`, which asks the peer, and the in-memory ledger of the tests.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class SignedProposal:
    """What the client sent to the peer: an encoded proposal and the client's signature of it."""

    proposal: bytes = field(repr=False)
    """It holds the transient data."""
    signature: bytes = field(repr=False)


class Stub(Protocol):
    """One transaction's view of the ledger.

    Reads see the state committed before the transaction, never the transaction's own writes. An absent key and an
    empty value cannot be told apart: both read as None. What was read by key or by range is compared again when the
    transaction is written, so that of two transactions which saw the same and both write, one is refused; where Fabric
    does not do so, the method says it.

    Requests may be gathered; the peer takes one at a time of a transaction, so they queue in the order they were asked.

    Every method that asks the peer raises RequestRefused where the peer answers with an error, Disconnected when the
    peer goes away, TransactionEnded after the transaction was answered, and TooLarge for a request beyond 100 MiB, the
    last two without having sent anything. InvalidName is raised for an empty key or collection, and for text with half
    of a surrogate pair, which has no UTF-8 form.
    """

    # What the invocation says: no message to the peer

    @property
    def tx_id(self) -> str:
        """Transaction id, 64 hexadecimal characters."""

    @property
    def channel_id(self) -> str:
        """Name of the channel."""

    @property
    def args(self) -> Sequence[bytes]:
        """Arguments of the invocation, the first of which names the function; any bytes, as the client sent them."""

    @property
    def function(self) -> str:
        """The first argument as text; empty when there is none.

        Raises:
            InvalidArgument: It is not UTF-8.
        """

    @property
    def parameters(self) -> Sequence[str]:
        """The arguments after the first as text.

        Raises:
            InvalidArgument: One of them is not UTF-8.
        """

    @property
    def is_init(self) -> bool:
        """Whether the client asked for the initialisation, which a definition with init-required demands once."""

    @property
    def decorations(self) -> Mapping[str, bytes]:
        """What the peer's own decorators added to the input, in the order of the names; not signed by the client."""

    @property
    def timestamp(self) -> datetime:
        """The client's time of the proposal, UTC; the peer has checked it against its own clock's window.

        Raises:
            NoProposal: As for all that the proposal says: `transient`, `identity`, `creator`, `binding`,
                `signed_proposal`.
        """

    @property
    def transient(self) -> Mapping[str, bytes]:
        """What the client sent for this endorsement only, in the order of the names; no part of the transaction."""

    @property
    def identity(self) -> ClientIdentity:
        """Who signed the proposal, as the peer has verified it."""

    @property
    def creator(self) -> bytes:
        """Who signed the proposal, encoded as Fabric's SerializedIdentity."""

    @property
    def binding(self) -> bytes:
        """SHA-256 over nonce, creator and epoch, for an application which ties messages of its own to this proposal."""

    @property
    def signed_proposal(self) -> SignedProposal:
        """The proposal as the client signed it. It holds the transient data: write it nowhere, return it to nobody."""

    # Public state

    async def get_state(self, key: str) -> bytes | None:
        """Read a key."""

    async def get_multiple_states(self, keys: Sequence[str]) -> list[bytes | None]:
        """Read keys in one message where the peer offers it; values in the order of the keys."""

    async def put_state(self, key: str, value: bytes) -> None:
        """Write a key; an empty value deletes it. InvalidValue for what is not bytes, as in every write.

        A CouchDB peer refuses more than LevelDB does: keys that begin with "_", and JSON whose fields do.
        """

    async def del_state(self, key: str) -> None:
        """Delete a key; a key which does not exist may be deleted too."""

    def write_batch(self) -> AbstractAsyncContextManager[None]:
        """Collect the writes of the block and send them in one message at its end, where the peer offers it.

        The last write of a key counts. A block left by an exception sends nothing. A batch the peer refuses ends the
        invocation, even where the chaincode catches BatchRefused: missing rights are reported then and not at the
        write, and the peer has applied the writes before the refused one. A batch within a batch is part of it.
        """

    def get_state_by_range(self, start: str, end: str) -> AsyncGenerator[KeyValue, None]:
        """Iterate over the simple keys from start (inclusive) to end (exclusive), in the order of their UTF-8 bytes.

        An empty start begins with the first simple key, an empty end goes on to the last; composite keys are left out.
        What was read of the range is checked again at commit, new keys in it included (phantom protection).

        The peer ends the iteration without a word after its `totalQueryLimit`, 100,000 rows unless its operator says
        otherwise; `paging.every_row` goes on. An iteration which is left early closes itself when it is dropped, and
        at a known point with `contextlib.aclosing`.
        """

    async def get_state_by_range_with_pagination(
        self, start: str, end: str, page_size: int, bookmark: str
    ) -> Page[KeyValue]:
        """Return one page of the simple keys of a range, from the bookmark on, or from start where it is empty.

        A transaction that asked for a page may not write, and one that has written may not ask: RequestRefused.

        Raises:
            LocalError: The page size is not between 1 and 2**31 - 1.
        """

    def get_state_by_partial_composite_key(
        self, object_type: str, attributes: Sequence[str]
    ) -> AsyncGenerator[KeyValue, None]:
        """Iterate over the composite keys which begin with these parts, that of exactly these parts included.

        Phantom protection, the silent end and closing are those of `get_state_by_range`.
        """

    async def get_state_by_partial_composite_key_with_pagination(
        self, object_type: str, attributes: Sequence[str], page_size: int, bookmark: str
    ) -> Page[KeyValue]:
        """Return one page of the keys under a prefix; as `get_state_by_range_with_pagination`."""

    async def get_all_states_composite_key_with_pagination(self, page_size: int, bookmark: str) -> Page[KeyValue]:
        """Return one page of all composite keys; as `get_state_by_range_with_pagination`."""

    def get_query_result(self, query: str) -> AsyncGenerator[KeyValue, None]:
        """Iterate over what a query in the state database's language finds, e.g. CouchDB's JSON selectors.

        Not checked again at commit, neither for changed nor for new keys: do not write on the strength of it. Values
        found may differ between peers, and the order does unless the query sets one. A peer on LevelDB refuses it
        (RequestRefused). The silent end and closing are those of `get_state_by_range`.
        """

    async def get_query_result_with_pagination(self, query: str, page_size: int, bookmark: str) -> Page[KeyValue]:
        """Return one page of a rich query; as `get_state_by_range_with_pagination`.

        CouchDB gives a bookmark with the last page too: the end is a page with fewer rows than were asked for.
        """

    def get_history_for_key(self, key: str) -> AsyncGenerator[KeyModification, None]:
        """Iterate over a key's versions, newest first; not checked again at commit.

        A peer may run without a history database (RequestRefused), and one that joined by a snapshot knows no version
        from before it: the answer may differ between peers.
        """

    async def set_state_validation_parameter(self, key: str, policy: Policy) -> None:
        """Set who must endorse the next change of a key; the chaincode's own policy does not apply to it then.

        It goes with the key: Fabric drops the policy of a key which does not exist, and that of a deleted one.
        """

    async def get_state_validation_parameter(self, key: str) -> Policy | None:
        """Return the key-level policy, None where the chaincode's policy applies.

        One that Go's chaincode or another tool wrote may be `policy.Opaque`.

        Raises:
            UnreadablePolicy: What is written there is no policy.
        """

    # Private data: values on the members' peers, hashes of keys and values on all

    async def get_private_data(self, collection: str, key: str) -> bytes | None:
        """Read a private key; on a peer that should hold the value and does not, this fails rather than reads None."""

    async def get_multiple_private_data(self, collection: str, keys: Sequence[str]) -> list[bytes | None]:
        """Read private keys, each in a message of its own; values in the order of the keys.

        Fabric 3.1 offers one message for all, but answers it without comparing what the peer holds with the hash on
        the ledger: a value the peer has not received reads as absent, one it has not yet replaced as if it were
        current. So the shim does not use it. Gather calls for several collections as you like.
        """

    async def get_private_data_hash(self, collection: str, key: str) -> bytes | None:
        """Return SHA-256 of a private value; works on every peer of the channel, and for callers outside too."""

    async def put_private_data(self, collection: str, key: str, value: bytes) -> None:
        """Write a private key; the ledger holds unsalted SHA-256 of key and value. An empty value deletes it."""

    async def del_private_data(self, collection: str, key: str) -> None:
        """Delete a private key; its history stays on the peers."""

    async def purge_private_data(self, collection: str, key: str) -> None:
        """Delete a private key and its history.

        The value is gone from the state at commit, its history at the peer's next purge (`purgeInterval`, 100 blocks).
        Needs the channel's application capability V2_5.
        """

    def get_private_data_by_range(self, collection: str, start: str, end: str) -> AsyncGenerator[KeyValue, None]:
        """Iterate over a range of simple private keys; bounds as in `get_state_by_range`.

        It tells what this peer holds: on a peer outside the collection that is nothing, and a value that has not yet
        arrived is passed over. It is not checked again at commit, and a transaction that did it may not write, nor do
        it once it has written (RequestRefused). Fabric has no pages here: past the peer's silent end ask again, from
        the last key + U+0000 on.
        """

    def get_private_data_by_partial_composite_key(
        self, collection: str, object_type: str, attributes: Sequence[str]
    ) -> AsyncGenerator[KeyValue, None]:
        """Iterate over the private composite keys under a prefix; as `get_private_data_by_range`."""

    def get_private_data_query_result(self, collection: str, query: str) -> AsyncGenerator[KeyValue, None]:
        """Iterate over what a rich query finds in a collection; as `get_query_result`, and no writes beside it."""

    async def set_private_data_validation_parameter(self, collection: str, key: str, policy: Policy) -> None:
        """Set who must endorse the next change of a private key; as `set_state_validation_parameter`.

        It takes the place of the collection's policy.
        """

    async def get_private_data_validation_parameter(self, collection: str, key: str) -> Policy | None:
        """Return a private key's own policy, None where the collection's or the chaincode's applies."""

    # Beyond the state

    async def invoke_chaincode(self, name: str, args: Sequence[bytes], channel_id: str = "") -> Response:
        """Run another chaincode of this peer and return its response, whatever its status.

        On the same channel it becomes part of this transaction: its reads and writes, and its own policy must be
        satisfied too. On another channel it only reads: its writes are DISCARDED, which the shim logs as a warning,
        and its reads are not checked at commit. Its event is lost in both cases, and writes of this transaction that
        are still in an open batch are not seen by it, nor any others.

        What the peer itself refuses comes back as status 500: a chaincode or channel it does not know, a caller
        without rights there, the chaincode that calls itself on its own channel.

        Args:
            name: Name of the chaincode's definition.
            args: Its arguments, the first of which names the function.
            channel_id: The channel; the transaction's own when empty.
        """

    def set_event(self, name: str, payload: bytes) -> None:
        """Set the transaction's one event, public to the channel; the last call counts.

        It is delivered once the transaction is written and valid.

        Raises:
            InvalidName: The name is empty.
        """


class Chaincode(Protocol):
    """What the shim runs."""

    async def invoke(self, stub: Stub) -> Response:
        """Handle one transaction."""
