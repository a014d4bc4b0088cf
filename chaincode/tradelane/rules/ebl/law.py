"""What each governing law makes of a title: a rule set, which guards look into and the reliability statement prints.

Sources: Electronic Trade Documents Act 2023 (UK), sections 2 to 4; Electronic Transactions Act 2010 (Singapore),
sections 16H to 16N; Maritime Code of Mainland China as revised on 2025-10-28, chapter 4 section 5, whose single
articles were not at hand: what it shares with MLETR is taken. A contract binds only those who signed it, so under a
rulebook no unnamed bearer can hold a right, and no paper can be made inoperative against a third party.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tradelane.model.law import GoverningLaw
from tradelane.model.title_parts import Medium


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What a law allows and demands.

    Attributes:
        instrument: Its name, as lawyers cite it.
        in_force: First day (UTC) on which a title can be issued under it; empty when there is none.
        bearer: Whether whoever is in possession may hold the right (blank endorsement).
        from_paper: Whether a paper document can be replaced by the electronic one.
        to_paper: Whether the electronic record can be replaced by a paper document.
        joint_control: Whether several persons acting jointly count as one controller.
    """

    instrument: str
    in_force: str
    bearer: bool
    from_paper: bool
    to_paper: bool
    joint_control: bool


RULE_SETS: Mapping[GoverningLaw, RuleSet] = MappingProxyType(
    {
        GoverningLaw.UK_ETDA: RuleSet(
            "Electronic Trade Documents Act 2023 (UK)",
            "2023-09-20",
            bearer=True,
            from_paper=True,
            to_paper=True,
            joint_control=True,
        ),
        GoverningLaw.SG_ETA: RuleSet(
            "Electronic Transactions Act 2010, sections 16H to 16N (Singapore)",
            "2021-03-19",
            bearer=True,
            from_paper=True,
            to_paper=True,
            joint_control=True,
        ),
        GoverningLaw.CN_MARITIME_CODE: RuleSet(
            "Maritime Code, chapter 4 section 5 (Mainland China)",
            "2026-05-01",
            bearer=True,
            from_paper=True,
            to_paper=True,
            joint_control=True,
        ),
        GoverningLaw.CONTRACT: RuleSet(
            "a rulebook between its signatories",
            "",
            bearer=False,
            from_paper=False,
            to_paper=True,
            joint_control=False,
        ),
    }
)


def statement(law: GoverningLaw, target: Medium) -> str:
    """Return the statement of a change of medium that the new document carries."""
    instrument = RULE_SETS[law].instrument
    if target is Medium.PAPER:
        return (
            f"This paper document replaces an electronic record under {instrument}; that record has no effect any more."
        )
    return f"This electronic record replaces a paper document under {instrument}; that paper has no effect any more."
