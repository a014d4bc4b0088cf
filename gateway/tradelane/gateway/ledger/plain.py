"""Blocks and transactions as JSON values, for programs.

Hashes, ids and signatures are hexadecimal. Content is {"text": ...} where it is UTF-8, else {"hex": ...}, so that
nothing is lost. Left out are only the bytes of which everything else was read.
"""

from typing import Any

from tradelane.gateway.ledger.config import ConfigGroup
from tradelane.gateway.ledger.policy import VALIDATION_PARAMETER, policy_text
from tradelane.gateway.ledger.records import Action, Block, ChainInfo, SerializedIdentity, Transaction
from tradelane.gateway.ledger.rwsets import (
    HashedCollection,
    HashedRead,
    MetadataEntry,
    RangeQuery,
    Read,
    ReadWriteSet,
    Version,
)


def info_json(info: ChainInfo) -> dict[str, Any]:
    """Return the height and the last hashes."""
    return {
        "height": info.height,
        "currentHash": info.current_hash.hex(),
        "previousHash": info.previous_hash.hex(),
    }


def block_json(block: Block) -> dict[str, Any]:
    """Return a block with all its transactions."""
    header, metadata = block.header, block.metadata
    signatures = [
        {
            "signer": one.signer and identity_json(one.signer),
            "consenter": one.consenter,
            "signature": one.signature.hex(),
        }
        for one in metadata.signatures
    ]
    return {
        "number": header.number,
        "hash": header.hash.hex(),
        "previousHash": header.previous_hash.hex(),
        "dataHash": header.data_hash.hex(),
        "transactions": [transaction_json(one) for one in block.transactions],
        "signatures": signatures,
        "lastConfig": metadata.last_config,
        "commitHash": metadata.commit_hash.hex(),
    }


def transaction_json(transaction: Transaction) -> dict[str, Any]:
    """Return a transaction; one that cannot be read says why and holds its envelope in hexadecimal."""
    found: dict[str, Any] = {
        "transactionId": transaction.id,
        "channel": transaction.channel,
        "type": transaction.type,
        "timestamp": transaction.timestamp and transaction.timestamp.isoformat(),
        "creator": transaction.creator and identity_json(transaction.creator),
        "nonce": transaction.nonce.hex(),
        "validationCode": transaction.validation_code,
        "signature": transaction.signature.hex(),
        "actions": [_action(one) for one in transaction.actions],
    }
    if transaction.config:
        group = _group(transaction.config.channel_group)
        found["config"] = {"sequence": transaction.config.sequence, "channelGroup": group}
    if transaction.unreadable is not None:
        found |= {"unreadable": transaction.unreadable, "envelope": transaction.envelope.hex()}
    return found


def identity_json(identity: SerializedIdentity) -> dict[str, Any]:
    """Return an organisation and the certificate's names; the serial number in hexadecimal, as CAs show it."""
    certificate = identity.certificate
    return {
        "mspId": identity.msp_id,
        "subject": certificate and certificate.subject,
        "issuer": certificate and certificate.issuer,
        "serialNumber": certificate and f"{certificate.serial_number:x}",
        "certificate": content_json(identity.certificate_pem),
    }


def content_json(content: bytes) -> dict[str, str]:
    """Return bytes that may be text."""
    try:
        return {"text": content.decode()}
    except UnicodeDecodeError:
        return {"hex": content.hex()}


def _action(action: Action) -> dict[str, Any]:
    response, event = action.response, action.event
    endorsements = [
        {"endorser": identity_json(one.endorser), "signature": one.signature.hex()} for one in action.endorsements
    ]
    return {
        "chaincode": action.chaincode,
        "version": action.version,
        "function": content_json(action.function),
        "arguments": [content_json(one) for one in action.arguments[1:]],
        "response": {
            "status": response.status,
            "message": response.message,
            "payload": content_json(response.payload),
        },
        "event": event and {"name": event.name, "payload": content_json(event.payload)},
        "endorsements": endorsements,
        "proposalHash": action.proposal_hash.hex(),
        "readWriteSets": [_read_write_set(one) for one in action.read_write_sets],
    }


def _read_write_set(found: ReadWriteSet) -> dict[str, Any]:
    return {
        "namespace": found.namespace,
        "reads": [_read(one) for one in found.reads],
        "rangeQueries": [_range(one) for one in found.range_queries],
        "writes": [
            {"key": one.key, "isDelete": one.is_delete} | ({} if one.is_delete else {"value": content_json(one.value)})
            for one in found.writes
        ],
        "metadataWrites": [{"key": one.key, "entries": _entries(one.entries)} for one in found.metadata_writes],
        "collections": [_collection(one) for one in found.collections],
    }


def _collection(found: HashedCollection) -> dict[str, Any]:
    return {
        "name": found.name,
        "reads": [_hashed_read(one) for one in found.reads],
        "writes": [
            {
                "keyHash": one.key_hash.hex(),
                "valueHash": one.value_hash.hex(),
                "isDelete": one.is_delete,
                "isPurge": one.is_purge,
            }
            for one in found.writes
        ],
        "metadataWrites": [
            {"keyHash": one.key_hash.hex(), "entries": _entries(one.entries)} for one in found.metadata_writes
        ],
        "privateHash": found.private_hash.hex(),
    }


def _read(read: Read) -> dict[str, Any]:
    return {"key": read.key, "version": _version(read.version)}


def _hashed_read(read: HashedRead) -> dict[str, Any]:
    return {"keyHash": read.key_hash.hex(), "version": _version(read.version)}


def _version(version: Version | None) -> dict[str, int] | None:
    if version is None:
        return None
    return {"block": version.block_number, "transaction": version.transaction_number}


def _range(query: RangeQuery) -> dict[str, Any]:
    found: dict[str, Any] = {
        "startKey": query.start_key,
        "endKey": query.end_key,
        "exhausted": query.exhausted,
        "reads": [_read(one) for one in query.reads],
    }
    if query.merkle:
        found["merkle"] = {
            "maxDegree": query.merkle.max_degree,
            "maxLevel": query.merkle.max_level,
            "maxLevelHashes": [one.hex() for one in query.merkle.max_level_hashes],
        }
    return found


def _entries(entries: tuple[MetadataEntry, ...]) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "value": one.value.hex()}
        | ({"policy": policy_text(one.value)} if one.name == VALIDATION_PARAMETER else {})
        for one in entries
    ]


def _group(group: ConfigGroup) -> dict[str, Any]:
    return {
        "version": group.version,
        "modPolicy": group.mod_policy,
        "groups": {name: _group(one) for name, one in group.groups.items()},
        "values": {
            name: {"version": one.version, "modPolicy": one.mod_policy, "value": one.value.hex()}
            for name, one in group.values.items()
        },
        "policies": {
            name: {"version": one.version, "modPolicy": one.mod_policy, "type": one.type, "value": one.value.hex()}
            for name, one in group.policies.items()
        },
    }
