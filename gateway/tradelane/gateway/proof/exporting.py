"""Writes a proof: asks the organisation's own peer for the blocks, and the jurisdictions' peers for one answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tradelane.gateway.errors import InputError, ResultError
from tradelane.gateway.ledger import Block, Transaction, queries
from tradelane.gateway.ledger.rwsets import Version
from tradelane.gateway.proof.choosing import Chosen
from tradelane.gateway.proof.container import (
    CarriedBlock,
    CarriedHeader,
    CarriedSignature,
    CarriedTransaction,
    Disclosure,
    Evidence,
    NameDisclosure,
    Place,
    write,
)
from tradelane.gateway.proof.definition import defined_at, earlier_definition
from tradelane.gateway.proof.versions import party_key, version_read
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade import documents, parties
from tradelane.gateway.trade.ebl import reading
from tradelane.model.party import DirectoryEntry
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import EndorsementRule
from tradelane.model.title_requests import HistoryEntry, TitleRequest

_TRIES = 3
"""How often the history is read anew because the title has changed meanwhile."""


@flow
def export(
    session: Session,
    title_id: str,
    *,
    disclose: Sequence[str] = (),
    no_pledge_at: int | None = None,
    without_blocks: bool = False,
    without_answer: bool = False,
) -> Steps[bytes]:
    """Return a proof of a title's history as a file's content. Caller: whoever may see the title.

    The last version is attested by peers of the organisations that the title's rule names.

    Args:
        session: Given by `run`.
        title_id: The title.
        disclose: What to open: `document`, `remarks`, `remark:N` (the act's sequence), `names`, `name:PARTY`.
        no_pledge_at: Prove that the title was not pledged at this block, too. Where the title has not changed since,
            all blocks from its last change up to this one are put into the file.
        without_blocks: Leave out the blocks of the acts, in which others' transactions stand; then orderers' signatures
            are not proved. The blocks of the channel's configurations and of the chaincode's definitions stay.
        without_answer: Ask no other organisation's peer, so that nobody learns of the export; then it is not proved
            that the last version took effect.

    Raises:
        InputError: UNKNOWN_DISCLOSURE, NOTHING_TO_DISCLOSE, NOT_YET_ISSUED, PLEDGED, BLOCKS_NEEDED, ANSWER_NEEDED.
        Refused: UNKNOWN_TITLE, NOT_A_PARTY.
        NotFound: BLOCK_NOT_FOUND: the peer does not keep blocks that old, or `no_pledge_at` is not there yet.
    """
    chosen = Chosen.of(disclose)
    if without_blocks and (chosen.names or chosen.all_names):
        raise InputError(
            "A party's name is shown by the blocks of its admission and its licences, in which others' transactions "
            "stand as well: export with blocks, or disclose no name.",
            code="BLOCKS_NEEDED",
        )
    if without_answer and (without_blocks or no_pledge_at is not None):
        raise InputError(
            "Without the peers' answer only the blocks show where the acts stand, and nothing that the last one took "
            "effect: leave out one or the other.",
            code="ANSWER_NEEDED",
        )
    entries, answer = yield from _attested(session, title_id, without_answer=without_answer)
    found = _Collected(session)
    versions = yield from found.places_of([entry.transaction_id for entry in entries])
    yield from _definitions(found, versions)
    if no_pledge_at is not None:
        yield from _until(found, versions, entries, no_pledge_at, without_blocks=without_blocks)
    disclosures = yield from _disclosed(session, chosen, entries, versions, found)
    configuration = yield from found.configuration()
    yield from found.block(1)
    return write(
        Evidence(
            title_id=title_id,
            channel=session.channel,
            chaincode=session.chaincode,
            configuration=configuration,
            versions=tuple(versions),
            reading=answer,
            no_pledge_at=no_pledge_at,
            blocks=found.carried(configuration, without_blocks=without_blocks),
            second=_header(found.blocks[1]),
            transactions=found.loose(configuration) if without_blocks else (),
            disclosures=disclosures,
        )
    )


@dataclass
class _Collected:
    """The blocks asked for so far, and what of them the proof needs."""

    session: Session
    blocks: dict[int, Block] = field(default_factory=dict)
    needed: set[tuple[int, int]] = field(default_factory=set)
    whole: set[int] = field(default_factory=set)

    def block(self, number: int) -> Steps[Block]:
        if number not in self.blocks:
            self.blocks[number] = yield from self.session.run(queries.block(number))
        return self.blocks[number]

    def places_of(self, transaction_ids: Sequence[str]) -> Steps[list[Place]]:
        """Collect transactions and return where they stand, in their order."""
        places = {}
        for transaction_id in transaction_ids:
            block = yield from self.session.run(queries.block_of(transaction_id))
            self.blocks[block.number] = block
            # A copy that somebody ordered again has the same id; it is not the one that took effect.
            index = next(i for i, each in enumerate(block.transactions) if each.id == transaction_id and each.is_valid)
            self.needed.add((block.number, index))
            places[transaction_id] = Place(block=block.number, place=index)
        return list(places.values())

    def transaction(self, version: Version) -> Steps[Transaction]:
        block = yield from self.block(version.block_number)
        self.needed.add((version.block_number, version.transaction_number))
        return block.transactions[version.transaction_number]

    def configuration(self) -> Steps[tuple[int, ...]]:
        """Return the numbers of all configurations up to now, each found from the block after which it was changed."""
        height = yield from self.session.run(queries.height())
        newest = yield from self.block(height - 1)
        found = [_last_config(newest)]
        while found[-1] > 0:
            yield from self.block(found[-1])
            before = yield from self.block(found[-1] - 1)
            found.append(_last_config(before))
        yield from self.block(0)
        return tuple(sorted(found))

    def carried(self, configuration: Iterable[int], *, without_blocks: bool) -> tuple[CarriedBlock, ...]:
        numbers = {*configuration, *self.whole}
        if not without_blocks:
            numbers |= {number for number, _ in self.needed}
        return tuple(_carried(self.blocks[number]) for number in sorted(numbers))

    def loose(self, configuration: Iterable[int]) -> tuple[CarriedTransaction, ...]:
        whole = {*configuration, *self.whole}
        return tuple(
            CarriedTransaction(block=number, place=place, envelope=self.blocks[number].transactions[place].envelope)
            for number, place in sorted(self.needed)
            if number not in whole
        )


def _attested(
    session: Session, title_id: str, *, without_answer: bool
) -> Steps[tuple[tuple[HistoryEntry, ...], bytes | None]]:
    """Return the title's history and the peers' signed answer, which are of the same version."""
    for _ in range(_TRIES):
        entries = (yield from session.run(reading.history(title_id))).entries
        if without_answer:
            return entries, None
        last = entries[-1].title
        proposal = session.new_proposal(
            "ebl:show", [TitleRequest(title_id=title_id)], organisations=_organisations(last.endorsement)
        )
        answer = yield from session.endorse(proposal)
        if TitleRecord.from_json(answer.result) == last:
            return entries, answer.envelope
    raise ResultError(
        "The title changes so fast that the peers' answers never were of the version just read; try again.",
        code="TITLE_CHANGES",
    )


def _organisations(rule: EndorsementRule) -> tuple[str, ...]:
    return (*rule.required, *rule.others[: rule.count])


def _definitions(found: _Collected, versions: Sequence[Place]) -> Steps[None]:
    """Collect the blocks that defined the chaincode, by which the versions' endorsers were chosen."""
    for place in versions:
        action = found.blocks[place.block].transactions[place.place].action
        definition = None if action is None else defined_at(action, found.session.chaincode)
        while definition is not None and (definition.block_number, definition.transaction_number) not in found.needed:
            found.whole.add(definition.block_number)
            action = (yield from found.transaction(definition)).action
            definition = None if action is None else earlier_definition(action, found.session.chaincode)


def _until(
    found: _Collected,
    versions: Sequence[Place],
    entries: Sequence[HistoryEntry],
    number: int,
    *,
    without_blocks: bool,
) -> Steps[None]:
    """Collect what shows that no version lies between the one at a block and that block."""
    at = [entry.title for entry, place in zip(entries, versions, strict=True) if place.block <= number]
    if not at:
        raise InputError(
            f"There was no title at block {number}: it was issued in block {versions[0].block}.", code="NOT_YET_ISSUED"
        )
    if at[-1].pledge is not None:
        raise InputError(
            f"At block {number} the title was pledged to {at[-1].pledge.pledgee.party_id}.", code="PLEDGED"
        )
    if len(at) < len(versions):
        return
    if without_blocks:
        raise InputError(
            f"The title has not changed since block {versions[-1].block}, so only the blocks up to {number} show that "
            "it was not pledged: export with blocks, or after the party in control has signed the title (ebl sign).",
            code="BLOCKS_NEEDED",
        )
    for between in range(versions[-1].block, number + 1):
        yield from found.block(between)
        found.whole.add(between)


def _disclosed(
    session: Session,
    chosen: Chosen,
    entries: Sequence[HistoryEntry],
    versions: Sequence[Place],
    found: _Collected,
) -> Steps[tuple[Disclosure, ...]]:
    disclosed: list[Disclosure] = []
    if chosen.document:
        content = yield from session.run(documents.read_of_title(entries[0].title.title_id))
        disclosed.append(chosen.opened_document(content))
    disclosed += chosen.opened_remarks(entries)
    for party_id in chosen.named(entries[-1].title.parties):
        view = yield from session.run(parties.show(party_id))
        if view.name is None or view.salt is None:
            raise InputError(f"Your organisation's peer has no name of {party_id}.", code="NOTHING_TO_DISCLOSE")
        entry = DirectoryEntry(party_id=party_id, name=view.name, salt=view.salt)
        written = yield from _written(party_id, versions, found)
        disclosed.append(NameDisclosure(entry=entry, written=written))
    return tuple(disclosed)


def _written(party_id: str, versions: Sequence[Place], found: _Collected) -> Steps[tuple[Place, ...]]:
    """Collect what wrote a party's record: from what the title's transactions have read, back to its admission."""
    chaincode, key = found.session.chaincode, party_key(party_id)
    reads = (version_read(found.blocks[each.block].transactions[each.place], chaincode, key) for each in versions)
    place = next((each for each in reads if each is not None), None)
    written: list[Place] = []
    while place is not None:
        written.append(Place(block=place.block_number, place=place.transaction_number))
        transaction = yield from found.transaction(place)
        place = version_read(transaction, chaincode, key)
    if not written:
        raise InputError(f"No act on the title has read who {party_id} is.", code="NOTHING_TO_DISCLOSE")
    return tuple(written)


def _carried(block: Block) -> CarriedBlock:
    return CarriedBlock(
        number=block.number,
        previous_hash=block.header.previous_hash.hex(),
        envelopes=tuple(each.envelope for each in block.transactions),
        signed_value=block.metadata.signed_value if block.number else b"",
        signatures=_signatures(block),
    )


def _header(block: Block) -> CarriedHeader:
    return CarriedHeader(
        previous_hash=block.header.previous_hash.hex(),
        content_hash=block.header.data_hash.hex(),
        signed_value=block.metadata.signed_value,
        signatures=_signatures(block),
    )


def _signatures(block: Block) -> tuple[CarriedSignature, ...]:
    return tuple(CarriedSignature(header=each.header, signature=each.signature) for each in block.metadata.signatures)


def _last_config(block: Block) -> int:
    return block.metadata.last_config or 0
