"""Titles that replace others after a surrender for amendment: amended, split or combined.

Source: DCSA EBL_ISS 3.0.4, transportDocumentReplacements: one old and one new is an amendment, one old and several new
a split, several old and one new a combination. What is split or combined is conserved, unit by unit; the quantities
are private, so commitments to them are held against the digests that the titles carry, and add up among themselves.
"""

import dataclasses
from collections.abc import Sequence

from tradelane.model.identifiers import Timestamp, TitleId
from tradelane.model.party import NetworkRecord, PartyRecord
from tradelane.model.quantities import Commitment, Conservation
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action
from tradelane.rules.answer import NOT_ISSUED, told
from tradelane.rules.ebl import Act, Decision, IssueFacts, decide, fact_of, require_fresh
from tradelane.rules.ebl.case import Case
from tradelane.rules.ebl.guards.control import issuer
from tradelane.rules.ebl.quantities import adds_up, digest_of
from tradelane.rules.ebl.standing import Standing, standing_of
from tradelane.rules.ebl.succession import following
from tradelane.rules.refusal import Code, Refused


def replace(
    old: Sequence[TitleRecord],
    new: Sequence[IssueFacts],
    carrier: PartyRecord,
    holder: PartyRecord,
    shown: Conservation | None,
    now: Timestamp,
    network: NetworkRecord,
    expected_sequences: Sequence[int] = (),
) -> tuple[Decision, ...]:
    """Decide on a replacement: the old titles are voided and name the new ones, which name them.

    Args:
        old: The titles that are replaced, all surrendered for amendment.
        new: What the issues of the new titles bring along; `replaces` is filled in here.
        carrier: Who acts.
        holder: Who gets the new titles: the party that surrendered the old ones.
        shown: That quantities are conserved; an amendment needs none.
        now: The transaction's time.
        network: The organisations of which a majority endorses each change.
        expected_sequences: The versions of the old titles that the actor has seen; empty where it does not matter.

    Raises:
        Refused: STALE_TITLE, WRONG_STATE, NOT_ISSUER, NOT_TO_BE_REPLACED, QUANTITIES_DIFFER, or what `decide` refuses
            an issue with.
    """
    standings = dict.fromkeys(standing_of(title).value for title in old)
    with told("REPLACE", " ".join(standings) or NOT_ISSUED, "its carrier"):
        for title, expected in zip(old, expected_sequences, strict=False):
            require_fresh(title, "REPLACE", expected)
        return _replaced(old, new, carrier, holder, shown, now, network)


def _replaced(
    old: Sequence[TitleRecord],
    new: Sequence[IssueFacts],
    carrier: PartyRecord,
    holder: PartyRecord,
    shown: Conservation | None,
    now: Timestamp,
    network: NetworkRecord,
) -> tuple[Decision, ...]:
    _require_shape(old, new)
    _require_one_law(old, new)
    for title in old:
        _require_replaceable(title, carrier, holder, now, network)
    old_ids, new_ids = tuple(title.title_id for title in old), tuple(facts.title_id for facts in new)
    issued = [
        decide(
            None, Act(Action.ISSUE, dataclasses.replace(facts, replaces=old_ids)), carrier, holder, now, network
        ).title
        for facts in new
    ]
    if len(old) + len(new) > 2:
        _require_conserved(old, issued, shown)
    voided = [_voided(title, new_ids, carrier, now, network) for title in old]
    return tuple(Decision(title, fact_of(title)) for title in (*voided, *issued))


def _require_shape(old: Sequence[TitleRecord], new: Sequence[IssueFacts]) -> None:
    ids = [title.title_id for title in old] + [facts.title_id for facts in new]
    if not old or not new or (len(old) > 1 and len(new) > 1) or len(dict.fromkeys(ids)) != len(ids):
        raise Refused(
            422,
            Code.NOT_TO_BE_REPLACED,
            "one title is replaced by one (amended) or by several (split), or several by one (combined); "
            "each is named once",
        )


def _require_one_law(old: Sequence[TitleRecord], new: Sequence[IssueFacts]) -> None:
    laws = sorted({*(title.governing_law.value for title in old), *(facts.governing_law.value for facts in new)})
    if len(laws) != 1:
        raise Refused(
            422,
            Code.NOT_TO_BE_REPLACED,
            f"titles under {' and '.join(laws)} cannot replace each other: the law a title exists under never changes",
            {"governingLaws": " ".join(laws)},
        )


def _require_replaceable(
    title: TitleRecord, carrier: PartyRecord, holder: PartyRecord, now: Timestamp, network: NetworkRecord
) -> None:
    standing = standing_of(title)
    if standing is not Standing.SURRENDERED_FOR_AMENDMENT:
        raise Refused(
            409,
            Code.WRONG_STATE,
            f"a title is replaced once its surrender for amendment was accepted; this one is {standing}",
            {"titleId": title.title_id},
        )
    issuer(Case(Act(Action.VOID), title, carrier, None, now, network))
    if title.surrendered_by != holder.ref:
        surrendered_by = "nobody" if title.surrendered_by is None else title.surrendered_by.party_id
        raise Refused(
            422,
            Code.NOT_TO_BE_REPLACED,
            f"the new title goes to the party that surrendered the old one, {surrendered_by!r}",
            {"titleId": title.title_id},
        )


def _voided(
    title: TitleRecord, new_ids: tuple[TitleId, ...], carrier: PartyRecord, now: Timestamp, network: NetworkRecord
) -> TitleRecord:
    case = Case(Act(Action.VOID), title, carrier, None, now, network)
    return following(case, TitleStatus.VOIDED, None, replaced_by=new_ids)


def _require_conserved(old: Sequence[TitleRecord], new: Sequence[TitleRecord], shown: Conservation | None) -> None:
    if shown is None:
        raise Refused(
            422,
            Code.QUANTITIES_DIFFER,
            "a split or combination conserves quantities, and nothing was sent (`conservation`) that shows it",
        )
    _require_committed(old, shown.old)
    _require_committed(new, shown.new)
    if not adds_up(shown):
        raise Refused(
            422,
            Code.QUANTITIES_DIFFER,
            "a split or combination conserves quantities, and those of the old and of the new titles do not add up",
        )


def _require_committed(titles: Sequence[TitleRecord], commitments: Sequence[Commitment]) -> None:
    if len(titles) != len(commitments):
        raise Refused(422, Code.QUANTITIES_DIFFER, "each title needs the commitment to its quantities")
    for title, commitment in zip(titles, commitments, strict=True):
        if digest_of(commitment) != title.quantities:
            raise Refused(
                422,
                Code.QUANTITIES_DIFFER,
                "the quantities committed to are not those that the title's document was lodged with",
                {"titleId": title.title_id},
            )
