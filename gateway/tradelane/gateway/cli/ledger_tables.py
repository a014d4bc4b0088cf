"""How blocks and transactions look in a terminal."""

from collections.abc import Iterator
from typing import Final

from rich.table import Column

from tradelane.gateway.cli import tables
from tradelane.gateway.ledger import Action, Block, SerializedIdentity, Transaction
from tradelane.gateway.ledger.policy import VALIDATION_PARAMETER, policy_text
from tradelane.gateway.ledger.rwsets import HashedCollection, MetadataEntry, RangeQuery, ReadWriteSet, Version

_SHOWN_CHARACTERS: Final = 300
_LAST_CHARACTER: Final = "\U0010ffff"
"""Ends the range of all keys that begin alike."""

Row = tuple[str, str]


def block(found: Block) -> None:
    """Show a block's header, who signed it, and its transactions, one a line."""
    header, metadata = found.header, found.metadata
    signers = [_who(one.signer) if one.signer else f"consenter {one.consenter}" for one in metadata.signatures]
    tables.pairs(
        [
            ("block", str(header.number)),
            ("hash", header.hash.hex()),
            ("previous hash", header.previous_hash.hex() or "-"),
            ("data hash", header.data_hash.hex()),
            ("ordered by", "\n".join(signers) or "nobody: the first block of a channel"),
            ("configuration of", "-" if metadata.last_config is None else f"block {metadata.last_config}"),
        ]
    )
    columns = (Column("no.", no_wrap=True), *(Column(name, overflow="fold") for name in _COLUMNS))
    tables.table(columns, (_line(number, one) for number, one in enumerate(found.transactions)))


def transaction(found: Transaction) -> None:
    """Show everything of a transaction; long values are cut, with a note."""
    rows: list[Row] = [
        ("transaction", found.id or "-"),
        ("outcome", found.validation_code or "not known"),
        ("type", found.type or "-"),
        ("channel", found.channel or "-"),
        ("time (UTC)", f"{found.timestamp:%Y-%m-%d %H:%M:%S}" if found.timestamp else "-"),
        ("signed by", _who(found.creator) if found.creator else "-"),
    ]
    if found.unreadable is not None:
        rows.append(("unreadable", found.unreadable))
    if found.config is not None:
        rows += [
            ("configuration", f"update no. {found.config.sequence}"),
            ("with peers", ", ".join(found.config.application_organisations) or "-"),
            ("with orderers", ", ".join(found.config.orderer_organisations) or "-"),
        ]
    for action in found.actions:
        rows += _action_rows(action)
    tables.pairs(rows)
    sets = [each for action in found.actions for one in action.read_write_sets for each in _changes(one)]
    if sets:
        tables.table([Column(name, overflow="fold") for name in ("namespace", "what", "key", "value")], sets)


_COLUMNS: Final = ("transaction", "time (UTC)", "what", "signed by", "outcome")


def _line(number: int, found: Transaction) -> tuple[str, ...]:
    action = found.action
    what = f"{action.chaincode} {text(action.function)}" if action else found.type or "unreadable"
    return (
        str(number),
        found.id or "-",
        f"{found.timestamp:%Y-%m-%d %H:%M:%S}" if found.timestamp else "-",
        what,
        _who(found.creator) if found.creator else "-",
        found.validation_code or "not known",
    )


def _action_rows(action: Action) -> Iterator[Row]:
    yield "chaincode", f"{action.chaincode} {action.version}".strip()
    yield "function", text(action.function)
    for one in action.arguments[1:]:
        yield "argument", text(one)
    response = action.response
    yield "answer", " ".join(part for part in (str(response.status), response.message, text(response.payload)) if part)
    if action.event is not None:
        yield "event", f"{action.event.name} {text(action.event.payload)}".strip()
    for each in action.endorsements:
        yield "endorsed by", _who(each.endorser)


def _changes(found: ReadWriteSet) -> Iterator[tuple[str, str, str, str]]:
    space = found.namespace
    for read in found.reads:
        yield space, "read", key(read.key), _version(read.version)
    for query in found.range_queries:
        hidden = "keys as hashes" if query.merkle else f"{len(query.reads)} keys"
        yield space, "range", _range(query), hidden
    for write in found.writes:
        yield space, "delete" if write.is_delete else "write", key(write.key), text(write.value)
    for metadata in found.metadata_writes:
        yield space, "metadata", key(metadata.key), _entries(metadata.entries)
    for collection in found.collections:
        yield from _private_changes(f"{space} {collection.name}", collection)


def _range(query: RangeQuery) -> str:
    if query.end_key == query.start_key + _LAST_CHARACTER:
        return f"{key(query.start_key)}/*"
    return f"{key(query.start_key) or 'the first'} to {key(query.end_key) or 'the last'}"


def _private_changes(space: str, found: HashedCollection) -> Iterator[tuple[str, str, str, str]]:
    for read in found.reads:
        yield space, "private read", f"sha256 {read.key_hash.hex()}", _version(read.version)
    for write in found.writes:
        what = "purge" if write.is_purge else "delete" if write.is_delete else "write"
        value = f"sha256 {write.value_hash.hex()}" if write.value_hash else ""
        yield space, f"private {what}", f"sha256 {write.key_hash.hex()}", value
    for metadata in found.metadata_writes:
        yield space, "private metadata", f"sha256 {metadata.key_hash.hex()}", _entries(metadata.entries)


def _entries(entries: tuple[MetadataEntry, ...]) -> str:
    return "; ".join(_entry(one) for one in entries) or "none left"


def _entry(entry: MetadataEntry) -> str:
    policy = policy_text(entry.value) if entry.name == VALIDATION_PARAMETER else None
    return f"endorsed by {policy}" if policy else f"{entry.name} {text(entry.value)}"


def _version(version: Version | None) -> str:
    return f"as of block {version.block_number}, no. {version.transaction_number}" if version else "absent"


def _who(identity: SerializedIdentity) -> str:
    certificate = identity.certificate
    if certificate is None:
        return f"{identity.msp_id}, no readable certificate"
    return f"{identity.msp_id}, {certificate.subject}, serial {certificate.serial_number:x}"


def key(name: str) -> str:
    """Return a key for people: a composite key as its parts."""
    return "/".join(name.strip("\0").split("\0")) if name.startswith("\0") else name


def text(content: bytes) -> str:
    """Return content for people: text as it is, other bytes in hexadecimal, neither longer than a few lines."""
    try:
        shown = content.decode()
    except UnicodeDecodeError:
        shown = content.hex()
    if len(shown) <= _SHOWN_CHARACTERS:
        return shown
    return f"{shown[:_SHOWN_CHARACTERS]} ... ({len(content)} bytes; --json shows them all)"
