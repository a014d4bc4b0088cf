"""A verdict in words: what is proved, by whose signatures, and what is not."""

from collections.abc import Sequence
from typing import Any, Final

from tradelane.gateway.certificate import enrolment_id
from tradelane.gateway.proof.container import DocumentDisclosure, NameDisclosure, RemarkDisclosure
from tradelane.gateway.proof.disclosing import Opened
from tradelane.gateway.proof.membership import Member
from tradelane.gateway.proof.verifying import Verdict
from tradelane.gateway.proof.versions import ProvedVersion

_ALWAYS_OPEN: Final = (
    (
        "That this is the network you mean: compare the first block's hash with what one of its members tells you, or "
        "give it to `proof verify --genesis`."
    ),
    (
        "That endorsers of all the organisations which a rule wants did not act together against the rules: the proof "
        "shows that they signed, not that their chaincode was TradeLane's."
    ),
    "The times: each is what the program of who acted has said; blocks carry none.",
)


def proved(verdict: Verdict) -> tuple[str, ...]:
    """Return what the proof proves, sentence by sentence."""
    found = [
        *_history(verdict),
        (
            "Every change was signed for the party that the record names as acting, and endorsed by peers of the "
            "organisations that the chaincode's definition and the title's own rule want."
        ),
    ]
    if verdict.ordered:
        found.append("Every change stands in a block signed by orderers whom the channel's configuration names.")
    found += [*_last(verdict), *_no_pledge(verdict)]
    found += [f"{_what(each)} is what {each.against} commits to." for each in verdict.opened]
    return tuple(found)


def not_proved(verdict: Verdict) -> tuple[str, ...]:
    """Return what the proof leaves open, sentence by sentence."""
    found = [*_ALWAYS_OPEN]
    if verdict.attestation is None:
        found.append(
            f"That the last version, {verdict.title.sequence}, took effect: peers decide that, and nobody has signed "
            "that they did."
        )
    when = "after the last version" if verdict.attestation is None else "after the peers have answered"
    found.append(f"What became of the title {when}.")
    if not verdict.ordered:
        found.append(
            "That orderers have signed the blocks: they are left out, so that others' transactions are not disclosed. "
            "Where each change stands is what the endorsers of the next one have signed, of the last one the peers who "
            "answered; what it says is tied to the next one by its digest. Had somebody two transactions endorsed that "
            "write the very same record, it stays open which of them is shown."
        )
    found += _configuration(verdict)
    if verdict.configurations > 1:
        found.append(
            "That administrators agreed to each change of the channel's configuration: it was accepted as orderers of "
            "the configuration before have signed it."
        )
    if _jointly(verdict):
        found.append(
            "Who the members of a joint party are, and that all of them agreed: the contract has seen to it, the proof "
            "holds the last one's transaction."
        )
    if not any(isinstance(each.disclosure, DocumentDisclosure) for each in verdict.opened):
        found.append("What the transport document says: it is not disclosed.")
    return tuple(found)


def notes(verdict: Verdict) -> tuple[str, ...]:
    """Return what a reader should know of the certificates: Fabric accepts signatures by expired ones."""
    return tuple(
        f"The certificate {each.subject} is valid from {each.not_before:%Y-%m-%d} to {each.not_after:%Y-%m-%d}, which "
        f"{each.at:%Y-%m-%d %H:%M} UTC is outside of."
        for each in verdict.out_of_period
    )


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON values, for programs."""
    attestation, absent = verdict.attestation, verdict.no_pledge
    found: dict[str, Any] = {
        "titleId": verdict.title.title_id,
        "channel": verdict.channel,
        "chaincode": verdict.chaincode,
        "genesis": verdict.genesis,
        "roots": [{"mspId": each.msp_id, "subject": each.subject, "sha256": each.sha256} for each in verdict.roots],
        "versions": [_version_json(each) for each in verdict.versions],
        "title": verdict.title.model_dump(mode="json", exclude_none=True),
        "disclosed": [each.disclosure.model_dump(mode="json", exclude_none=True) for each in verdict.opened],
        "proved": list(proved(verdict)),
        "notProved": list(not_proved(verdict)),
        "notes": list(notes(verdict)),
    }
    if attestation is not None:
        found["attestation"] = {
            "transactionId": attestation.transaction_id,
            "askedAt": attestation.asked_at.isoformat(),
            "askedBy": name(attestation.asked_by),
            "endorsers": _names(attestation.endorsers),
        }
    if absent is not None:
        found["noPledgeAt"] = {
            "blockNumber": absent.block,
            "sequence": absent.version.record.sequence,
            "closedBy": None if absent.closed_by is None else absent.closed_by.record.sequence,
            "pledgedBefore": list(absent.earlier),
        }
    return found


def name(member: Member) -> str:
    """Return a signer as people name it: who, role, organisation."""
    return f"{enrolment_id(member.certificate)} ({member.msp_id}.{member.role})"


def _history(verdict: Verdict) -> list[str]:
    """Say what took effect: every version that a later one, or the peers' answer, speaks of."""
    title, versions = verdict.title, verdict.versions
    who = f"{title.issuer.party_id} of {title.issuer.msp_id}"
    where = f"block {versions[0].place.block} of channel {verdict.channel}"
    open_end = verdict.attestation is None
    if open_end and len(versions) == 1:
        return [f"An issue of title {title.title_id} by {who} was endorsed and stands in {where}."]
    changes = len(versions) - (2 if open_end else 1)
    found = [
        (
            f"Title {title.title_id} was issued by {who} in {where}, and changed {changes} times since: each change "
            "was made on the version before it, so none is left out between them."
        )
    ]
    if open_end:
        found.append(
            f"One more change, version {title.sequence}, was endorsed on that and stands in block "
            f"{versions[-1].place.block}."
        )
    return found


