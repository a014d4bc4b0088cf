"""What can be checked of the chain without asking anybody: hashes, ids and signatures.

Nothing here says that a certificate is one of a member of the channel: that takes the CAs of the channel's
configuration. Every check raises BrokenLedger with a code of its own.
"""

import hashlib
from collections.abc import Iterable
from itertools import pairwise

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tradelane.gateway.errors import BrokenLedger
from tradelane.gateway.keys import ORDERS
from tradelane.gateway.ledger.records import Action, Block, SerializedIdentity, Transaction


def check_block(block: Block) -> None:
    """Check that a block holds what its header commits to.

    Raises:
        BrokenLedger: DATA_HASH_DIFFERS.
    """
    found = hashlib.sha256(b"".join(one.envelope for one in block.transactions)).digest()
    if found != block.header.data_hash:
        raise BrokenLedger(
            f"The content of block {block.number} is not what its header commits to: its hash is {found.hex()}, "
            f"the header says {block.header.data_hash.hex()}.",
            code="DATA_HASH_DIFFERS",
        )


def check_link(block: Block, following: Block) -> None:
    """Check that a block comes right after another one.

    Raises:
        BrokenLedger: NOT_NEXT: a number is left out. PREVIOUS_HASH_DIFFERS: it follows another block.
    """
    if following.number != block.number + 1:
        raise BrokenLedger(f"Block {following.number} cannot follow block {block.number}.", code="NOT_NEXT")
    if following.header.previous_hash != block.header.hash:
        raise BrokenLedger(
            f"Block {following.number} follows another block {block.number} than this one: it names "
            f"{following.header.previous_hash.hex()}, this one's hash is {block.header.hash.hex()}.",
            code="PREVIOUS_HASH_DIFFERS",
        )


def check_chain(blocks: Iterable[Block]) -> None:
    """Check blocks that follow each other: the content of each, and that each names the one before.

    The last one's hash vouches for all of them: compare it with what somebody else has.

    Raises:
        BrokenLedger: As `check_block` and `check_link`.
    """
    for block, following in pairwise(_each_checked(blocks)):
        check_link(block, following)


def check_transaction(transaction: Transaction) -> None:
    """Check what a valid transaction shows by itself: its id, its creator's signature, and each endorser's.

    Raises:
        BrokenLedger: TRANSACTION_UNREADABLE, TRANSACTION_ID_DIFFERS, PROPOSAL_HASH_DIFFERS, SIGNATURE_WRONG.
    """
    name = transaction.id or "without id"
    if transaction.unreadable is not None or transaction.creator is None:
        why = transaction.unreadable or "it names no creator"
        raise BrokenLedger(f"The transaction {name} cannot be read: {why}.", code="TRANSACTION_UNREADABLE")
    if transaction.type == "ENDORSER_TRANSACTION":
        _check_id(transaction, transaction.creator)
    _check_signature(transaction.creator, transaction.payload, transaction.signature, f"transaction {name}")
    for action in transaction.actions:
        _check_action(transaction, action)


def check_orderers(block: Block) -> tuple[SerializedIdentity, ...]:
    """Check the orderers' signatures under a block and return who signed; nobody signs the first block.

    Raises:
        BrokenLedger: SIGNATURE_WRONG. CONSENTER_UNKNOWN: under BFT, signatures name consenters by their number in the
            channel's configuration.
    """
    signers = []
    for one in block.metadata.signatures:
        if one.signer is None:
            raise BrokenLedger(
                f"Block {block.number} is signed by consenter {one.consenter}, whose certificate is in the channel's "
                "configuration and not in the block.",
                code="CONSENTER_UNKNOWN",
            )
        message = block.metadata.signed_value + one.header + block.header.encoded
        _check_signature(one.signer, message, one.signature, f"block {block.number}")
        signers.append(one.signer)
    return tuple(signers)


def _each_checked(blocks: Iterable[Block]) -> Iterable[Block]:
    for block in blocks:
        check_block(block)
        yield block


def _check_id(transaction: Transaction, creator: SerializedIdentity) -> None:
    found = hashlib.sha256(transaction.nonce + creator.serialized).hexdigest()
    if found != transaction.id:
        raise BrokenLedger(
            f"The transaction {transaction.id} is not its creator's: nonce and creator make the id {found}.",
            code="TRANSACTION_ID_DIFFERS",
        )


def _check_action(transaction: Transaction, action: Action) -> None:
    proposed = transaction.channel_header + transaction.signature_header + action.proposal_payload
    if hashlib.sha256(proposed).digest() != action.proposal_hash:
        raise BrokenLedger(
            f"The endorsements in transaction {transaction.id} are of another proposal.", code="PROPOSAL_HASH_DIFFERS"
        )
    for one in action.endorsements:
        message = action.response_payload + one.endorser.serialized
        _check_signature(one.endorser, message, one.signature, f"endorsement of transaction {transaction.id}")


def _check_signature(signer: SerializedIdentity, message: bytes, signature: bytes, what: str) -> None:
    certificate = signer.certificate
    if certificate is None:
        raise BrokenLedger(
            f"The {what} is signed by somebody of {signer.msp_id} whose certificate cannot be read.",
            code="SIGNATURE_WRONG",
        )
    try:
        _verify(certificate.public_key, message, signature)
    except (InvalidSignature, ValueError) as error:
        raise BrokenLedger(
            f"The signature under the {what} is not that of {certificate.subject} of {signer.msp_id}.",
            code="SIGNATURE_WRONG",
        ) from error


def _verify(key: object, message: bytes, signature: bytes) -> None:
    """Verify as Fabric's MSPs do.

    Raises:
        InvalidSignature: The signature does not fit, or is ECDSA's high twin of one that does.
        ValueError: It is no signature, or the key is of another kind.
    """
    match key:
        case ed25519.Ed25519PublicKey():
            key.verify(signature, message)
        case ec.EllipticCurvePublicKey() if key.curve.name in ORDERS:
            if decode_dss_signature(signature)[1] > ORDERS[key.curve.name] // 2:
                raise InvalidSignature
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        case _:
            raise ValueError("no key that Fabric signs with")
