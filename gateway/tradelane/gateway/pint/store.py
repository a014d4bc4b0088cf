"""What a platform keeps of transfers, in a SQL database of the organisation's own (extra `sql` or `pint`).

One row for each title (by the checksum of its document) with the chain known here, compared and swapped by its
version: of two processes that change a title's chain at the same time, one finds the row as it had read it.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    URL,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from tradelane.gateway.dcsa.messages import DocumentMetadata, read
from tradelane.gateway.errors import Overtaken
from tradelane.gateway.pint.messages import ResponseCode
from tradelane.gateway.pint.receiving import Accepted

GONE: Final = "GONE"
"""The outcome of a transfer that has arrived, though no signed answer says so."""

METADATA: Final = MetaData()
_CHECKSUM: Final = 64

TITLES: Final = Table(
    "pint_titles",
    METADATA,
    Column("document_checksum", String(_CHECKSUM), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("chain", Text, nullable=False),
    Column("here", Boolean, nullable=False),
    Column("title_id", String(32)),
    Column("holder", String(64)),
    Column("document", Text, nullable=False),
    Column("visualisation", Text),
)
REFERENCES: Final = Table(
    "pint_references",
    METADATA,
    Column("reference", String(20), primary_key=True),
    Column("document_checksum", String(_CHECKSUM), primary_key=True),
)
"""Titles by the references of their documents."""
ACCEPTED: Final = Table(
    "pint_accepted",
    METADATA,
    Column("payload_checksum", String(_CHECKSUM), primary_key=True),
    Column("document_checksum", String(_CHECKSUM), nullable=False),
    Column("last_entry", Text, nullable=False),
    Column("received", Text, nullable=False),
)
ENVELOPES: Final = Table(
    "pint_envelopes",
    METADATA,
    Column("document_checksum", String(_CHECKSUM), primary_key=True),
    Column("reference", String(64), nullable=False, unique=True),
    Column("content", LargeBinary, nullable=False),
)
DOCUMENTS: Final = Table(
    "pint_documents",
    METADATA,
    Column("document_checksum", String(_CHECKSUM), primary_key=True),
    Column("checksum", String(_CHECKSUM), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
RECEIVED: Final = Table(
    "pint_received",
    METADATA,
    Column("document_checksum", String(_CHECKSUM), primary_key=True),
    Column("checksum", String(_CHECKSUM), primary_key=True),
    Column("metadata", Text, nullable=False),
)
"""How the manifests with which a title came in name what came along."""
SENDINGS: Final = Table(
    "pint_sendings",
    METADATA,
    Column("document_checksum", String(_CHECKSUM), primary_key=True),
    Column("recipient_platform", String(4), nullable=False),
    Column("envelope", Text, nullable=False),
    Column("outcome", String(4)),
    Column("answer", Text),
)
"""The transfer under way or last made of each title; an answer makes it final, whatever comes after starts anew."""
EXPORTS: Final = Table(
    "pint_exports",
    METADATA,
    Column("document_checksum", String(_CHECKSUM), primary_key=True),
    Column("sequence", Integer, nullable=False),
)
"""The version of a title of this channel for which the ledger is asked to let it out: at a later one it cannot."""
DISPUTES: Final = Table(
    "pint_disputes",
    METADATA,
    Column("document_checksum", String(_CHECKSUM), primary_key=True),
    Column("sender", String(4), primary_key=True),
    Column("reference", String(64), nullable=False),
    Column("last_entry", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""What came in and was answered DISE: the newest of each title and sender, for people to settle."""


@dataclass(frozen=True)
class Held:
    """A title as this platform knows it.

    Attributes:
        document_checksum: Of its transport document.
        chain: The entries known here, as signed.
        here: Whether control is on this platform.
        document: The transport document.
        title_id: On this channel's ledger; None where the title was born on another platform.
        holder: The party on this platform that it was transferred to.
        visualisation: The manifest's description of the carrier's rendering, where it was sent.
        version: Of this row; 0 for a title that is not known yet.
    """

    document_checksum: str
    chain: tuple[str, ...]
    here: bool
    document: dict[str, Any]
    title_id: str | None = None
    holder: str | None = None
    visualisation: dict[str, Any] | None = None
    version: int = 0


