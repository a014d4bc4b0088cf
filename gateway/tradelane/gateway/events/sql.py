"""A consumer's place in its own database, moved in the same transaction as the effect of an event.

    checkpointer = SqlCheckpointer("warehouse")
    with engine.begin() as connection:
        checkpointer.load(connection)
    with gateway.chaincode_events(checkpoint=checkpointer, start_block=0) as events:
        for event in events:
            with engine.begin() as connection:
                connection.execute(...)                                      # the effect
                checkpointer.checkpoint_chaincode_event(connection, event)   # and its note: both or neither

Each note moves the place on from where this consumer left it. If it does not stand there, because another process
runs under the same name or because an effect was rolled back and its event passed over, the note is refused and with
it the transaction: nothing takes effect twice, and nothing is left out unseen.
"""

from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, Column, Connection, MetaData, String, Table, and_, insert, select, update
from sqlalchemy.exc import IntegrityError

from tradelane.gateway.errors import CheckpointError
from tradelane.gateway.events.checkpointers import Position
from tradelane.gateway.events.reading import ChaincodeEvent

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection  # loads greenlet, which only asyncio needs

METADATA: Final = MetaData()
CHECKPOINTS: Final = Table(
    "tradelane_checkpoints",
    METADATA,
    Column("consumer", String(255), primary_key=True),
    Column("block_number", BigInteger, nullable=False),
    Column("transaction_id", String(64), nullable=False),
)
"""One row for each consumer. `load` creates the table; a schema tool may do so instead."""


class SqlCheckpointer:
    """A consumer's place as a row of `CHECKPOINTS`; for one consumer, which handles one event at a time."""

    def __init__(self, consumer: str) -> None:
        """Name the consumer; processes that share its work in turns use the same name."""
        self.consumer = consumer
        self._before = self._now = Position()

    @property
    def block_number(self) -> int:
        """The block in which the next event is expected, as of the last `load` or note."""
        return self._now.block_number

    @property
    def transaction_id(self) -> str:
        """The last transaction of that block that is done; empty if none is."""
        return self._now.transaction_id

    def load(self, connection: Connection) -> None:
        """Read the place, to begin with or after an error; the first time it is the zero checkpoint.

        Table and row are created where they are missing, in the caller's transaction: commit it.
        """
        CHECKPOINTS.create(connection, checkfirst=True)
        found = self._stored(connection)
        if found is None:
            try:
                with connection.begin_nested():
                    row = insert(CHECKPOINTS).values(consumer=self.consumer, block_number=0, transaction_id="")
                    connection.execute(row)
            except IntegrityError:  # another process of this consumer has begun in the same moment
                found = self._stored(connection)
        self._before = self._now = found or Position()

    def checkpoint_block(self, connection: Connection, block_number: int) -> None:
        """Note in the caller's transaction that a whole block is done.

        Raises:
            CheckpointError: CHECKPOINT_MOVED, the place is not where this consumer left it; roll back, then `load`.
        """
        self._move(connection, Position.after_block(block_number))

    def checkpoint_transaction(self, connection: Connection, block_number: int, transaction_id: str) -> None:
        """Note in the caller's transaction that a block is done up to and including a transaction.

        Raises:
            CheckpointError: CHECKPOINT_MOVED, the place is not where this consumer left it; roll back, then `load`.
        """
        self._move(connection, Position(block_number, transaction_id))

    def checkpoint_chaincode_event(self, connection: Connection, event: ChaincodeEvent) -> None:
        """Note in the caller's transaction that an event is done.

        Raises:
            CheckpointError: CHECKPOINT_MOVED, the place is not where this consumer left it; roll back, then `load`.
        """
        self._move(connection, Position(event.block_number, event.transaction_id))

    def _move(self, connection: Connection, to: Position) -> None:
        # When the same event is handled again, its first transaction was rolled back: it begins where that one began.
        begin = self._before if to == self._now else self._now
        row = and_(
            CHECKPOINTS.c.consumer == self.consumer,
            CHECKPOINTS.c.block_number == begin.block_number,
            CHECKPOINTS.c.transaction_id == begin.transaction_id,
        )
        values = {"block_number": to.block_number, "transaction_id": to.transaction_id}
        # One statement that looks and writes: of two consumers only one finds the row as it left it.
        if connection.execute(update(CHECKPOINTS).where(row).values(values)).rowcount != 1:
            raise self._moved(begin, self._stored(connection))
        self._before, self._now = begin, to

    def _stored(self, connection: Connection) -> Position | None:
        columns = select(CHECKPOINTS.c.block_number, CHECKPOINTS.c.transaction_id)
        row = connection.execute(columns.where(CHECKPOINTS.c.consumer == self.consumer)).one_or_none()
        return None if row is None else Position(row.block_number, row.transaction_id)

    def _moved(self, expected: Position, found: Position | None) -> CheckpointError:
        where = f"block {found.block_number}" if found else "nowhere: it was never loaded, or removed"
        return CheckpointError(
            f"The place of consumer {self.consumer!r} is not where this process left it (block "
            f"{expected.block_number}) but at {where}. Another process works under that name, or an effect was rolled "
            "back and its event passed over. Roll back, load the checkpoint and follow the events anew.",
            code="CHECKPOINT_MOVED",
            details={"consumer": self.consumer, "expectedBlock": str(expected.block_number)},
        )


class AsyncSqlCheckpointer:
    """`SqlCheckpointer` for SQLAlchemy's AsyncConnection; same names, awaited."""

    def __init__(self, consumer: str) -> None:
        """Name the consumer; see `SqlCheckpointer`."""
        self._sync = SqlCheckpointer(consumer)

    @property
    def block_number(self) -> int:
        """The block in which the next event is expected, as of the last `load` or note."""
        return self._sync.block_number

    @property
    def transaction_id(self) -> str:
        """The last transaction of that block that is done; empty if none is."""
        return self._sync.transaction_id

    async def load(self, connection: "AsyncConnection") -> None:
        """Read the place; see `SqlCheckpointer.load`."""
        await connection.run_sync(self._sync.load)

    async def checkpoint_block(self, connection: "AsyncConnection", block_number: int) -> None:
        """Note in the caller's transaction that a whole block is done; see `SqlCheckpointer`."""
        await connection.run_sync(self._sync.checkpoint_block, block_number)

    async def checkpoint_transaction(
        self, connection: "AsyncConnection", block_number: int, transaction_id: str
    ) -> None:
        """Note in the caller's transaction that a transaction is done; see `SqlCheckpointer`."""
        await connection.run_sync(self._sync.checkpoint_transaction, block_number, transaction_id)

    async def checkpoint_chaincode_event(self, connection: "AsyncConnection", event: ChaincodeEvent) -> None:
        """Note in the caller's transaction that an event is done; see `SqlCheckpointer`."""
        await connection.run_sync(self._sync.checkpoint_chaincode_event, event)
