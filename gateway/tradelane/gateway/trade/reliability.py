"""Why the method is reliable: for titles under one law, what that law tests them by, and what answers each test.

The tests of the laws are in `legal_tests`; each mechanism there names the automated tests that hold it to its word, and
a test of this module holds that they exist.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from tradelane.gateway.trade.legal_tests import REQUIREMENTS, Requirement
from tradelane.model.law import GoverningLaw
from tradelane.rules.ebl.law import RULE_SETS

LIMITS: Final[Mapping[GoverningLaw, tuple[str, ...]]] = MappingProxyType(
    {
        GoverningLaw.UK_ETDA: ("Documents issued before 20 September 2023 are outside the Act.",),
        GoverningLaw.SG_ETA: (
            "Sections 16H, 16I, 16M and 16N were compared; the section on the general reliability standard was not.",
        ),
        GoverningLaw.CN_MARITIME_CODE: (
            "The text of the revised code was not at hand: its articles' numbers and its exact tests are not verified.",
            "What its section shares with MLETR is taken; have it checked before anybody relies on it.",
            "Whether a title issued under it has effect abroad is for the other jurisdiction's law to say.",
        ),
        GoverningLaw.CONTRACT: (
            "A rulebook binds those who signed it and nobody else.",
            "There is no bearer's right, no joint control, and no paper is made inoperative against a third party.",
            "The rulebook itself is no part of this system; MLETR is named as the measure of what it should ask.",
        ),
    }
)
"""What a statement cannot say, by law; a court decides in every case whether a method was reliable."""


def requirements(law: GoverningLaw) -> tuple[Requirement, ...]:
    """Return what a law tests titles by."""
    return tuple(each for each in REQUIREMENTS if each.source.under(law))


def statement(law: GoverningLaw) -> str:
    """Return the statement of reliability for titles under a law, as text for a lawyer."""
    rules = RULE_SETS[law]
    allowed = {
        "Blank endorsement": rules.bearer,
        "Replacing paper": rules.from_paper,
        "Switch to paper": rules.to_paper,
        "Joint control counts as one": rules.joint_control,
    }
    lines = [
        f"Statement of reliability: electronic bills of lading under {rules.instrument}",
        "",
        f"Titles are issued under it from {rules.in_force} on." if rules.in_force else "It binds its signatories only.",
        *(f"{what}: {'yes' if yes else 'no'}." for what, yes in allowed.items()),
        "",
        "What this statement cannot say:",
        *(f"- {limit}" for limit in LIMITS[law]),
    ]
    for number, each in enumerate(requirements(law), start=1):
        lines += ["", f"{number}. {each.name} ({each.source.under(law)})", f"   Asked: {each.asks}"]
        lines.append(f"   Answered: {each.mechanism}")
        if each.limit:
            lines.append(f"   Not answered: {each.limit}")
        lines += [f"   Held to it by: {test}" for test in each.proof]
    return "\n".join(lines)


def as_values(law: GoverningLaw) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "law": law.value,
        "instrument": RULE_SETS[law].instrument,
        "limits": list(LIMITS[law]),
        "requirements": [
            {
                "name": each.name,
                "asks": each.asks,
                "source": each.source.under(law),
                "mechanism": each.mechanism,
                "proof": list(each.proof),
                "limit": each.limit,
            }
            for each in requirements(law)
        ],
    }
