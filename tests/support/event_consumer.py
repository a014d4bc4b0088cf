"""A consumer of events that notes in its own database what it was told; tests kill it at any moment.

`python -m tests.support.event_consumer PROFILE DATABASE CHAINCODE FIRST_BLOCK LAST` ends with an event named LAST.
"""

import sys

from sqlalchemy import Engine, create_engine, event, text

from tradelane.gateway import connect
from tradelane.gateway.events import SqlCheckpointer

CONSUMER = "warehouse"


def warehouse(path: str) -> Engine:
    """Open the database; what takes effect twice stands in it twice."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})
    # SQLite's driver begins a transaction late by itself; SQLAlchemy's manual has this instead.
    event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS effects (transaction_id TEXT)"))
    return engine


def effects(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT transaction_id FROM effects ORDER BY rowid")).scalars())


def main(profile: str, database: str, chaincode: str, first_block: str, last: str) -> None:
    engine, checkpointer = warehouse(database), SqlCheckpointer(CONSUMER)
    with engine.begin() as connection:
        checkpointer.load(connection)
    with (
        connect(profile, "admin") as gateway,
        gateway.chaincode_events(int(first_block), checkpoint=checkpointer, chaincode=chaincode) as events,
    ):
        print("following", flush=True)
        for each in events:
            with engine.begin() as connection:
                insert = text("INSERT INTO effects VALUES (:transaction_id)")
                connection.execute(insert, {"transaction_id": each.transaction_id})
                checkpointer.checkpoint_chaincode_event(connection, each)
            if each.name == last:
                return


if __name__ == "__main__":
    main(*sys.argv[1:])
