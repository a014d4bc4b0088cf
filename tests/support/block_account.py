"""A block as configtxlator's library tells it, from our records: to be held against what that library says itself."""

from base64 import b64encode
from datetime import datetime
from typing import Any

from tradelane.gateway.ledger import Action, Block, SerializedIdentity, Transaction
from tradelane.gateway.ledger.config import ConfigGroup
from tradelane.gateway.ledger.records import ChaincodeEvent
from tradelane.gateway.ledger.rwsets import MetadataWrite, RangeQuery, Read, ReadWriteSet, Version


def differences(ours: Any, theirs: Any, path: str = "$") -> list[str]:
    """Where an account of ours is not what Fabric says. Fabric says more: its JSON repeats what is derived."""
    if isinstance(ours, dict):
        if not isinstance(theirs, dict):
            return [f"{path}: {theirs!r} is no object"]
        return [each for name, value in ours.items() for each in differences(value, theirs.get(name), f"{path}.{name}")]
    if isinstance(ours, list):
        if not isinstance(theirs, list) or len(ours) != len(theirs):
            return [f"{path}: other lengths"]
        pairs = zip(ours, theirs, strict=True)
        return [each for index, (one, two) in enumerate(pairs) for each in differences(one, two, f"{path}[{index}]")]
    if isinstance(ours, datetime):
        # Fabric keeps nanoseconds and leaves zeros at the end out.
        seconds, _, fraction = str(theirs).rstrip("Z").partition(".")
        theirs, ours = f"{seconds}.{fraction:0<6.6}", f"{ours:%Y-%m-%dT%H:%M:%S.%f}"
    return [] if ours == theirs else [f"{path}: {ours!r} here, {theirs!r} there"]


def account(block: Block) -> dict[str, Any]:
    """Return what we know of a block, in the library's words."""
    header = block.header
    return {
        "header": {
            "number": str(header.number),
            "previous_hash": _b64(header.previous_hash),
            "data_hash": _b64(header.data_hash),
        },
        "data": {"data": [_envelope(one) for one in block.transactions]},
        "metadata": {"metadata": [_b64(one) for one in block.metadata.raw]},
    }


def _envelope(transaction: Transaction) -> dict[str, Any]:
    assert transaction.unreadable is None
    data = _config(transaction) if transaction.config else {"actions": [_action(one) for one in transaction.actions]}
    creator = transaction.creator
    header = {
        "channel_header": {
            "channel_id": transaction.channel,
            "timestamp": transaction.timestamp,
            "tx_id": transaction.id,
            "type": {"CONFIG": 1, "ENDORSER_TRANSACTION": 3}[transaction.type],
        },
        "signature_header": {"creator": creator and _identity(creator), "nonce": _b64(transaction.nonce)},
    }
    return {"payload": {"data": data, "header": header}, "signature": _b64(transaction.signature)}


def _action(action: Action) -> dict[str, Any]:
    response = action.response
    agreed = {
        "proposal_hash": _b64(action.proposal_hash),
        "extension": {
            "chaincode_id": {"name": action.chaincode, "version": action.version},
            "events": action.event and _event(action.event),
            "response": {
                "status": response.status,
                "message": response.message,
                "payload": _b64(response.payload),
            },
            "results": {"ns_rwset": [_rwset(one) for one in action.read_write_sets]},
        },
    }
    endorsements = [
        {"endorser": _b64(one.endorser.serialized), "signature": _b64(one.signature)} for one in action.endorsements
    ]
    spec = {
        "chaincode_id": {"name": action.chaincode},
        "input": {"args": [_b64(one) for one in action.arguments]},
    }
    return {
        "payload": {
            "action": {"endorsements": endorsements, "proposal_response_payload": agreed},
            "chaincode_proposal_payload": {"input": {"chaincode_spec": spec}},
        }
    }


def _event(event: ChaincodeEvent) -> dict[str, Any]:
    return {
        "chaincode_id": event.chaincode,
        "event_name": event.name,
        "payload": _b64(event.payload),
        "tx_id": event.transaction_id,
    }


def _rwset(found: ReadWriteSet) -> dict[str, Any]:
    writes = [{"key": one.key, "value": _b64(one.value), "is_delete": one.is_delete} for one in found.writes]
    public = {
        "reads": [_read(one) for one in found.reads],
        "range_queries_info": [_range(one) for one in found.range_queries],
        "writes": writes,
        "metadata_writes": [_metadata(one) for one in found.metadata_writes],
    }
    return {
        "namespace": found.namespace,
        "rwset": public if any(public.values()) else None,
        "collection_hashed_rwset": [
            {"collection_name": one.name, "pvt_rwset_hash": _b64(one.private_hash)} for one in found.collections
        ],
    }


def _read(read: Read) -> dict[str, Any]:
    return {"key": read.key, "version": _version(read.version)}


def _version(version: Version | None) -> dict[str, str] | None:
    if version is None:
        return None
    return {"block_num": str(version.block_number), "tx_num": str(version.transaction_number)}


def _range(query: RangeQuery) -> dict[str, Any]:
    told: dict[str, Any] = {
        "start_key": query.start_key,
        "end_key": query.end_key,
        "itr_exhausted": query.exhausted,
    }
    if query.merkle:
        return told | {
            "reads_merkle_hashes": {
                "max_degree": query.merkle.max_degree,
                "max_level": query.merkle.max_level,
                "max_level_hashes": [_b64(one) for one in query.merkle.max_level_hashes],
            }
        }
    if not query.reads:  # a range in which nothing was found
        return told | {"raw_reads": None}
    return told | {"raw_reads": {"kv_reads": [_read(one) for one in query.reads]}}


def _metadata(write: MetadataWrite) -> dict[str, Any]:
    return {"key": write.key, "entries": [{"name": one.name, "value": _b64(one.value)} for one in write.entries]}


def _config(transaction: Transaction) -> dict[str, Any]:
    assert transaction.config is not None
    config = transaction.config
    return {"config": {"sequence": str(config.sequence), "channel_group": _group(config.channel_group)}}


def _group(group: ConfigGroup) -> dict[str, Any]:
    return {
        "version": str(group.version),
        "mod_policy": group.mod_policy,
        "groups": {name: _group(one) for name, one in group.groups.items()},
        "values": {
            name: {"version": str(one.version), "mod_policy": one.mod_policy} for name, one in group.values.items()
        },
        "policies": {
            name: {"version": str(one.version), "mod_policy": one.mod_policy, "policy": {"type": one.type}}
            for name, one in group.policies.items()
        },
    }


def _identity(identity: SerializedIdentity) -> dict[str, str]:
    return {"mspid": identity.msp_id, "id_bytes": _b64(identity.certificate_pem)}


def _b64(content: bytes) -> str:
    return b64encode(content).decode()
