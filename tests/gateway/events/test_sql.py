"""A place that moves with the consumer's own transaction: both or neither, whoever else works."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine

from tradelane.gateway.errors import CheckpointError
from tradelane.gateway.events.reading import ChaincodeEvent
from tradelane.gateway.events.sql import AsyncSqlCheckpointer, SqlCheckpointer

E1, E2, E3 = (ChaincodeEvent(block, str(block) * 64, "tradelane", "name", b"") for block in (1, 2, 3))


@pytest.fixture(params=["as it comes", "with transactions from the first statement on"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    found = create_engine(f"sqlite:///{tmp_path / 'warehouse.db'}")
    if (
        request.param != "as it comes"
    ):  # SQLite's driver begins a transaction late; SQLAlchemy's manual has this instead
        event.listen(found, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
        event.listen(found, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    with found.begin() as connection:
        connection.execute(text("CREATE TABLE effects (block INTEGER)"))
    yield found
    found.dispose()


def loaded(engine: Engine, consumer: str = "warehouse") -> SqlCheckpointer:
    found = SqlCheckpointer(consumer)
    with engine.begin() as connection:
        found.load(connection)
    return found


def take(connection: Connection, checkpointer: SqlCheckpointer, one: ChaincodeEvent) -> None:
    connection.execute(text("INSERT INTO effects VALUES (:block)"), {"block": one.block_number})
    checkpointer.checkpoint_chaincode_event(connection, one)


def effects(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT block FROM effects ORDER BY rowid")).scalars())


def place(of: SqlCheckpointer | AsyncSqlCheckpointer) -> tuple[int, str]:
    return of.block_number, of.transaction_id


def test_it_begins_with_the_zero_checkpoint_and_brings_the_place_back(engine: Engine) -> None:
    first = loaded(engine)
    assert place(first) == (0, "")
    with engine.begin() as connection:
        first.checkpoint_chaincode_event(connection, E1)
    assert place(first) == place(loaded(engine)) == (1, E1.transaction_id)
    with engine.begin() as connection:
        first.checkpoint_block(connection, 4)
    assert place(first) == place(loaded(engine)) == (5, "")
    with engine.begin() as connection:
        first.checkpoint_transaction(connection, 5, "t")
    assert place(loaded(engine)) == (5, "t")


def test_consumers_have_places_of_their_own(engine: Engine) -> None:
    with engine.begin() as connection:
        loaded(engine, "one").checkpoint_block(connection, 7)
    assert place(loaded(engine, "two")) == (0, "")


def test_effect_and_place_are_undone_together_and_the_event_may_be_taken_again(engine: Engine) -> None:
    checkpointer = loaded(engine)
    with engine.begin() as connection:
        take(connection, checkpointer, E1)
    with engine.connect() as connection:
        take(connection, checkpointer, E2)
        connection.rollback()
    assert place(loaded(engine)) == (1, E1.transaction_id)
    for one in (E2, E3):
        with engine.begin() as connection:
            take(connection, checkpointer, one)
    assert effects(engine) == [1, 2, 3]


def test_passing_over_an_event_whose_effect_was_undone_is_refused(engine: Engine) -> None:
    checkpointer = loaded(engine)
    with engine.connect() as connection:
        take(connection, checkpointer, E1)
        connection.rollback()
    with engine.connect() as connection, pytest.raises(CheckpointError, match="its event passed over"):
        take(connection, checkpointer, E2)
    assert effects(engine) == []
    with engine.begin() as connection:
        checkpointer.load(connection)
    assert place(checkpointer) == (0, "")


def test_of_two_processes_under_one_name_one_is_refused_with_its_effect(engine: Engine) -> None:
    one, two = loaded(engine), loaded(engine)
    with engine.begin() as connection:
        take(connection, one, E1)
    with pytest.raises(CheckpointError) as raised, engine.begin() as connection:
        take(connection, two, E1)
    assert (raised.value.code, raised.value.exit_status) == ("CHECKPOINT_MOVED", 2)
    assert effects(engine) == [1]


def test_the_same_event_twice_is_refused(engine: Engine) -> None:
    checkpointer = loaded(engine)
    with engine.begin() as connection:
        take(connection, checkpointer, E1)
    with pytest.raises(CheckpointError), engine.begin() as connection:
        take(connection, checkpointer, E1)
    assert effects(engine) == [1]


def test_what_was_never_loaded_is_refused(engine: Engine) -> None:
    loaded(engine, "another")
    with pytest.raises(CheckpointError, match="never loaded"), engine.begin() as connection:
        SqlCheckpointer("warehouse").checkpoint_block(connection, 1)


def test_two_that_begin_at_once_share_one_row(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(engine)
    late = SqlCheckpointer("warehouse")
    answers = iter([None])
    looked = SqlCheckpointer._stored
    monkeypatch.setattr(SqlCheckpointer, "_stored", lambda self, found: next(answers, looked(self, found)))
    with engine.begin() as connection:
        late.load(connection)  # as if the other's row came between the look and the insert
        late.checkpoint_block(connection, 1)
    monkeypatch.undo()
    assert place(loaded(engine)) == (2, "")


async def test_the_same_with_an_async_connection(tmp_path: Path) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'warehouse.db'}")
    try:
        checkpointer = AsyncSqlCheckpointer("warehouse")
        async with engine.begin() as connection:
            await checkpointer.load(connection)
            await checkpointer.checkpoint_block(connection, 0)
            await checkpointer.checkpoint_transaction(connection, 1, "t")
            await checkpointer.checkpoint_chaincode_event(connection, E2)
        again = AsyncSqlCheckpointer("warehouse")
        async with engine.begin() as connection:
            await again.load(connection)
            assert place(again) == place(checkpointer) == (2, E2.transaction_id)
            await again.checkpoint_block(connection, 2)
        with pytest.raises(CheckpointError):
            async with engine.begin() as connection:
                await checkpointer.checkpoint_block(connection, 2)
    finally:
        await engine.dispose()
