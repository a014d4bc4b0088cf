"""What a surrender and its answer demand beyond control."""

from tradelane.model.title_parts import SurrenderReason
from tradelane.rules.ebl.case import Case
from tradelane.rules.ebl.law import RULE_SETS
from tradelane.rules.refusal import Code, Refused


def law_allows_to_paper(case: Case) -> None:
    """A switch to paper needs a law that allows it."""
    law = case.existing.governing_law
    if case.act.reason is SurrenderReason.SWITCH_TO_PAPER and not RULE_SETS[law].to_paper:
        raise Refused(
            422,
            Code.NOT_UNDER_THIS_LAW,
            f"under {RULE_SETS[law].instrument} an electronic record cannot be switched to paper",
            {"governingLaw": law.value},
        )


def paper_named(case: Case) -> None:
    """Accepting a switch to paper names the paper document that replaces the record, in private."""
    if case.existing.surrender_reason is SurrenderReason.SWITCH_TO_PAPER and case.act.evidence is None:
        raise Refused(
            422,
            Code.REASON_REQUIRED,
            "accepting a switch to paper needs the reference of the paper document, sent as transient `reason` with "
            "`salt`",
            {"titleId": case.existing.title_id},
        )
