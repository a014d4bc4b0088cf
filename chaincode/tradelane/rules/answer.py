"""What each refusal says beside its reason: what was asked, the present state, who may do it, what would be accepted.

One place completes them all, so that no guard can forget one of the four. No party is named here: `by` and `accepted`
speak of capacities.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from tradelane.rules.refusal import Code, Refused

NOT_ISSUED = "NOT_ISSUED"
"""The state of what is no title yet."""
NOBODY = "nobody"
"""Who may do what the present state does not allow."""

ACCEPTED: Mapping[Code, str] = MappingProxyType(
    {
        Code.INVALID_REQUEST: "a request as the contract's metadata describes it",
        Code.INVALID_DOCUMENT: "a document that keeps DCSA's rules",
        Code.UNKNOWN_FUNCTION: "a function of the contract's metadata",
        Code.NOT_IDENTIFIED: "the same with the certificate of a party's user",
        Code.NOT_ADMIN: "the same from an administrator of the organisation",
        Code.NOT_SIGNER: "the same from a user with the role signer",
        Code.NOT_AUTHORITY: "the same from a party with the role AUTHORITY",
        Code.NOT_CARRIER: "the same from a party with the role CARRIER",
        Code.NOT_LICENSED: "the same once an authority of your jurisdiction has licensed one of your roles",
        Code.NOT_IN_CONTROL: "the same from the party in control",
        Code.NOT_ENDORSEE: "the same from the endorsee, or an endorsement to the party it has nominated",
        Code.NOT_ISSUER: "the same from the carrier that issued the title",
        Code.NOT_TITLEHOLDER: "the same from the titleholder in control, or a transfer to it",
        Code.NOT_A_PARTY: "the same from a party of the title, or from one that was given it",
        Code.NOT_OWNER: "the same from the party that lodged the document",
        Code.NOT_PLEDGEE: "the same from the pledgee",
        Code.NOT_OPERATOR: "the same from the operator by which the title left",
        Code.NOT_A_MEMBER: "the same from a member of the joint party",
        Code.FOREIGN_ORGANISATION: "the same from, and about, parties of the jurisdiction concerned",
        Code.UNKNOWN_PARTY: "the same about a party that has been admitted",
        Code.UNKNOWN_TITLE: "the same about a title that was issued on this channel",
        Code.UNKNOWN_DOCUMENT: "the same once a party of the title has shared the document",
        Code.UNKNOWN_ORGANISATION: "the same once the organisation is registered",
        Code.UNKNOWN_ATTACHMENT: "the same about one of the title's attachments",
        Code.WRONG_STATE: "the same in a state that allows it",
        Code.STALE_TITLE: "the same with the present version, where it still fits",
        Code.CHAIN_BROKEN: "the signed entry with which this title's own chain goes on",
        Code.ALREADY_AGREED: "the same from the members who have not asked yet",
        Code.ALREADY_FROZEN: "a release by the authority whose order stands, or an order of another authority",
        Code.NOTHING_TO_REFUSE: "a transfer back from the party in control",
        Code.TOO_LATE_TO_REFUSE: "a transfer back from the party in control",
        Code.PARTY_EXISTS: "the same with another party id",
        Code.LEI_EXISTS: "the same with a Legal Entity Identifier that no party has",
        Code.TITLE_EXISTS: "the same with a new title id, over a document without a title",
        Code.DOCUMENT_EXISTS: "the same with a new document id",
        Code.DUPLICATE_REFERENCE: "a document with a reference that was never used",
        Code.ATTACHMENT_EXISTS: "the same with a new attachment id",
        Code.ALREADY_LICENSED: "nothing more: the licence stands",
        Code.ORGANISATION_EXISTS: "nothing more: the organisation is there",
        Code.NOT_PREPARED: "the same once an administrator has prepared the organisation",
        Code.NOT_AT_THIS_PEER: "the same at a peer of your own organisation",
        Code.SEVERAL_DOCUMENTS: "the same with the title named",
        Code.NOT_A_TITLE: "the same about a bill of lading",
        Code.NOT_NEGOTIABLE: "the same about a bill to order",
        Code.ENDORSEE_MAY_NOT_ENDORSE: "a transfer, a pledge or a surrender, which need no endorsement",
        Code.RECIPIENT_REQUIRED: "the same with a recipient",
        Code.RECIPIENT_NOT_ALLOWED: "the same without a recipient",
        Code.SAME_PARTY: "the same with another party as recipient",
        Code.RECIPIENT_NOT_LICENSED: "a recipient of which a role has effect",
        Code.ROLE_NOT_REGULATED: "nothing more: the role has effect without a licence",
        Code.ROLE_NOT_HELD: "a role with which the party was admitted",
        Code.NOT_A_TITLE_DOCUMENT: "an issued electronic bill of lading or sea waybill",
        Code.NOT_LODGED: "the same once it is lodged, with what was lodged",
        Code.COMMITMENT_MISMATCH: "exactly what was lodged, with its salt",
        Code.REASON_REQUIRED: "the same with the words behind it",
        Code.NOT_A_BANK: "a licensed bank as recipient",
        Code.NOT_A_PLATFORM: "a licensed platform operator as recipient",
        Code.NOT_JOINABLE: "two or more single parties with a role in common",
        Code.LIMIT_PASSED: "a limit in the future, or none",
        Code.SURRENDER_FIRST: "the same once a surrender for delivery was accepted",
        Code.NOTHING_TO_RECOVER: "a party that has a part in the title, other than its carrier's",
        Code.LAW_NOT_IN_FORCE: "the same under a law in force",
        Code.NOT_UNDER_THIS_LAW: "the same under a law that knows it, or another act",
        Code.NOT_TO_BE_REPLACED: "one title by one or several, or several by one, of one law and one holder",
        Code.QUANTITIES_DIFFER: "titles whose quantities add up to those of the titles replaced",
        Code.TOO_MANY_DOCUMENTS: "nothing more of this kind",
        Code.EMPTY_DOCUMENT: "a file with content",
        Code.DOCUMENT_TOO_LARGE: "a smaller file",
        Code.WRONG_MEDIA_TYPE: "the media type that the content has",
    }
)
"""What would be accepted instead; where a state allows other acts, the rules of titles name them."""


def complete(refused: Refused, asked: str, status: str, by: str) -> Refused:
    """Return a refusal of an act on a title with all four in its details and in its sentence.

    Args:
        refused: What a rule refused with.
        asked: The act.
        status: Where the title stands.
        by: In which capacity the act is done in this state.
    """
    if "accepted" in refused.details:
        return refused
    accepted = ACCEPTED[refused.code]
    message = f"{refused.message}. In the state {status}, {asked} is up to {by}; accepted would be {accepted}"
    details = {"actionCode": asked, "status": status, "by": by, "accepted": accepted}
    return Refused(refused.status, refused.code, message, {**details, **refused.details})


@contextmanager
def told(asked: str, status: str, by: str) -> Iterator[None]:
    """Complete whatever is refused within; see `complete`."""
    try:
        yield
    except Refused as refused:
        raise complete(refused, asked, status, by) from None
