"""What a transaction read and wrote: records, and reading them from Fabric's messages."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fabric_protos.ledger.rwset import rwset_pb2
from fabric_protos.ledger.rwset.kvrwset import kv_rwset_pb2


@dataclass(frozen=True, slots=True)
class Version:
    """Which transaction wrote a value last; the endorsers saw this one."""

    block_number: int
    transaction_number: int
    """Place in its block, from 0."""


@dataclass(frozen=True, slots=True)
class Read:
    """A key that was read."""

    key: str
    version: Version | None
    """None: the key did not exist."""


@dataclass(frozen=True, slots=True)
class MerkleSummary:
    """Hashes in place of the reads of a long range."""

    max_degree: int
    max_level: int
    max_level_hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class RangeQuery:
    """A range of keys that was read, from `start_key` up to but without `end_key`."""

    start_key: str
    end_key: str
    exhausted: bool
    """Whether the chaincode read to the end of the range."""
    reads: tuple[Read, ...]
    merkle: MerkleSummary | None
    """Instead of `reads` where there were many."""


@dataclass(frozen=True, slots=True)
class Write:
    """A key that was written or deleted."""

    key: str
    value: bytes
    is_delete: bool


@dataclass(frozen=True, slots=True)
class MetadataEntry:
    """A fact about a key, e.g. its endorsement policy under VALIDATION_PARAMETER."""

    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class MetadataWrite:
    """All metadata a key has from then on; no entries: its metadata was removed."""

    key: str
    entries: tuple[MetadataEntry, ...]


@dataclass(frozen=True, slots=True)
class HashedRead:
    """A private key that was read; `key_hash` is SHA-256 of the key."""

    key_hash: bytes
    version: Version | None


@dataclass(frozen=True, slots=True)
class HashedWrite:
    """A private key that was written, deleted or purged; `value_hash` is SHA-256 of the value."""

    key_hash: bytes
    value_hash: bytes
    is_delete: bool
    is_purge: bool


@dataclass(frozen=True, slots=True)
class HashedMetadataWrite:
    """All metadata a private key has from then on."""

    key_hash: bytes
    entries: tuple[MetadataEntry, ...]


@dataclass(frozen=True, slots=True)
class HashedCollection:
    """What the channel sees of a private collection: hashes."""

    name: str
    reads: tuple[HashedRead, ...]
    writes: tuple[HashedWrite, ...]
    metadata_writes: tuple[HashedMetadataWrite, ...]
    private_hash: bytes
    """SHA-256 of the private read-write set as the members keep it."""


@dataclass(frozen=True, slots=True)
class ReadWriteSet:
    """What a transaction read and wrote in one namespace, which is a chaincode's name."""

    namespace: str
    reads: tuple[Read, ...]
    range_queries: tuple[RangeQuery, ...]
    writes: tuple[Write, ...]
    metadata_writes: tuple[MetadataWrite, ...]
    collections: tuple[HashedCollection, ...]


@dataclass(frozen=True, slots=True)
class PrivateWrite:
    """A private key with its value; neither is shown by `repr`."""

    key: str = field(repr=False)
    value: bytes = field(repr=False)
    is_delete: bool


@dataclass(frozen=True, slots=True)
class PrivateCollection:
    """What a transaction wrote to a private collection, as far as the peer still has it: a purge takes it out."""

    namespace: str
    collection: str
    writes: tuple[PrivateWrite, ...] = field(repr=False)
    metadata_keys: tuple[str, ...] = field(repr=False)
    """Keys whose metadata was written; the metadata is in the hashed collection, by the key's hash."""
    encoded: bytes = field(repr=False)
    """What `HashedCollection.private_hash` is made over, as long as no key was purged since."""


def read_write_sets(data: bytes) -> tuple[ReadWriteSet, ...]:
    """Read a transaction's public results.

    Raises:
        google.protobuf.message.DecodeError: The bytes are no TxReadWriteSet.
    """
    return tuple(_read_write_set(one) for one in rwset_pb2.TxReadWriteSet.FromString(data).ns_rwset)


def private_collections(message: Any) -> tuple[PrivateCollection, ...]:  # noqa: ANN401 -- Fabric ships no types
    """Read a TxPvtReadWriteSet.

    Raises:
        google.protobuf.message.DecodeError: A collection's set is malformed.
    """
    return tuple(
        _private_collection(each.namespace, one) for each in message.ns_pvt_rwset for one in each.collection_pvt_rwset
    )


def _read_write_set(message: Any) -> ReadWriteSet:  # noqa: ANN401
    found = kv_rwset_pb2.KVRWSet.FromString(message.rwset)
    return ReadWriteSet(
        namespace=message.namespace,
        reads=_reads(found.reads),
        range_queries=tuple(_range_query(one) for one in found.range_queries_info),
        writes=tuple(Write(one.key, one.value, one.is_delete) for one in found.writes),
        metadata_writes=_metadata_writes(found.metadata_writes),
        collections=tuple(_hashed_collection(one) for one in message.collection_hashed_rwset),
    )


def _range_query(message: Any) -> RangeQuery:  # noqa: ANN401
    merkle = message.reads_merkle_hashes if message.HasField("reads_merkle_hashes") else None
    return RangeQuery(
        start_key=message.start_key,
        end_key=message.end_key,
        exhausted=message.itr_exhausted,
        reads=_reads(message.raw_reads.kv_reads),
        merkle=MerkleSummary(merkle.max_degree, merkle.max_level, tuple(merkle.max_level_hashes)) if merkle else None,
    )


def _hashed_collection(message: Any) -> HashedCollection:  # noqa: ANN401
    found = kv_rwset_pb2.HashedRWSet.FromString(message.hashed_rwset)
    return HashedCollection(
        name=message.collection_name,
        reads=tuple(HashedRead(one.key_hash, _version(one)) for one in found.hashed_reads),
        writes=tuple(
            HashedWrite(one.key_hash, one.value_hash, one.is_delete, one.is_purge) for one in found.hashed_writes
        ),
        metadata_writes=tuple(HashedMetadataWrite(one.key_hash, _entries(one)) for one in found.metadata_writes),
        private_hash=message.pvt_rwset_hash,
    )


def _private_collection(namespace: str, message: Any) -> PrivateCollection:  # noqa: ANN401
    found = kv_rwset_pb2.KVRWSet.FromString(message.rwset)
    return PrivateCollection(
        namespace=namespace,
        collection=message.collection_name,
        writes=tuple(PrivateWrite(one.key, one.value, one.is_delete) for one in found.writes),
        metadata_keys=tuple(one.key for one in found.metadata_writes),
        encoded=message.rwset,
    )


def _reads(messages: Iterable[Any]) -> tuple[Read, ...]:
    return tuple(Read(one.key, _version(one)) for one in messages)


def _version(message: Any) -> Version | None:  # noqa: ANN401
    if not message.HasField("version"):
        return None
    return Version(message.version.block_num, message.version.tx_num)


def _metadata_writes(messages: Iterable[Any]) -> tuple[MetadataWrite, ...]:
    return tuple(MetadataWrite(one.key, _entries(one)) for one in messages)


def _entries(message: Any) -> tuple[MetadataEntry, ...]:  # noqa: ANN401
    return tuple(MetadataEntry(one.name, one.value) for one in message.entries)
