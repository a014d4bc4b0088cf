"""Joint control: several persons who act together count as one (UK ETDA section 2(4), SG ETA section 16I)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from tradelane.model.events import PartyFact
from tradelane.model.identifiers import MspId, PartyId, Sha256
from tradelane.model.joint import Agreement, AgreementView
from tradelane.model.party import JointRequest, PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import Remark
from tradelane.rules.party import known
from tradelane.rules.refusal import Code, Refused


@dataclass(frozen=True, slots=True)
class Asked:
    """What a member of a joint party asks for.

    Attributes:
        action_code: The act.
        request: Its request, as canonical JSON.
        words: SHA-256 of the salted words that go with it, None without any.
    """

    action_code: Action
    request: str
    words: Sha256 | None = None

    @property
    def act(self) -> Sha256:
        """SHA-256 of act and request. Not of the words: the digest is public, and they could be guessed from it."""
        return hashlib.sha256(f"{self.action_code}\0{self.request}".encode()).hexdigest()


def form(
    request: JointRequest, msp_id: MspId, same_id: PartyRecord | None, members: Mapping[PartyId, PartyRecord | None]
) -> tuple[PartyRecord, PartyFact]:
    """Form a joint party; its roles are those that have effect for every member.

    Args:
        request: Its id and members.
        msp_id: The administrator's organisation.
        same_id: The party that has this id already.
        members: The records of the members.

    Raises:
        Refused: PARTY_EXISTS, UNKNOWN_PARTY, FOREIGN_ORGANISATION, NOT_JOINABLE.
    """
    if same_id is not None:
        raise Refused(
            409,
            Code.PARTY_EXISTS,
            f"the party {request.party_id!r} exists already; choose another id",
            {"partyId": request.party_id},
        )
    found = [known(members.get(member), member) for member in request.members]
    for member in found:
        if member.msp_id != msp_id:
            raise Refused(
                403,
                Code.FOREIGN_ORGANISATION,
                f"{member.party_id!r} is at home in {member.msp_id}; the members of a joint party are of one "
                f"organisation, here {msp_id}",
                {"partyId": member.party_id},
            )
    roles = tuple(role for role in found[0].effective_roles if all(role in each.effective_roles for each in found))
    if not roles or any(member.members for member in found) or len(dict.fromkeys(request.members)) != len(found):
        raise Refused(
            422,
            Code.NOT_JOINABLE,
            "a joint party has two or more different single parties, with at least one role in common that has effect",
        )
    record = PartyRecord(
        party_id=request.party_id, msp_id=msp_id, roles=roles, licensed_roles=roles, members=request.members
    )
    return record, PartyFact(action="ADMITTED", party_id=record.party_id, msp_id=msp_id)


def is_member(joint: PartyRecord, party: PartyRecord) -> bool:
    """Tell whether a party is a member of a joint party, and so may know in which words the others have asked."""
    return party.party_id in joint.members


def require_member(joint: PartyRecord, member: PartyRecord) -> None:
    """Refuse who is no member of a joint party.

    Raises:
        Refused: NOT_A_MEMBER.
    """
    if not is_member(joint, member):
        raise Refused(
            403,
            Code.NOT_A_MEMBER,
            f"{member.party_id!r} is no member of the joint party {joint.party_id!r}",
            {"partyId": joint.party_id},
        )


def same_words(one: Remark | None, other: Remark | None) -> bool:
    """Tell whether two members say the same with an act; the salts that keep it from being guessed may differ."""
    if one is None or other is None:
        return one is other
    return (one.text, one.feedback) == (other.text, other.feedback)


def agree(
    before: Agreement | None,
    title: TitleRecord,
    asked: Asked,
    joint: PartyRecord,
    member: PartyRecord,
) -> Agreement:
    """Return what is agreed once a member has asked for an act too.

    Args:
        before: What the members agreed on for this act and version in these words; None where the words are others:
            whoever asks in other words asks anew, and nobody is held to what was said before.
        title: The title the act is about.
        asked: What the member asks for; its words stand for all where it is the first.
        joint: The joint party.
        member: Who asks.

    Raises:
        Refused: NOT_A_MEMBER, ALREADY_AGREED.
    """
    require_member(joint, member)
    agreed = () if before is None else before.agreed
    if member.party_id in agreed:
        waited_for = _missing(joint, agreed)
        raise Refused(
            409,
            Code.ALREADY_AGREED,
            f"{member.party_id!r} has asked for this act already; it is done when {', '.join(waited_for)} asks for the "
            "same",
            {"waitingFor": " ".join(waited_for)},
        )
    return Agreement(
        title_id=title.title_id,
        sequence=title.sequence,
        joint_party=joint.party_id,
        act=asked.act,
        action_code=asked.action_code,
        request=asked.request,
        words=asked.words if before is None else before.words,
        agreed=(*agreed, member.party_id),
    )


def words_not_at_this_peer(agreement: Agreement) -> Refused:
    """Return the refusal of a peer that cannot compare a member's words with those of the first."""
    return Refused(
        409,
        Code.NOT_AT_THIS_PEER,
        f"this peer has not received the words yet that {agreement.agreed[0]!r} has asked with; ask again in a moment",
        {"partyId": agreement.joint_party},
    )


def is_complete(agreement: Agreement, joint: PartyRecord) -> bool:
    """Tell whether every member has asked for the act."""
    return not _missing(joint, agreement.agreed)


def view(
    agreement: Agreement, title: TitleRecord, joint: PartyRecord, reader: PartyRecord, words: Remark | None
) -> AgreementView:
    """Return an agreement as one who may see the title sees it.

    Args:
        agreement: What members have asked for, on this version of the title or an earlier one.
        title: The title as it is now.
        joint: The joint party.
        reader: Who asks.
        words: Those of the first member, None where there are none or they are not at hand; shown to members alone,
            for nobody has done anything yet.
    """
    in_force = agreement.sequence == title.sequence
    waiting_for = _missing(joint, agreement.agreed) if in_force else ()
    said = words if is_member(joint, reader) else None
    return AgreementView(
        agreement=agreement,
        in_force=in_force,
        waiting_for=waiting_for,
        waits_for_caller=reader.party_id in waiting_for,
        remark=None if said is None else said.text,
        feedback=() if said is None else said.feedback,
    )


def _missing(joint: PartyRecord, agreed: tuple[PartyId, ...]) -> tuple[PartyId, ...]:
    return tuple(member for member in joint.members if member not in agreed)
