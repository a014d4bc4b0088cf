"""What every act on an existing title does: read, decide, write; the words that go with it stay in private."""

import hashlib
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError

from tradelane.chaincode.contract.common import read_as_signer
from tradelane.chaincode.contract.registry import Context
from tradelane.chaincode.contract.requests import REASON, invalid, transient_bytes, transient_text
from tradelane.chaincode.state import agreements, keys, titles
from tradelane.chaincode.state.keys import Slot
from tradelane.model.canonical import JsonError, parse_json
from tradelane.model.document import SALT_LENGTH_BYTES
from tradelane.model.identifiers import PartyId, Sha256, Timestamp, TitleId
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action, SurrenderReason
from tradelane.model.title_requests import FeedbackElement, Remark, TitleAct
from tradelane.rules.ebl import Act, Crossing, Decision, decide
from tradelane.rules.joint import Asked, agree, is_complete, require_member, same_words
from tradelane.rules.party import known
from tradelane.rules.title import known_title, require_new_entry

WORDS = ("reason", "salt", "feedback")
"""Names of the transient values that carry an act's words."""
_FEEDBACK: TypeAdapter[tuple[FeedbackElement, ...]] = TypeAdapter(tuple[FeedbackElement, ...])
_FEEDBACK_BYTES = 64 * 1024


async def act(
    context: Context,
    request: TitleAct,
    action: Action,
    *,
    recipient: PartyId | None = None,
    subject: PartyId | None = None,
    reason: SurrenderReason | None = None,
    refusable_until: Timestamp | None = None,
    endorsee: PartyId | None = None,
    endorser: PartyId | None = None,
    crossing: Crossing | None = None,
    leaving_by: Slot[TitleId] | None = None,
    frozen_by: PartyId | None = None,
) -> TitleRecord:
    """Do an act on a title, with the words that the caller sent along, if any.

    `leaving_by` is the key of the chain entry with which the title leaves; no title has left with it before.
    """
    slot = keys.title(request.title_id)
    mentioned = (recipient, subject, endorsee, endorser, request.joint_party)
    named = {party_id: keys.party(party_id) for party_id in mentioned if party_id is not None}
    exits = [] if leaving_by is None else [leaving_by]
    found, actor = await read_as_signer(context, [keys.network(), slot, *named.values(), *exits])
    before = known_title(found.get(slot), request.title_id)
    parties = {party_id: known(found.get(party_slot), party_id) for party_id, party_slot in named.items()}
    member, actor = actor, parties.get(request.joint_party or "", actor)
    if request.joint_party is not None:
        require_member(actor, member)
    remark = remark_of(context, before.title_id, before.sequence + 1, actor)
    wanted = Act(
        action,
        expected_sequence=request.expected_sequence,
        reason=reason,
        evidence=None if remark is None else evidence_of(remark),
        refusable_until=refusable_until,
        subject=parties.get(subject or ""),
        crossing=None
        if crossing is None
        else replace(crossing, endorsee=parties.get(endorsee or ""), endorser=parties.get(endorser or "")),
        frozen_by=frozen_by,
    )
    decision = decide(before, wanted, actor, parties.get(recipient or ""), context.now, found.network)
    if leaving_by is not None:
        require_new_entry(found.get(leaving_by))
    async with context.stub.write_batch():
        # What is noted could be done: whoever asks for what is refused learns it at once, not when the last one asks.
        if request.joint_party is not None and not await _agreed(
            context, request, action, before, actor, member, remark
        ):
            return before
        return await write(context, before, decision, remark)


async def _agreed(
    context: Context,
    request: TitleAct,
    action: Action,
    title: TitleRecord,
    joint: PartyRecord,
    member: PartyRecord,
    words: Remark | None,
) -> bool:
    """Note that a member of a joint party asks for an act; tell whether all have, and the act is to be done.

    They agree on act, request and words. The first member's words are kept in private, and every endorser compares
    those of the next one with them.
    """
    stub = context.stub
    asked = Asked(action, request.to_json().decode(), None if words is None else evidence_of(words))
    noted = await agreements.load_agreement(stub, title, joint.party_id, asked.act)
    same = noted is not None and same_words(await agreements.load_words(stub, noted), words)
    before = noted if same else None
    agreement = agree(before, title, asked, joint, member)
    complete = is_complete(agreement, joint)
    # At the next version nothing holds that was agreed on one before, so neither is it kept, nor the words to it.
    over = [
        each
        for each in await agreements.all_agreements(stub, title.title_id)
        if complete or each.sequence != title.sequence or (each == noted and not same)
    ]
    for each in over:
        await agreements.remove_agreement(stub, each)
    if not complete:
        await agreements.save_agreement(stub, agreement, words if before is None else None)
    return complete


async def write(
    context: Context, before: TitleRecord | None, decision: Decision, remark: Remark | None = None
) -> TitleRecord:
    """Write what was decided on one title, and announce it."""
    if remark is not None:
        await titles.save_remark(context.stub, remark)
    await titles.save_title(context.stub, before, decision.title)
    context.announce(decision.fact)
    return decision.title


def remark_of(context: Context, title_id: TitleId, sequence: int, author: PartyRecord) -> Remark | None:
    """Return the words sent along, None where there are none.

    Raises:
        Refused: INVALID_REQUEST.
    """
    stub = context.stub
    if not (stub.transient.get("reason") or b"").strip():
        return None
    return Remark(
        title_id=title_id,
        sequence=sequence,
        author=author.party_id,
        text=transient_text(stub, "reason", REASON),
        feedback=_feedback(stub.transient.get("feedback")),
        salt=transient_bytes(stub, "salt", SALT_LENGTH_BYTES).hex(),
    )


def evidence_of(remark: Remark) -> Sha256:
    """Return the digest under which the title refers to the words, which is also the private value's on the ledger."""
    return hashlib.sha256(remark.to_json()).hexdigest()


def _feedback(data: bytes | None) -> tuple[FeedbackElement, ...]:
    if not data:
        return ()
    try:
        parse_json(data, _FEEDBACK_BYTES)
        return _FEEDBACK.validate_json(data)
    except (JsonError, ValidationError):
        message = "a JSON list of DCSA feedback elements is expected"
        raise invalid(
            f"the transient value 'feedback' is not acceptable: {message}", {"transient.feedback": message}
        ) from None