@dataclass(frozen=True)
class Dispute:
    """A transfer that this platform has answered with DISE.

    Attributes:
        document_checksum: Names the title.
        sender: The platform that sent it.
        reference: The transport document's.
        last_entry: The last entry of its chain, as signed: what the sender cannot deny.
        reason: Why it is disputed.
    """

    document_checksum: str
    sender: str
    reference: str
    last_entry: str
    reason: str


@dataclass(frozen=True)
class Sending:
    """A transfer this platform has begun.

    Attributes:
        recipient_platform: To whom.
        envelope: As it was sent first; it is never built anew, so every retry is recognised.
        outcome: The signed answer's code, None while there is none or it is being carried out.
        answer: The signed answer.
        sequence: Of a title of this channel, its version as the ledger was asked to let it out.
    """

    recipient_platform: str
    envelope: dict[str, Any]
    outcome: str | None = None
    answer: str | None = None
    sequence: int | None = None

    @property
    def chain(self) -> tuple[str, ...]:
        """The entries that are sent."""
        return tuple(self.envelope["envelopeTransferChain"])


class Store:
    """A platform's database."""

    def __init__(self, engine: Engine) -> None:
        """Create the tables where they are missing; a schema tool may do so instead."""
        self._engine = engine
        METADATA.create_all(engine)
        self._name_titles()

    @classmethod
    def open(cls, location: str, home: Path) -> "Store":
        """Open a database: a SQLAlchemy URL, or a file's name in the platform's directory."""
        if "://" in location:
            return cls(create_engine(location))
        path = home / location
        path.touch(mode=0o600)
        return cls(create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": 30}))

    def _name_titles(self) -> None:
        """Make titles known by reference that an earlier release, which had no table for that, has left."""
        same = TITLES.c.document_checksum == REFERENCES.c.document_checksum
        query = select(TITLES).select_from(TITLES.outerjoin(REFERENCES, same)).where(REFERENCES.c.reference.is_(None))
        with suppress(IntegrityError), self._engine.begin() as connection:  # another process has just done so
            for row in connection.execute(query).all():
                _name(connection, _held(row._mapping))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def title(self, document_checksum: str) -> Held | None:
        """Return what is known of a title."""
        with self._engine.connect() as connection:
            row = connection.execute(select(TITLES).where(TITLES.c.document_checksum == document_checksum)).first()
        return None if row is None else _held(row._mapping)

    def title_by_id(self, title_id: str) -> Held | None:
        """Return what is known of a title of this channel."""
        with self._engine.connect() as connection:
            row = connection.execute(select(TITLES).where(TITLES.c.title_id == title_id)).first()
        return None if row is None else _held(row._mapping)

    def titles_of(self, reference: str) -> tuple[Held, ...]:
        """Return the titles whose documents have a reference, by the checksum of the documents."""
        same = TITLES.c.document_checksum == REFERENCES.c.document_checksum
        query = select(TITLES).join(REFERENCES, same).where(REFERENCES.c.reference == reference)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(TITLES.c.document_checksum)).all()
        return tuple(_held(row._mapping) for row in rows)

    def titles(self) -> tuple[Held, ...]:
        """Return all titles known, by the checksum of their documents."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(TITLES).order_by(TITLES.c.document_checksum)).all()
        return tuple(_held(row._mapping) for row in rows)

    def accepted(self, payload_checksum: str) -> Accepted | None:
        """Return an earlier acceptance of an entry, whoever signed it and however often."""
        with self._engine.connect() as connection:
            found = connection.execute(select(ACCEPTED).where(ACCEPTED.c.payload_checksum == payload_checksum)).first()
        return None if found is None else Accepted(found.last_entry, tuple(json.loads(found.received)))

    def accept(
        self,
        before: Held | None,
        after: Held,
        payload_checksum: str,
        accepted: Accepted,
        along: Sequence[DocumentMetadata] = (),
    ) -> None:
        """Record that a title has come in with what came along, and the acceptance given for it, all or nothing.

        Its chain goes on from the entry that it was last sent with. So that transfer has arrived, even if its answer
        was lost or disputed it.

        Raises:
            Overtaken: The title is not as it was when this was decided.
        """
        row = {
            "payload_checksum": payload_checksum,
            "document_checksum": after.document_checksum,
            "last_entry": accepted.last_entry,
            "received": json.dumps(accepted.received),
        }
        try:
            with self._engine.begin() as connection:
                _swap(connection, before, after)
                connection.execute(insert(ACCEPTED).values(row))
                _note_received(connection, after.document_checksum, along)
                unsettled = SENDINGS.c.outcome.is_(None) | (SENDINGS.c.outcome == ResponseCode.DISE.value)
                same = SENDINGS.c.document_checksum == after.document_checksum
                connection.execute(update(SENDINGS).where(same & unsettled).values(outcome=GONE))
                connection.execute(delete(ENVELOPES).where(ENVELOPES.c.document_checksum == after.document_checksum))
        except IntegrityError:
            raise _overtaken() from None

    def begin(self, document_checksum: str, reference: str, content: bytes) -> None:
        """Keep an envelope whose documents are still to come, in place of an earlier one of the same title."""
        with self._engine.begin() as connection:
            connection.execute(delete(ENVELOPES).where(ENVELOPES.c.document_checksum == document_checksum))
            row = {"document_checksum": document_checksum, "reference": reference, "content": content}
            connection.execute(insert(ENVELOPES).values(row))

    def end(self, reference: str) -> None:
        """Forget an envelope whose transfer was rejected."""
        with self._engine.begin() as connection:
            connection.execute(delete(ENVELOPES).where(ENVELOPES.c.reference == reference))

    def envelope(self, reference: str) -> bytes | None:
        """Return an envelope under way."""
        with self._engine.connect() as connection:
            return connection.execute(select(ENVELOPES.c.content).where(ENVELOPES.c.reference == reference)).scalar()

    def documents(self, document_checksum: str) -> frozenset[str]:
        """Return the checksums of a title's documents that are here."""
        query = select(DOCUMENTS.c.checksum).where(DOCUMENTS.c.document_checksum == document_checksum)
        with self._engine.connect() as connection:
            return frozenset(connection.execute(query).scalars())

    def document(self, document_checksum: str, checksum: str) -> bytes | None:
        """Return one of a title's documents."""
        query = select(DOCUMENTS.c.content).where(
            DOCUMENTS.c.document_checksum == document_checksum, DOCUMENTS.c.checksum == checksum
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def add_document(self, document_checksum: str, checksum: str, content: bytes) -> None:
        """Keep a document of a title; that it is here already is no fault."""
        row = {"document_checksum": document_checksum, "checksum": checksum, "content": content}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(DOCUMENTS).values(row))
        except IntegrityError:
            return

    def received(self, document_checksum: str) -> tuple[DocumentMetadata, ...]:
        """Return what has come along with a title, as manifests named it, by checksum."""
        query = select(RECEIVED.c.metadata).where(RECEIVED.c.document_checksum == document_checksum)
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(RECEIVED.c.checksum)).scalars().all()
        return tuple(read(DocumentMetadata, json.loads(each)) for each in found)

    def dispute(self, dispute: Dispute) -> None:
        """Keep what was disputed, in place of an earlier dispute with the same platform over the same title."""
        same = (DISPUTES.c.document_checksum == dispute.document_checksum) & (DISPUTES.c.sender == dispute.sender)
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(DISPUTES).where(same))
                connection.execute(insert(DISPUTES).values(asdict(dispute)))
        except IntegrityError:
            return  # another process has just kept it

    def disputes(self) -> tuple[Dispute, ...]:
        """Return what was disputed, by document and sender."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(DISPUTES).order_by(DISPUTES.c.document_checksum, DISPUTES.c.sender)).all()
        return tuple(Dispute(**row._mapping) for row in rows)

    def sending(self, document_checksum: str) -> Sending | None:
        """Return the last transfer of a title that this platform began."""
        same = SENDINGS.c.document_checksum == EXPORTS.c.document_checksum
        query = select(SENDINGS, EXPORTS.c.sequence).select_from(SENDINGS.outerjoin(EXPORTS, same))
        with self._engine.connect() as connection:
            found = connection.execute(query.where(SENDINGS.c.document_checksum == document_checksum)).first()
        if found is None:
            return None
        envelope = json.loads(found.envelope)
        return Sending(found.recipient_platform, envelope, found.outcome, found.answer, found.sequence)

    def send(self, before: Held | None, after: Held, sending: Sending) -> None:
        """Record that a title is about to leave, before anything is sent.

        Raises:
            Overtaken: The title is not as it was when this was decided.
        """
        row = {
            "document_checksum": after.document_checksum,
            "recipient_platform": sending.recipient_platform,
            "envelope": json.dumps(sending.envelope),
        }
        try:
            with self._engine.begin() as connection:
                _swap(connection, before, after)
                connection.execute(delete(SENDINGS).where(SENDINGS.c.document_checksum == after.document_checksum))
                connection.execute(insert(SENDINGS).values(row))
                connection.execute(delete(EXPORTS).where(EXPORTS.c.document_checksum == after.document_checksum))
                if sending.sequence is not None:
                    version = {"document_checksum": after.document_checksum, "sequence": sending.sequence}
                    connection.execute(insert(EXPORTS).values(version))
        except IntegrityError:
            raise _overtaken() from None

    def rejected(self, document_checksum: str, answer: str) -> None:
        """Keep the signed rejection of a transfer under way, before the ledger is asked to give the title back."""
        same = (SENDINGS.c.document_checksum == document_checksum) & SENDINGS.c.outcome.is_(None)
        with self._engine.begin() as connection:
            connection.execute(update(SENDINGS).where(same).values(answer=answer))

    def answered(self, before: Held, after: Held, outcome: str | None, answer: str | None) -> None:
        """Record the signed answer to a transfer, and where the title is after it; no outcome: it is under way again.

        Raises:
            Overtaken: The title is not as it was when this was decided.
        """
        with self._engine.begin() as connection:
            _swap(connection, before, after)
            connection.execute(
                update(SENDINGS)
                .where(SENDINGS.c.document_checksum == after.document_checksum)
                .values(outcome=outcome, answer=answer)
            )


def _swap(connection: Connection, before: Held | None, after: Held) -> None:
    row = {
        "version": after.version if before is None else before.version + 1,
        "chain": json.dumps(after.chain),
        "here": after.here,
        "title_id": after.title_id,
        "holder": after.holder,
        "document": json.dumps(after.document),
        "visualisation": None if after.visualisation is None else json.dumps(after.visualisation),
    }
    if before is None:
        connection.execute(insert(TITLES).values(document_checksum=after.document_checksum, **row))
        _name(connection, after)
        return
    unchanged = (TITLES.c.document_checksum == after.document_checksum) & (TITLES.c.version == before.version)
    if connection.execute(update(TITLES).where(unchanged).values(row)).rowcount != 1:
        raise _overtaken()
    _name(connection, after)


def _name(connection: Connection, held: Held) -> None:
    """Make a title known by its document's reference, if a process of an earlier release has not."""
    named = REFERENCES.c.document_checksum == held.document_checksum
    if connection.execute(select(REFERENCES.c.reference).where(named)).first() is None:
        row = {"reference": held.document["transportDocumentReference"], "document_checksum": held.document_checksum}
        connection.execute(insert(REFERENCES).values(row))


def _note_received(connection: Connection, document_checksum: str, along: Sequence[DocumentMetadata]) -> None:
    for each in along:
        row = {"document_checksum": document_checksum, "checksum": each.document_checksum}
        named = (RECEIVED.c.document_checksum == document_checksum) & (RECEIVED.c.checksum == each.document_checksum)
        connection.execute(delete(RECEIVED).where(named))
        connection.execute(insert(RECEIVED).values(**row, metadata=json.dumps(each.value())))


def _overtaken() -> Overtaken:
    return Overtaken("Another process has changed this title's chain meanwhile; try again.", code="OVERTAKEN")


def _held(row: Any) -> Held:  # noqa: ANN401 -- a row of SQLAlchemy's
    return Held(
        document_checksum=row["document_checksum"],
        chain=tuple(json.loads(row["chain"])),
        here=row["here"],
        document=json.loads(row["document"]),
        title_id=row["title_id"],
        holder=row["holder"],
        visualisation=None if row["visualisation"] is None else json.loads(row["visualisation"]),
        version=row["version"],
    )
