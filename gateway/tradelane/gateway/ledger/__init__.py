"""The chain as a peer keeps it: asked for, decoded and checked.

    from tradelane.gateway import connect, ledger

    with connect(".tradelane/profiles/shanghai", "exporter") as gateway:
        newest = gateway.run(ledger.block(gateway.run(ledger.height()) - 1))
        for transaction in newest.transactions:
            print(transaction.id, transaction.validation_code)

`records` says what a block holds, `verify` checks hashes and signatures, `decode` reads bytes from elsewhere.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from tradelane.gateway.ledger.decode import (
    decode_block,
    decode_block_and_private_data,
    decode_filtered_block,
    decode_transaction,
    encode_block,
)
from tradelane.gateway.ledger.records import (
    Action,
    Block,
    BlockAndPrivateData,
    BlockHeader,
    BlockMetadata,
    ChainInfo,
    FilteredBlock,
    FilteredTransaction,
    SerializedIdentity,
    Transaction,
)
from tradelane.gateway.ledger.verify import check_block, check_chain, check_link, check_orderers, check_transaction

if TYPE_CHECKING:
    from tradelane.gateway.ledger.queries import block, block_by_hash, block_of, height, info, transaction

__all__ = [
    "Action",
    "Block",
    "BlockAndPrivateData",
    "BlockHeader",
    "BlockMetadata",
    "ChainInfo",
    "FilteredBlock",
    "FilteredTransaction",
    "SerializedIdentity",
    "Transaction",
    "block",
    "block_by_hash",
    "block_of",
    "check_block",
    "check_chain",
    "check_link",
    "check_orderers",
    "check_transaction",
    "decode_block",
    "decode_block_and_private_data",
    "decode_filtered_block",
    "decode_transaction",
    "encode_block",
    "height",
    "info",
    "transaction",
]

_QUERIES: Final = ("block", "block_by_hash", "block_of", "height", "info", "transaction")


def __getattr__(name: str) -> object:
    # The queries are flows of a session, and a session itself reads recorded transactions.
    if name in _QUERIES:
        return getattr(import_module(f"{__name__}.queries"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