def _configuration(verdict: Verdict) -> list[str]:
    """Say of what it stays open by which configuration it is to be judged."""
    found = [] if verdict.ordered else ["when acts were endorsed whose blocks are left out"]
    found += [] if verdict.attestation is None else ["when the peers answered"]
    if not found:
        return []
    return [
        (
            f"That the channel's configuration of block {verdict.configured_at}, the last one here, was still in force "
            f"{' and '.join(found)}: orderers say so in blocks, and certificates may have been revoked since."
        )
    ]


def _last(verdict: Verdict) -> list[str]:
    title, found = verdict.title, verdict.attestation
    holder = "nobody is in control" if title.possessor is None else f"in control is {title.possessor.party_id}"
    if found is None:
        return [f"By the last version, {title.sequence}, if it took effect, the title is {title.status}; {holder}."]
    organisations = ", ".join(sorted({each.msp_id for each in found.endorsers}))
    return [
        (
            f"Version {title.sequence} took effect: peers of {organisations} have signed that they found the title at "
            f"it when asked at {found.asked_at:%Y-%m-%d %H:%M:%S} UTC, by the asker's clock. "
            f"It is {title.status}; {holder}."
        )
    ]


def _no_pledge(verdict: Verdict) -> list[str]:
    found = verdict.no_pledge
    if found is None:
        return []
    at = found.version
    how = (
        f"no transaction from there to the end of block {found.block} can have changed the title, which all blocks in "
        "between show"
        if found.closed_by is None
        else f"the next change, version {found.closed_by.record.sequence} in block {found.closed_by.place.block}, was "
        "made on it"
    )
    before = (
        f"Pledges there were at versions {', '.join(map(str, found.earlier))}, all over by then."
        if found.earlier
        else "Nor was it ever before."
    )
    return [
        (
            f"At block {found.block} the title was not pledged: it stood at version {at.record.sequence} of block "
            f"{at.place.block}, and {how}. {before}"
        )
    ]


def _what(found: Opened) -> str:
    match found.disclosure:
        case DocumentDisclosure():
            return "The disclosed transport document"
        case RemarkDisclosure(remark=remark):
            return f"The words of {remark.author} ({remark.text!r})"
        case NameDisclosure(entry=entry):
            return f"The name of {entry.party_id} ({entry.name!r})"


def _jointly(verdict: Verdict) -> bool:
    return any(each.jointly for each in verdict.versions)


def _version_json(found: ProvedVersion) -> dict[str, Any]:
    last = found.record.last_action
    return {
        "sequence": found.record.sequence,
        "actionCode": last.action_code,
        "actor": last.actor.party_id,
        "actionDateTime": last.action_date_time,
        "status": found.record.status,
        "blockNumber": found.place.block,
        "place": found.place.place,
        "transactionId": found.transaction.id,
        "creator": name(found.creator),
        "endorsers": _names(found.endorsers),
        "orderers": _names(found.orderers),
    }


def _names(members: Sequence[Member]) -> list[str]:
    return [name(each) for each in members]
