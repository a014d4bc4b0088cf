"""Checks a proof, with nothing but the file: no peer, no network, no clock."""

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509

from tradelane.gateway.errors import ProofError
from tradelane.gateway.proof import container
from tradelane.gateway.proof.absence import NoPledge, no_pledge
from tradelane.gateway.proof.attestation import Attestation, attested
from tradelane.gateway.proof.carried import Carried, examine
from tradelane.gateway.proof.channel import Root
from tradelane.gateway.proof.disclosing import Opened, opened
from tradelane.gateway.proof.membership import Member
from tradelane.gateway.proof.versions import ProvedVersion, chain
from tradelane.model.title import TitleRecord


@dataclass(frozen=True, slots=True)
class OutOfPeriod:
    """A certificate that was out of its period."""

    subject: str
    not_before: datetime
    not_after: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a proof proves; `statement` says it in words."""

    channel: str
    chaincode: str
    genesis: str
    """Hash of the channel's first block, lower-case hexadecimal: by it a reader knows which network this is."""
    roots: tuple[Root, ...]
    """The CAs that everything rests on, as the newest carried configuration names them."""
    configurations: int
    configured_at: int
    """The block of the newest carried configuration."""
    versions: tuple[ProvedVersion, ...]
    attestation: Attestation | None
    no_pledge: NoPledge | None
    opened: tuple[Opened, ...]
    out_of_period: tuple[OutOfPeriod, ...]
    """Certificates that were out of their period by the transaction's own time, or at the time that was asked for."""

    @property
    def title(self) -> TitleRecord:
        """The title as of its last version."""
        return self.versions[-1].record

    @property
    def ordered(self) -> bool:
        """Whether the blocks are carried, so that the orderers' signatures count."""
        return all(each.orderers for each in self.versions)


def verify(
    data: bytes, *, title_id: str | None = None, genesis: str | None = None, at: datetime | None = None
) -> Verdict:
    """Check a proof file.

    Args:
        data: The file's content.
        title_id: The title it must be about.
        genesis: The hash of the first block that the channel must have, hexadecimal; without it a reader has to compare
            `Verdict.genesis` with what a member of the network says.
        at: A moment: nothing in the proof may be later, and certificates that have expired by then are named.

    Raises:
        ProofError: The first check that fails; codes in docs/proof.md.
    """
    evidence = container.read(data)
    if title_id is not None and title_id != evidence.title_id:
        raise ProofError(f"The proof is about title {evidence.title_id}, not {title_id}.", code="OTHER_TITLE")
    carried = examine(evidence)
    first = carried.blocks[0].block.header.hash.hex()
    if genesis is not None and genesis.lower() != first:
        raise ProofError(
            f"The proof is of another network: its first block is {first}, not {genesis.lower()}.", code="OTHER_NETWORK"
        )
    versions = chain(evidence, carried)
    attestation = attested(evidence, carried, versions[-1])
    if evidence.transactions and attestation is None:
        raise ProofError(
            "Without their blocks, and without the peers' answer, nothing shows where the transactions stand.",
            code="NOT_CLOSED",
        )
    absent = no_pledge(evidence, carried, versions, attestation)
    disclosures = opened(evidence, carried, versions)
    carried.refuse_unused()
    _refuse_later(versions, attestation, at)
    return Verdict(
        channel=evidence.channel,
        chaincode=evidence.chaincode,
        genesis=first,
        roots=carried.newest.roots,
        configurations=len(carried.channels),
        configured_at=max(carried.channels),
        versions=versions,
        attestation=attestation,
        no_pledge=absent,
        opened=disclosures,
        out_of_period=_out_of_period(versions, attestation, carried, at),
    )


def _refuse_later(versions: tuple[ProvedVersion, ...], attestation: Attestation | None, at: datetime | None) -> None:
    if at is None:
        return
    moments = [each.transaction.timestamp for each in versions] + [attestation.asked_at if attestation else None]
    late = [moment for moment in moments if moment is not None and moment > at]
    if late:
        raise ProofError(
            f"The proof holds something of {max(late):%Y-%m-%d %H:%M:%S} UTC, which is later than "
            f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC.",
            code="FROM_THE_FUTURE",
        )


def _out_of_period(
    versions: tuple[ProvedVersion, ...], attestation: Attestation | None, carried: Carried, at: datetime | None
) -> tuple[OutOfPeriod, ...]:
    """Return certificates out of their period: signers' by their transaction's time, and everybody's at a moment."""
    seen: dict[tuple[bytes, datetime], OutOfPeriod] = {}

    def note(certificate: x509.Certificate, moment: datetime | None) -> None:
        if moment is None:
            return
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if not begin <= moment <= end:
            entry = OutOfPeriod(certificate.subject.rfc4514_string(), begin, end, moment)
            seen.setdefault((certificate.signature, moment), entry)

    signed: list[tuple[Member, datetime | None]] = [
        (member, each.transaction.timestamp)
        for each in versions
        for member in (each.creator, *each.endorsers, *each.orderers)
    ]
    if attestation is not None:
        signed += [(member, attestation.asked_at) for member in (attestation.asked_by, *attestation.endorsers)]
    for member, moment in signed:
        note(member.certificate, moment)
        note(member.certificate, at)
    for membership in carried.newest.memberships.values():
        for root in membership.roots:
            note(root, at)
    return tuple(seen.values())
