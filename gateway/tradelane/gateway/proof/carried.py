"""The blocks and transactions of a proof, each checked before anything is read out of it.

A block counts once its header is what orderers signed, and orderers are who the configuration in force names. The
first block is signed by nobody: it is what a reader must know from elsewhere, by its hash.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from tradelane.gateway import ledger
from tradelane.gateway.errors import BrokenLedger, ProofError
from tradelane.gateway.ledger import Block, SerializedIdentity, Transaction
from tradelane.gateway.ledger.rwsets import Version
from tradelane.gateway.proof import messages
from tradelane.gateway.proof.channel import Channel
from tradelane.gateway.proof.container import Evidence, Place
from tradelane.gateway.proof.membership import Member
from tradelane.gateway.proof.policies import Policy

BLOCK_VALIDATION = "/Channel/Orderer/BlockValidation"


@contextmanager
def about(*, block: int | None = None, transaction: str = "") -> Iterator[None]:
    """Say in every error of a failed check which block and which transaction it is about."""
    try:
        yield
    except (ProofError, BrokenLedger) as error:
        where = {} if block is None else {"block": str(block)}
        where |= {"transaction": transaction} if transaction else {}
        where = {name: value for name, value in where.items() if name not in error.details}
        sentence = error.message
        if where:
            sentence = f"{', '.join(f'{name.capitalize()} {value}' for name, value in where.items())}: {sentence}"
        raise ProofError(sentence, code=error.code, details={**error.details, **where}) from error


@dataclass(frozen=True, slots=True)
class Signed:
    """A block that holds what orderers have signed."""

    block: Block
    orderers: tuple[Member, ...]
    """Empty for the first block, which nobody signs."""


@dataclass(frozen=True)
class Carried:
    """All that a proof carries, checked."""

    channels: dict[int, Channel]
    """The configurations by the number of their block, from the first on."""
    blocks: dict[int, Signed]
    loose: dict[tuple[int, int], Transaction]
    """Transactions without their block."""
    definitions: dict[Version, Policy | str] = field(default_factory=dict)
    """Who must endorse the chaincode's transactions, by where that was defined, once it has been checked."""
    used: set[int] = field(default_factory=set)
    used_loose: set[tuple[int, int]] = field(default_factory=set)

    @property
    def newest(self) -> Channel:
        """The last configuration the proof carries."""
        return self.channels[max(self.channels)]

    def channel_at(self, number: int) -> Channel:
        """Return the configuration by which the transactions of a block are judged: the last one before it."""
        return self.channels[max((each for each in self.channels if each < number), default=0)]

    def at(self, place: Place | Version) -> Transaction:
        """Return the transaction at a place.

        Raises:
            ProofError: NOT_CARRIED.
        """
        block, index = _place(place)
        signed = self.blocks.get(block)
        if signed is not None and index < len(signed.block.transactions):
            self.used.add(block)
            return signed.block.transactions[index]
        if (block, index) in self.loose:
            self.used_loose.add((block, index))
            return self.loose[block, index]
        raise ProofError(
            f"The proof refers to transaction {index} of block {block} and does not carry it.",
            code="NOT_CARRIED",
            details={"block": str(block)},
        )

    def whole(self, number: int) -> Block:
        """Return a block.

        Raises:
            ProofError: BLOCK_MISSING.
        """
        if number not in self.blocks:
            raise ProofError(
                f"Block {number} is not carried, so what happened in it is open.",
                code="BLOCK_MISSING",
                details={"block": str(number)},
            )
        self.used.add(number)
        return self.blocks[number].block

    def in_block(self, place: Place | Version) -> Transaction:
        """Return the transaction at a place, as its block shows it, which orderers have signed.

        Raises:
            ProofError: BLOCK_MISSING, NOT_CARRIED.
        """
        self.whole(_place(place)[0])
        return self.at(place)

    def orderers_of(self, place: Place) -> tuple[Member, ...]:
        """Return who signed the block of a transaction; nobody where the block is not carried."""
        signed = self.blocks.get(place.block)
        return () if signed is None else signed.orderers

    def refuse_unused(self) -> None:
        """Refuse blocks and transactions that prove nothing here.

        Raises:
            ProofError: NOT_NEEDED.
        """
        idle = [*sorted(self.blocks.keys() - self.used), *sorted(self.loose.keys() - self.used_loose)]
        if idle:
            raise ProofError(f"The proof carries what it does not need: {idle[0]}.", code="NOT_NEEDED")


