"""A title's life on the signed ledger, and the proof of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.signed_ledger import CHAINCODE, CHANNEL, SignedLedger, Signer, Version, reads_of, writes_of
from tests.support.titles import BANK, BOTH, CARRIER, EXPORTER, title
from tradelane.gateway.ledger import Block, decode_block
from tradelane.gateway.proof.container import (
    CarriedBlock,
    CarriedHeader,
    CarriedSignature,
    CarriedTransaction,
    Disclosure,
    Evidence,
    Place,
    write,
)
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action, LastAction, Pledge


@dataclass
class Life:
    """One title, acted on."""

    ledger: SignedLedger = field(default_factory=SignedLedger.begun)
    records: list[TitleRecord] = field(default_factory=list)
    places: list[Version] = field(default_factory=list)
    whole: set[int] = field(default_factory=set)
    """Blocks to carry beside those of the versions."""

    def __post_init__(self) -> None:
        homes = {each.msp_id: each for each in self.ledger.trading}
        self.signers = {
            party.party_id: homes[party.msp_id].signer(f"{party.party_id}-clerk", "client", party.party_id)
            for party in (CARRIER, EXPORTER, BANK)
        }
        self.peers = self.ledger.peers

    @classmethod
    def lived(cls) -> "Life":
        """Issued, handed to the bank and back, pledged, released and signed: six versions."""
        life = cls()
        life.act(CARRIER, Action.ISSUE, EXPORTER)
        life.act(EXPORTER, Action.TRANSFER, BANK, possessor=BANK.ref)
        life.act(BANK, Action.TRANSFER, EXPORTER, possessor=EXPORTER.ref)
        life.pledge()
        life.act(BANK, Action.RELEASE, possessor=EXPORTER.ref, pledge=None)
        life.act(EXPORTER, Action.SIGN)
        return life

    def pledge(self) -> Version:
        pledge = Pledge(pledgor=EXPORTER.ref, pledgee=BANK.ref, since=self.ledger.now())
        return self.act(EXPORTER, Action.PLEDGE, BANK, possessor=BANK.ref, pledge=pledge)

    def act(
        self,
        actor: PartyRecord,
        action: Action,
        recipient: PartyRecord | None = None,
        **more: Any,
    ) -> Version:
        """Order one act in a block of its own; see `envelope`."""
        envelope = self.envelope(actor, action, recipient, **more)
        self.places.append((self.ledger.order(envelope), 0))
        return self.places[-1]

    def envelope(
        self,
        actor: PartyRecord,
        action: Action,
        recipient: PartyRecord | None = None,
        *,
        creator: Signer | None = None,
        endorsers: Sequence[Signer] | None = None,
        reads: Mapping[str, Version] | None = None,
        read: Version | None = None,
        policy: bool | None = None,
        spoil: Callable[[dict[str, Any]], None] = lambda _: None,
        how: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> bytes:
        """Return an act's transaction, which becomes the title's next version.

        `spoil` changes what it reads and writes before anybody signs, `how` says more on how it is made.
        """
        last = LastAction(
            action_code=action,
            actor=actor.ref,
            recipient=None if recipient is None else recipient.ref,
            action_date_time=self.ledger.now(),
            evidence=changes.pop("evidence", None),
        )
        before = self.records[-1] if self.records else None
        sequence = 1 if before is None else before.sequence + 1
        base = before or title(parties=(CARRIER.party_id, EXPORTER.party_id, BANK.party_id))
        tied = {"sequence": sequence, "last_action": last, "previous": None if before is None else before.digest}
        record = base.model_copy(update=tied | changes)
        self.records.append(record)
        state = writes_of(
            record,
            read or (self.places[-1] if self.places else None),
            self.ledger.defined,
            rule=BOTH if (before is None if policy is None else policy) else None,
            reads=reads,
        )
        spoil(state)
        return self.ledger.transaction(
            creator or self.signers[actor.party_id],
            self.peers if endorsers is None else endorsers,
            state,
            f"ebl:{action.lower()}",
            **(how or {}),
        )

    def question(
        self,
        *,
        endorsers: Sequence[Signer] | None = None,
        of: int = -1,
        function: str = "ebl:show",
        answer: bytes | None = None,
        spoil: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> bytes:
        """Return the peers' signed answer: the title as of one of its versions."""
        record = self.records[of]
        state = reads_of(record.title_id, self.places[of], self.ledger.defined)
        spoil(state)
        asker = self.signers[EXPORTER.party_id]
        signers = self.peers if endorsers is None else endorsers
        response = record.to_json() if answer is None else answer
        return self.ledger.transaction(asker, signers, state, function, response=response)

    def evidence(self, **changes: Any) -> Evidence:
        """Return what a proof of the whole life carries; blocks follow what the changes say of the rest."""
        fields: dict[str, Any] = {
            "title_id": self.records[0].title_id,
            "channel": CHANNEL,
            "chaincode": CHAINCODE,
            "configuration": tuple(self.ledger.configurations),
            "versions": tuple(Place(block=block, place=place) for block, place in self.places),
            "reading": self.question(),
            "second": self.second(),
        }
        fields |= changes
        if "blocks" not in fields:
            numbers = {*fields["configuration"], self.ledger.defined[0], *self.whole}
            fields["blocks"] = self.carried(numbers | {each.block for each in fields["versions"]})
        return Evidence(**fields)

    def file(self, **changes: Any) -> bytes:
        return write(self.evidence(**changes))

    def loose(self) -> Evidence:
        """Return a proof without blocks but those of the configurations and the definition."""
        return self.evidence(
            blocks=self.carried({*self.ledger.configurations, self.ledger.defined[0]}),
            transactions=tuple(
                CarriedTransaction(block=block, place=place, envelope=self.block(block).transactions[place].envelope)
                for block, place in self.places
            ),
        )

    def block(self, number: int) -> Block:
        return decode_block(self.ledger.blocks[number])

    def carried(self, numbers: set[int]) -> tuple[CarriedBlock, ...]:
        return tuple(
            CarriedBlock(
                number=number,
                previous_hash=block.header.previous_hash.hex(),
                envelopes=tuple(each.envelope for each in block.transactions),
                signed_value=block.metadata.signed_value,
                signatures=_signatures(block),
            )
            for number, block in ((number, self.block(number)) for number in sorted(numbers))
        )

    def second(self) -> CarriedHeader:
        block = self.block(1)
        return CarriedHeader(
            previous_hash=block.header.previous_hash.hex(),
            content_hash=block.header.data_hash.hex(),
            signed_value=block.metadata.signed_value,
            signatures=_signatures(block),
        )


def _signatures(block: Block) -> tuple[CarriedSignature, ...]:
    return tuple(CarriedSignature(header=each.header, signature=each.signature) for each in block.metadata.signatures)


__all__ = ["Disclosure", "Life"]
