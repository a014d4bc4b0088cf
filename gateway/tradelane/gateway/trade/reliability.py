"""Why the method is reliable: what the laws test an electronic transferable record by, and what answers each test.

Sources: UNCITRAL MLETR articles 10 to 18; Electronic Trade Documents Act 2023 (UK), sections 2 to 4; Electronic
Transactions Act 2010 (Singapore), sections 16H to 16N. Each mechanism names the automated tests that hold it to its
word; a test of this module holds that they exist.
"""

from dataclasses import dataclass
from typing import Final

from tradelane.model.law import GoverningLaw
from tradelane.rules.ebl.law import RULE_SETS


@dataclass(frozen=True, slots=True)
class Requirement:
    """One test of the law.

    Attributes:
        name: In few words.
        asks: What the law asks.
        sources: Where it asks, as lawyers cite it.
        mechanism: What answers.
        proof: Test functions of this project, as FILE::FUNCTION.
        limit: What the mechanism does not do; empty when there is nothing to say.
    """

    name: str
    asks: str
    sources: tuple[str, ...]
    mechanism: str
    proof: tuple[str, ...]
    limit: str = ""


REQUIREMENTS: Final = (
    Requirement(
        "Identification",
        "A reliable method tells this record from its copies.",
        ("MLETR 10(1)(b)(i)", "UK ETDA s 2(2)(a)", "SG ETA s 16H(1)(b)(i)"),
        "A title is one entry of the ledger under an id that is never given again; a document becomes one title only. "
        "Whatever else shows the same words is a copy, for the ledger's entry is the record.",
        (
            "tests/chaincode/contract/test_refusals.py::a_taken_title_id",
            "tests/chaincode/contract/test_refusals.py::a_second_title_over_one_document",
        ),
    ),
    Requirement(
        "Control from creation",
        "The record can be under control from its creation until it has no effect any more.",
        ("MLETR 10(1)(b)(ii)", "SG ETA s 16H(1)(b)(ii)"),
        "The issue itself puts one party in control; each act leaves one in control until the title is surrendered, "
        "replaced, on paper or void, from where no act leads on.",
        ("tests/rules/ebl/test_stateful.py::exactly_one_in_control_while_in_effect",),
    ),
    Requirement(
        "Integrity",
        "The information is complete and unaltered but for authorised changes.",
        ("MLETR 10(1)(b)(iii)", "UK ETDA s 2(2)(b)", "SG ETA s 16H(2)"),
        "The document is private; the ledger holds SHA-256 of a random salt and its canonical form (RFC 8785), which "
        "everybody entitled to the document checks on reading. Each change of the title is a transaction signed by who "
        "acts, by every jurisdiction concerned and by the ordering service, chained by hashes.",
        (
            "tests/chaincode/contract/test_private.py::test_private_hashes_are_the_commitment",
            "tests/scenario/test_secrets.py::test_a_shared_document_reaches_the_recipients_organisation_only",
        ),
    ),
    Requirement(
        "Exclusive control",
        "Not more than one person exercises control at any one time; reading is not control.",
        ("MLETR 11(1)(a)", "UK ETDA s 2(2)(c), (3)", "SG ETA s 16I(1)(a)"),
        "The record names one possessor, and only that party's acts are endorsed. Two acts at the same time touch the "
        "same entry, so one of them has no effect.",
        (
            "tests/rules/ebl/test_stateful.py::exactly_one_in_control_while_in_effect",
            "tests/rules/ebl/test_guards.py::test_only_the_possessor_transfers",
        ),
    ),
    Requirement(
        "Identification of the controller",
        "The method identifies the person in control, who can demonstrate it.",
        ("MLETR 11(1)(b)", "UK ETDA s 2(2)(d)", "SG ETA s 16I(1)(b)"),
        "Parties are legal entities with a Legal Entity Identifier (ISO 17442), admitted by their own jurisdiction's "
        "organisation, whose certificate authority certifies who signs for them.",
        (
            "tests/rules/ebl/test_guards.py::test_a_party_moved_to_another_organisation_has_no_rights_in_its_titles",
            "tests/scenario/test_bad_input.py::test_a_foreign_certificate",
        ),
    ),
    Requirement(
        "Transfer deprives",
        "A transfer takes control from the transferor.",
        ("UK ETDA s 2(2)(e)", "MLETR 11"),
        "The act that puts the next party in control is the one that takes control from the party before.",
        ("tests/rules/ebl/test_guards.py::test_former_possessor_is_refused_after_the_transfer",),
    ),
    Requirement(
        "Endorsement",
        "What an endorsement needs is in the record and signed.",
        ("MLETR 15",),
        "Endorsement by name, to order, in blank, and to a nominee are acts of their own, signed by the endorser, kept "
        "in the title's history.",
        ("tests/rules/ebl/test_effects.py::test_endorsement_moves_the_title_only",),
    ),
    Requirement(
        "Amendment",
        "An amendment can be told as one.",
        ("MLETR 16",),
        "A title is amended by surrender to its carrier and replacement; old and new name each other, and a split or "
        "combination conserves quantities.",
        (
            "tests/rules/ebl/test_replacement.py::test_an_amendment_links_both_ways",
            "tests/rules/ebl/test_replacement.py::test_a_split_is_accepted_exactly_when_nothing_is_lost",
        ),
    ),
    Requirement(
        "From paper",
        "A paper document is replaced with all its information, a statement of the change, and without effect.",
        ("MLETR 17", "UK ETDA s 4", "SG ETA s 16M"),
        "The issue states the change of medium in the record and commits to what identifies the paper.",
        ("tests/rules/ebl/test_full_life.py::test_from_paper_the_title_states_the_change_of_medium",),
        "That the paper was taken in and marked is the carrier's act, which no ledger sees.",
    ),
    Requirement(
        "To paper",
        "An electronic record is replaced by paper with a statement of the change, and without effect.",
        ("MLETR 18", "UK ETDA s 4", "SG ETA s 16N"),
        "The carrier's acceptance of a switch to paper voids the record for ever, states the change and commits to "
        "what identifies the paper.",
        ("tests/rules/ebl/test_full_life.py::test_a_switch_to_paper_ends_the_record_for_ever",),
    ),
    Requirement(
        "Reliability",
        "Rules, integrity, access, security of hardware and software, audit, supervision, standards.",
        ("MLETR 12", "UK ETDA s 2(5)"),
        "The rules are a published table from which the code runs; every refusal has a test. Access is by certificate "
        "over mutually authenticated TLS. Any party proves a title's history to outsiders with a file that is verified "
        "without trusting a machine of this network.",
        (
            "tests/rules/ebl/test_table.py::test_every_cell_has_an_answer",
            "tests/scenario/test_secrets.py::test_no_planted_secret_is_in_any_nodes_block_files",
        ),
        "Audits, insurance and the supervision of the organisations are agreed outside this system.",
    ),
)


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
    ]
    for number, each in enumerate(REQUIREMENTS, start=1):
        lines += ["", f"{number}. {each.name} ({'; '.join(each.sources)})", f"   Asked: {each.asks}"]
        lines.append(f"   Answered: {each.mechanism}")
        if each.limit:
            lines.append(f"   Not answered: {each.limit}")
        lines += [f"   Held to it by: {test}" for test in each.proof]
    return "\n".join(lines)