def examine(evidence: Evidence) -> Carried:
    """Check every block: its content, its place in the chain, the orderers' signatures.

    Raises:
        ProofError: BLOCKS_UNORDERED, NOT_CARRIED, NO_CONFIGURATION, CONFIGURATION_GAP, DATA_HASH_DIFFERS,
            PREVIOUS_HASH_DIFFERS, SIGNATURE_WRONG, ORDERERS_NOT_ENOUGH, OTHER_CONFIGURATION, OTHER_CHANNEL, ...
    """
    _require_ascending([each.number for each in evidence.blocks], "blocks")
    _require_ascending([(each.block, each.place) for each in evidence.transactions], "transactions")
    _require_ascending(list(evidence.configuration), "configurations")
    blocks = {each.number: messages.block(each) for each in evidence.blocks}
    for one, following in pairwise(blocks.values()):
        if following.number == one.number + 1:
            with about(block=following.number):
                ledger.check_link(one, following)
    loose = {(each.block, each.place): ledger.decode_transaction(each.envelope) for each in evidence.transactions}
    channels: dict[int, Channel] = {}
    signed: dict[int, Signed] = {}
    for number, block in blocks.items():
        with about(block=number):
            signed[number] = Signed(block, _orderers(block, channels, evidence.configuration))
            if number in evidence.configuration:
                channels[number] = _configured(block, evidence, channels)
    if tuple(channels) != evidence.configuration or 0 not in channels:
        raise ProofError("The proof lacks a configuration it names, or the channel's first.", code="NO_CONFIGURATION")
    _check_second(messages.block(evidence.second), blocks[0], channels)
    return Carried(channels, signed, loose, used=set(channels))


def _check_second(second: Block, first: Block, channels: dict[int, Channel]) -> None:
    """Check that orderers have signed what comes after the first block, which vouches for that one."""
    with about(block=1):
        ledger.check_link(first, second)
        _require_orderers(second, channels[0])


def _orderers(block: Block, channels: dict[int, Channel], configuration: Sequence[int]) -> tuple[Member, ...]:
    """Check who signed a block, and that the configuration they say is in force is the carried one."""
    if block.number == 0:
        if block.metadata.signatures or block.metadata.signed_value:
            raise ProofError("The first block has no signatures.", code="BLOCK_UNREADABLE")
        return ()
    if not channels:
        raise ProofError("The proof lacks the channel's first block.", code="NO_CONFIGURATION")
    in_force = max(each for each in configuration if each <= block.number)
    if block.metadata.last_config != in_force:
        raise ProofError(
            f"The orderers signed that the configuration of block {block.metadata.last_config} is in force, the proof "
            f"holds that of block {in_force}.",
            code="OTHER_CONFIGURATION",
        )
    return _require_orderers(block, channels[max(channels)])


def _require_orderers(block: Block, channel: Channel) -> tuple[Member, ...]:
    signers = members(channel, ledger.check_orderers(block))
    if not channel.satisfies(BLOCK_VALIDATION, signers):
        raise ProofError("Too few orderers have signed it for the channel's policy.", code="ORDERERS_NOT_ENOUGH")
    return signers


def members(channel: Channel, signers: Sequence[SerializedIdentity]) -> tuple[Member, ...]:
    """Return signers as members of their organisations, each once.

    Raises:
        ProofError: SIGNED_TWICE, or as `Channel.member`.
    """
    if len({each.serialized for each in signers}) != len(signers):
        raise ProofError("Somebody signed twice.", code="SIGNED_TWICE")
    return tuple(channel.member(each) for each in signers)


def _configured(block: Block, evidence: Evidence, earlier: dict[int, Channel]) -> Channel:
    config = block.transactions[0].config if len(block.transactions) == 1 else None
    if config is None or block.transactions[0].channel != evidence.channel:
        raise ProofError(f"It holds no configuration of {evidence.channel}.", code="OTHER_CHANNEL")
    # configtxgen writes 0 into the first block; every update adds one, so none is left out.
    if config.sequence != len(earlier):
        raise ProofError(
            f"It holds configuration {config.sequence}, expected is {len(earlier)}: one is left out.",
            code="CONFIGURATION_GAP",
        )
    return Channel.of(config)


def _require_ascending(found: Sequence[object], what: str) -> None:
    if any(not one < following for one, following in pairwise(found)):  # type: ignore[operator]
        raise ProofError(f"The {what} are not in order, or one stands twice.", code="BLOCKS_UNORDERED")


def _place(place: Place | Version) -> tuple[int, int]:
    if isinstance(place, Version):
        return place.block_number, place.transaction_number
    return place.block, place.place
