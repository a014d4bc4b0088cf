"""Joint control: several persons who act together count as one (UK ETDA section 2(4), SG ETA section 16I)."""

from collections.abc import Mapping

from tradelane.model.events import PartyFact
from tradelane.model.identifiers import MspId, PartyId, Sha256
from tradelane.model.joint import Agreement
from tradelane.model.party import JointRequest, PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_requests import Remark
from tradelane.rules.party import known
from tradelane.rules.refusal import Code, Refused


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


def require_member(joint: PartyRecord, member: PartyRecord) -> None:
    """Refuse who is no member of a joint party.

    Raises:
        Refused: NOT_A_MEMBER.
    """
    if member.party_id not in joint.members:
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
    act: Sha256,
    joint: PartyRecord,
    member: PartyRecord,
    words: Sha256 | None = None,
) -> Agreement:
    """Return what is agreed once a member has asked for an act too.

    Args:
        before: What the members agreed on for this act and version in these words; None where the words are others:
            whoever asks in other words asks anew, and nobody is held to what was said before.
        title: The title the act is about.
        act: The act's digest.
        joint: The joint party.
        member: Who asks.
        words: The digest of the words the member asks with, which stand for all where it is the first.

    Raises:
        Refused: NOT_A_MEMBER, ALREADY_AGREED.
    """
    require_member(joint, member)
    agreed = () if before is None else before.agreed
    if member.party_id in agreed:
        waited_for = [each for each in joint.members if each not in agreed]
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
        act=act,
        words=words if before is None else before.words,
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
    return all(member in agreement.agreed for member in joint.members)
