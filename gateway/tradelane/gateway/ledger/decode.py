"""From the bytes that peers deliver to records, without I/O.

Bytes that are no block at all raise MalformedBlock. Within a block, what a client sent may be anything: a transaction
that cannot be read is kept as it is and says so (see `records.Transaction`), or one hostile envelope would stop
everybody who follows the chain.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from fabric_protos.common import common_pb2, ledger_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import (
    chaincode_event_pb2,
    chaincode_pb2,
    events_pb2,
    proposal_pb2,
    proposal_response_pb2,
    transaction_pb2,
)
from google.protobuf.message import DecodeError

from tradelane.gateway.errors import MalformedBlock
from tradelane.gateway.ledger.config import config_transaction
from tradelane.gateway.ledger.records import (
    Action,
    Block,
    BlockAndPrivateData,
    BlockHeader,
    BlockMetadata,
    BlockSignature,
    ChaincodeEvent,
    ChainInfo,
    Endorsement,
    FilteredBlock,
    FilteredTransaction,
    Response,
    SerializedIdentity,
    Transaction,
)
from tradelane.gateway.ledger.rwsets import private_collections, read_write_sets

M = TypeVar("M")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CODES: Final = transaction_pb2.TxValidationCode.DESCRIPTOR.values_by_number
_TYPES: Final = common_pb2.HeaderType.DESCRIPTOR.values_by_number


def decode_block(data: bytes) -> Block:
    """Read a `common.Block`.

    Raises:
        MalformedBlock: The bytes are no block.
    """
    return _block(_parse(common_pb2.Block, data))


def encode_block(block: Block) -> bytes:
    """Return a block as `common.Block`, the same bytes that it was read from."""
    header = block.header
    message = common_pb2.Block(
        header=common_pb2.BlockHeader(
            number=header.number, previous_hash=header.previous_hash, data_hash=header.data_hash
        ),
        data=common_pb2.BlockData(data=[one.envelope for one in block.transactions]),
        metadata=common_pb2.BlockMetadata(metadata=block.metadata.raw),
    )
    return message.SerializeToString()  # type: ignore[no-any-return]


def decode_filtered_block(data: bytes) -> FilteredBlock:
    """Read a `protos.FilteredBlock`.

    Raises:
        MalformedBlock: The bytes are none.
    """
    found = _parse(events_pb2.FilteredBlock, data)
    return FilteredBlock(
        channel=found.channel_id,
        number=found.number,
        transactions=tuple(
            FilteredTransaction(
                id=one.txid,
                type=type_name(one.type),
                validation_code=validation_code_name(one.tx_validation_code),
                events=tuple(
                    _event(each.chaincode_event)
                    for each in one.transaction_actions.chaincode_actions
                    if each.HasField("chaincode_event")
                ),
            )
            for one in found.filtered_transactions
        ),
    )


def decode_block_and_private_data(data: bytes) -> BlockAndPrivateData:
    """Read a `protos.BlockAndPrivateData`.

    Raises:
        MalformedBlock: The bytes are none, or its private data cannot be read.
    """
    found = _parse(events_pb2.BlockAndPrivateData, data)
    try:
        private = {number: private_collections(one) for number, one in sorted(found.private_data_map.items())}
    except DecodeError as error:
        raise _malformed("private read-write set", error) from error
    return BlockAndPrivateData(_block(found.block), private)


def decode_processed_transaction(data: bytes) -> Transaction:
    """Read a `protos.ProcessedTransaction`: one envelope and what the peer made of it.

    Raises:
        MalformedBlock: The bytes are none.
    """
    found = _parse(transaction_pb2.ProcessedTransaction, data)
    return decode_transaction(found.transactionEnvelope.SerializeToString(), validation_code_name(found.validationCode))


def decode_chain_info(data: bytes) -> ChainInfo:
    """Read a `common.BlockchainInfo`.

    Raises:
        MalformedBlock: The bytes are none.
    """
    found = _parse(ledger_pb2.BlockchainInfo, data)
    return ChainInfo(found.height, found.currentBlockHash, found.previousBlockHash)


def decode_transaction(envelope: bytes, validation_code: str | None = None) -> Transaction:
    """Read an envelope as it stands in a block; never fails, see `Transaction.unreadable`."""
    found = Transaction(envelope=envelope, validation_code=validation_code)
    for read in (_with_payload, _with_channel_header, _with_signature_header, _with_content):
        try:
            found = read(found)
        except (DecodeError, ValueError) as error:
            return replace(found, unreadable=str(error) or type(error).__name__)
    return found


def validation_code_name(number: int) -> str:
    """Return Fabric's name of a validation code; one newer than this release is named by its number."""
    known = _CODES.get(number)
    return known.name if known else f"VALIDATION_CODE_{number}"


def type_name(number: int) -> str:
    """Return Fabric's name of an envelope's type."""
    known = _TYPES.get(number)
    return known.name if known else f"TYPE_{number}"


def _block(message: Any) -> Block:  # noqa: ANN401 -- Fabric ships no types
    header = message.header
    metadata = _metadata(message.metadata.metadata)
    codes: Sequence[str | None] = metadata.validation_codes or (None,) * len(message.data.data)
    if len(codes) != len(message.data.data):
        raise _malformed("block", f"{len(message.data.data)} transactions, {len(codes)} validation codes")
    return Block(
        header=BlockHeader(header.number, header.previous_hash, header.data_hash),
        transactions=tuple(
            decode_transaction(envelope, code) for envelope, code in zip(message.data.data, codes, strict=True)
        ),
        metadata=metadata,
    )


