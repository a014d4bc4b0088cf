"""The peer's `qscc` with the recorded blocks, as the chaincode of a loopback gateway."""

import grpc
from fabric_protos.common import common_pb2, ledger_pb2
from fabric_protos.peer import transaction_pb2

from tests.gateway.ledger.recorded import FACTS, RECORDED, recorded
from tests.support.loopback_calls import Refusal
from tests.support.loopback_gateway import Invocation
from tradelane.gateway import ledger

NAMES = ("genesis", *(name for name in FACTS if name[0] != "_"))


def qscc(invocation: Invocation) -> bytes:
    """Answer as a peer of the recorded network, in Fabric's own words where it cannot."""
    channel, *rest = invocation.arguments
    assert channel == b"trade"
    blocks = {name: recorded(name) for name in NAMES}
    match invocation.function, rest:
        case "GetChainInfo", []:
            info = ledger_pb2.BlockchainInfo(height=9, currentBlockHash=bytes(32), previousBlockHash=b"\1" * 32)
            return info.SerializeToString()  # type: ignore[no-any-return]
        case "GetBlockByNumber", [number]:
            found = [name for name, block in blocks.items() if block.number == int(number)]
            absent = f"Failed to get block number {int(number)}, error no such block number [{int(number)}] in index"
        case "GetBlockByHash", [block_hash]:
            found = [name for name, block in blocks.items() if block.header.hash == block_hash]
            absent = f"Failed to get block hash ?, error no such block hash [{block_hash.hex()}] in index"
        case "GetBlockByTxID" | "GetTransactionByID", [transaction_id]:
            found = [name for name in blocks if transaction_id.decode() in _ids(blocks[name])]
            absent = f"Failed to get it, error no such transaction ID [{transaction_id.decode()}] in index"
        case _:
            raise failed("Requested function not found.")
    if not found:
        raise failed(absent)
    if invocation.function == "GetTransactionByID":
        return _processed(blocks[found[0]], rest[0].decode())
    return (RECORDED / f"{found[0]}.block").read_bytes()


def failed(words: str) -> Refusal:
    """Return what a gateway peer makes of a chaincode's status 500."""
    said = f"chaincode response 500, {words}"
    return Refusal(grpc.StatusCode.UNKNOWN, "evaluate call failed", [("peer0:7051", "ShanghaiMSP", said)])


def _ids(block: ledger.Block) -> list[str]:
    return [each.id for each in block.transactions]


def _processed(block: ledger.Block, transaction_id: str) -> bytes:
    found = next(each for each in block.transactions if each.id == transaction_id)
    processed = transaction_pb2.ProcessedTransaction(
        transactionEnvelope=common_pb2.Envelope.FromString(found.envelope),
        validationCode=transaction_pb2.TxValidationCode.Value(found.validation_code),
    )
    return processed.SerializeToString()  # type: ignore[no-any-return]
