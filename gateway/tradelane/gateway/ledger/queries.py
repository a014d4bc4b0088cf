"""Questions about the chain, asked of the system chaincode `qscc` of the organisation's own peer.

Each is a flow: hand it to `run` of a client. What comes back is checked to be what was asked for.
"""

import re
from collections.abc import Callable
from typing import Final

from tradelane.gateway import errors
from tradelane.gateway.errors import BrokenLedger, CallError, ChaincodeFailed, InputError
from tradelane.gateway.ledger import decode, verify
from tradelane.gateway.ledger.records import Block, ChainInfo, Transaction
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow

QSCC: Final = "qscc"

_NEWEST: Final = 2**64 - 1
"""A peer answers with its last block when asked for this number, which nobody means who asks for a number."""
_HASH_BYTES: Final = 32
_TRANSACTION_ID: Final = re.compile(r"[0-9a-f]{64}")

_NO_SUCH: Final = re.compile(r"no such (?:block|transaction)")
_BEFORE_SNAPSHOT: Final = re.compile(r"bootstrapped from a snapshot.*First available block = \[(\d+)\]", re.IGNORECASE)
_DENIED: Final = re.compile(r"access denied", re.IGNORECASE)


@flow
def info(session: Session) -> Steps[ChainInfo]:
    """Return the height of the peer's chain with its last hashes.

    Raises:
        AccessDenied: The identity may not read the channel.
    """
    return decode.decode_chain_info((yield from _ask(session, "GetChainInfo", "CHAIN_NOT_FOUND", "chain")))


@flow
def height(session: Session) -> Steps[int]:
    """Return how many blocks the peer's chain has; the last one's number is one less.

    Raises:
        AccessDenied: The identity may not read the channel.
    """
    return (yield from session.run(info())).height


@flow
def block(session: Session, number: int) -> Steps[Block]:
    """Return a block by its number, from 0.

    Raises:
        InputError: INVALID_BLOCK_NUMBER.
        NotFound: BLOCK_NOT_FOUND: the chain is not that long, or the peer does not keep blocks that old.
        BrokenLedger: The peer's answer is not that block.
    """
    if not 0 <= number < _NEWEST:
        raise InputError(f"{number} is no number of a block: they count from 0.", code="INVALID_BLOCK_NUMBER")
    answer = yield from _ask(session, "GetBlockByNumber", "BLOCK_NOT_FOUND", f"block {number}", str(number))
    return _checked(decode.decode_block(answer), "number", lambda found: found.number == number)


@flow
def block_by_hash(session: Session, block_hash: bytes) -> Steps[Block]:
    """Return a block by the hash of its header.

    Args:
        session: Given by `run`.
        block_hash: 32 bytes, as `previous_hash` of the next block or `BlockHeader.hash`.

    Raises:
        InputError: INVALID_BLOCK_HASH.
        NotFound: BLOCK_NOT_FOUND.
        BrokenLedger: The peer's answer is not that block.
    """
    if len(block_hash) != _HASH_BYTES:
        raise InputError(
            f"The hash of a block has {_HASH_BYTES} bytes, this one {len(block_hash)}.", code="INVALID_BLOCK_HASH"
        )
    what = f"block with the hash {block_hash.hex()}"
    answer = yield from _ask(session, "GetBlockByHash", "BLOCK_NOT_FOUND", what, block_hash)
    return _checked(decode.decode_block(answer), "hash", lambda found: found.header.hash == block_hash)


@flow
def block_of(session: Session, transaction_id: str) -> Steps[Block]:
    """Return the block that holds a transaction.

    Raises:
        InputError: INVALID_TRANSACTION_ID.
        NotFound: TRANSACTION_NOT_FOUND: not, or not yet, on this peer's chain.
        BrokenLedger: The peer's answer is not that block.
    """
    _refuse_unlike_id(transaction_id)
    what = f"transaction {transaction_id}"
    answer = yield from _ask(session, "GetBlockByTxID", "TRANSACTION_NOT_FOUND", what, transaction_id)
    return _checked(
        decode.decode_block(answer),
        "transaction",
        lambda found: any(one.id == transaction_id for one in found.transactions),
    )


@flow
def transaction(session: Session, transaction_id: str) -> Steps[Transaction]:
    """Return a transaction with its validation code and, in `action.response`, what the chaincode answered.

    Raises:
        InputError: INVALID_TRANSACTION_ID.
        NotFound: TRANSACTION_NOT_FOUND: not, or not yet, on this peer's chain.
        BrokenLedger: The peer's answer is another transaction.
    """
    _refuse_unlike_id(transaction_id)
    what = f"transaction {transaction_id}"
    answer = yield from _ask(session, "GetTransactionByID", "TRANSACTION_NOT_FOUND", what, transaction_id)
    found = decode.decode_processed_transaction(answer)
    if found.id != transaction_id:
        raise BrokenLedger(f"The peer answered with another transaction than {transaction_id}.", code="OTHER_ANSWER")
    return found


def _ask(session: Session, function: str, absent: str, what: str, *argument: bytes | str) -> Steps[bytes]:
    try:
        return (yield from session.evaluate(function, session.channel, *argument, chaincode=QSCC))
    except ChaincodeFailed as error:
        raise _explained(error, session, absent, what) from error


def _explained(error: ChaincodeFailed, session: Session, absent: str, what: str) -> CallError:
    """Return what qscc's words mean: it answers everything it does not do with status 500."""
    kind: type[CallError] = errors.NotFound
    kept = _BEFORE_SNAPSHOT.search(error.message)
    if kept:
        sentence = (
            f"The peer at {session.endpoint} does not keep the {what}: it began with a snapshot of the ledger; its "
            f"first block is {kept.group(1)}. Ask a peer that has the whole chain."
        )
    elif _NO_SUCH.search(error.message):
        sentence = (
            f"The chain of the peer at {session.endpoint} holds no {what}; it may have it later, if it was ordered."
        )
    elif _DENIED.search(error.message):
        kind, absent = errors.AccessDenied, "ACCESS_DENIED"
        sentence = f"The peer at {session.endpoint} does not let this identity read the chain of {session.channel}."
    else:
        return error
    return kind(
        sentence,
        code=absent,
        step=error.step,
        transaction_id=error.transaction_id,
        grpc_status=error.grpc_status,
        peers=error.peers,
    )


def _checked(found: Block, by: str, fits: Callable[[Block], bool]) -> Block:
    if not fits(found):
        raise BrokenLedger(f"The peer answered with a block of another {by} than asked for.", code="OTHER_ANSWER")
    verify.check_block(found)
    return found


def _refuse_unlike_id(transaction_id: str) -> None:
    if not _TRANSACTION_ID.fullmatch(transaction_id):
        raise InputError(
            f"{transaction_id!r} is no transaction id: those have 64 digits, 0 to 9 and a to f.",
            code="INVALID_TRANSACTION_ID",
        )