def _metadata(raw: Sequence[bytes]) -> BlockMetadata:
    slots = (*raw, *(b"",) * len(common_pb2.BlockMetadataIndex.values()))
    signatures = _parse(common_pb2.Metadata, slots[common_pb2.SIGNATURES])
    return BlockMetadata(
        signatures=tuple(_block_signature(one) for one in signatures.signatures),
        signed_value=signatures.value,
        last_config=_last_config(signatures.value, slots[common_pb2.LAST_CONFIG]),
        validation_codes=tuple(validation_code_name(code) for code in slots[common_pb2.TRANSACTIONS_FILTER]),
        commit_hash=_parse(common_pb2.Metadata, slots[common_pb2.COMMIT_HASH]).value,
        raw=tuple(raw),
    )


def _last_config(signed_value: bytes, older_slot: bytes) -> int | None:
    """Orderers sign the number with the block since release 2; before, it had a slot of its own."""
    found = _parse(common_pb2.OrdererBlockMetadata, signed_value)
    if found.HasField("last_config"):
        return int(found.last_config.index)
    older = _parse(common_pb2.Metadata, older_slot)
    return int(_parse(common_pb2.LastConfig, older.value).index) if older.value else None


def _block_signature(message: Any) -> BlockSignature:  # noqa: ANN401
    if message.identifier_header:
        consenter = _parse(common_pb2.IdentifierHeader, message.identifier_header).identifier
        return BlockSignature(None, consenter, message.identifier_header, message.signature)
    creator = _parse(common_pb2.SignatureHeader, message.signature_header).creator
    try:
        signer = _identity(creator)
    except DecodeError as error:
        raise _malformed("orderer's identity", error) from error
    return BlockSignature(signer, None, message.signature_header, message.signature)


def _with_payload(found: Transaction) -> Transaction:
    envelope = common_pb2.Envelope.FromString(found.envelope)
    found = replace(found, payload=envelope.payload, signature=envelope.signature)
    payload = common_pb2.Payload.FromString(envelope.payload)
    return replace(
        found,
        data=payload.data,
        channel_header=payload.header.channel_header,
        signature_header=payload.header.signature_header,
    )


def _with_channel_header(found: Transaction) -> Transaction:
    header = common_pb2.ChannelHeader.FromString(found.channel_header)
    return replace(
        found,
        id=header.tx_id,
        channel=header.channel_id,
        type=type_name(header.type),
        timestamp=_moment(header.timestamp) if header.HasField("timestamp") else None,
    )


def _with_signature_header(found: Transaction) -> Transaction:
    header = common_pb2.SignatureHeader.FromString(found.signature_header)
    found = replace(found, nonce=header.nonce)
    return replace(found, creator=_identity(header.creator)) if header.creator else found


def _with_content(found: Transaction) -> Transaction:
    match found.type:
        case "ENDORSER_TRANSACTION":
            transaction = transaction_pb2.Transaction.FromString(found.data)
            return replace(found, actions=tuple(_action(one.payload) for one in transaction.actions))
        case "CONFIG":
            return replace(found, config=config_transaction(found.data))
        case _:
            return found


def _action(data: bytes) -> Action:
    payload = transaction_pb2.ChaincodeActionPayload.FromString(data)
    proposal = proposal_pb2.ChaincodeProposalPayload.FromString(payload.chaincode_proposal_payload)
    spec = chaincode_pb2.ChaincodeInvocationSpec.FromString(proposal.input).chaincode_spec
    agreed = proposal_response_pb2.ProposalResponsePayload.FromString(payload.action.proposal_response_payload)
    result = proposal_pb2.ChaincodeAction.FromString(agreed.extension)
    event = chaincode_event_pb2.ChaincodeEvent.FromString(result.events) if result.events else None
    return Action(
        chaincode=spec.chaincode_id.name,
        version=result.chaincode_id.version,
        arguments=tuple(spec.input.args),
        response=Response(result.response.status, result.response.message, result.response.payload),
        event=_event(event) if event is not None else None,
        endorsements=tuple(Endorsement(_identity(one.endorser), one.signature) for one in payload.action.endorsements),
        read_write_sets=read_write_sets(result.results),
        proposal_hash=agreed.proposal_hash,
        proposal_payload=payload.chaincode_proposal_payload,
        response_payload=payload.action.proposal_response_payload,
    )


def _identity(serialized: bytes) -> SerializedIdentity:
    found = identities_pb2.SerializedIdentity.FromString(serialized)
    return SerializedIdentity(found.mspid, found.id_bytes, serialized)


def _event(message: Any) -> ChaincodeEvent:  # noqa: ANN401
    return ChaincodeEvent(message.chaincode_id, message.tx_id, message.event_name, message.payload)


def _moment(timestamp: Any) -> datetime:  # noqa: ANN401
    try:
        return _EPOCH + timedelta(seconds=timestamp.seconds, microseconds=timestamp.nanos // 1000)
    except OverflowError as error:
        raise ValueError(f"its time is outside the calendar: {timestamp.seconds} seconds since 1970") from error


def _parse(kind: type[M], data: bytes) -> Any:  # noqa: ANN401
    try:
        return kind.FromString(data)  # type: ignore[attr-defined]
    except DecodeError as error:
        raise _malformed(kind.__name__, error) from error


def _malformed(what: str, why: object) -> MalformedBlock:
    return MalformedBlock(f"The bytes cannot be read as a {what}: {why}.", code="MALFORMED_BLOCK")
