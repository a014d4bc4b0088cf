"""The tests of the law: what each asks, where, what answers it, and which automated tests hold the answer to its word.

Sources: UNCITRAL MLETR articles 10 to 18; Electronic Trade Documents Act 2023 (UK), sections 2 to 4; Electronic
Transactions Act 2010 (Singapore), sections 16H to 16N. Mainland China's chapter was not at hand article by article, and
a contract has none: there MLETR's article is named as the measure.
"""

from dataclasses import dataclass
from typing import Final

from tradelane.model.law import GoverningLaw

SG_RELIABILITY: Final = "the general reliability standard of SG ETA Part 2A, after MLETR 12 (section not verified)"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a law asks for something, as lawyers cite it; empty where it does not."""

    mletr: str = ""
    uk: str = ""
    sg: str = ""

    def under(self, law: GoverningLaw) -> str:
        """Return where one law asks; empty where it does not ask this."""
        if law is GoverningLaw.UK_ETDA:
            return self.uk
        if law is GoverningLaw.SG_ETA:
            return self.sg
        if not self.mletr:
            return ""
        return f"{self.mletr}, as " + ("its model" if law is GoverningLaw.CN_MARITIME_CODE else "the measure")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One test of the law.

    Attributes:
        name: In few words.
        asks: What the law asks.
        source: Where it asks.
        mechanism: What answers.
        proof: Test functions of this project, as FILE::FUNCTION.
        limit: What the mechanism does not do; empty when there is nothing to say.
    """

    name: str
    asks: str
    source: Source
    mechanism: str
    proof: tuple[str, ...]
    limit: str = ""


REQUIREMENTS: Final = (
    Requirement(
        "Identification",
        "A reliable method tells this record from its copies.",
        Source(mletr="MLETR 10(1)(b)(i)", uk="UK ETDA s 2(2)(a)", sg="SG ETA s 16H(1)(b)(i)"),
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
        Source(mletr="MLETR 10(1)(b)(ii)", sg="SG ETA s 16H(1)(b)(ii)"),
        "The issue itself puts one party in control; each act leaves one in control until the title is surrendered, "
        "replaced, on paper or void, from where no act leads on.",
        ("tests/rules/ebl/test_stateful.py::exactly_one_in_control_while_in_effect",),
    ),
    Requirement(
        "Integrity",
        "The information is complete and unaltered but for authorised changes.",
        Source(mletr="MLETR 10(1)(b)(iii)", uk="UK ETDA s 2(2)(b)", sg="SG ETA s 16H(2)"),
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
        Source(mletr="MLETR 11(1)(a)", uk="UK ETDA s 2(2)(c), (3)", sg="SG ETA s 16I(1)(a)"),
        "The record names one possessor, and only that party's acts are endorsed. Two acts at the same time touch the "
        "same entry, so one of them has no effect.",
        (
            "tests/rules/ebl/test_stateful.py::exactly_one_in_control_while_in_effect",
            "tests/rules/ebl/test_guards.py::test_only_the_possessor_transfers",
        ),
    ),
    Requirement(
        "Joint controllers count as one",
        "Several persons who control or act jointly are one person for this purpose; reading is not control.",
        Source(mletr="MLETR 11(1)(a)", uk="UK ETDA s 2(3)-(4)", sg="SG ETA s 16I"),
        "A joint party has members of one jurisdiction; it is one party in the record, and does what each of them "
        "has asked for. One member alone changes nothing.",
        (
            "tests/chaincode/contract/test_joint.py::test_one_member_changes_nothing_the_last_one_does",
            "tests/chaincode/contract/test_joint.py::test_a_member_alone_is_not_in_control",
            "tests/rules/test_joint.py::test_under_a_contract_there_is_no_joint_control",
        ),
    ),
    Requirement(
        "Identification of the controller",
        "The method identifies the person in control, who can demonstrate it.",
        Source(mletr="MLETR 11(1)(b)", uk="UK ETDA s 2(2)(d)", sg="SG ETA s 16I(1)(b)"),
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
        Source(mletr="MLETR 11", uk="UK ETDA s 2(2)(e)"),
        "The act that puts the next party in control is the one that takes control from the party before.",
        ("tests/rules/ebl/test_guards.py::test_former_possessor_is_refused_after_the_transfer",),
    ),
    Requirement(
        "Endorsement",
        "What an endorsement needs is in the record and signed.",
        Source(mletr="MLETR 15"),
        "Endorsement by name, to order, in blank, and to a nominee are acts of their own, signed by the endorser, kept "
        "in the title's history.",
        ("tests/rules/ebl/test_effects.py::test_endorsement_moves_the_title_only",),
    ),
    Requirement(
        "Amendment",
        "An amendment can be told as one.",
        Source(mletr="MLETR 16"),
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
        Source(mletr="MLETR 17", uk="UK ETDA s 4", sg="SG ETA s 16M"),
        "The issue states the change of medium in the record and commits to what identifies the paper.",
        ("tests/rules/ebl/test_full_life.py::test_from_paper_the_title_states_the_change_of_medium",),
        "That the paper was taken in and marked is the carrier's act, which no ledger sees.",
    ),
    Requirement(
        "To paper",
        "An electronic record is replaced by paper with a statement of the change, and without effect.",
        Source(mletr="MLETR 18", uk="UK ETDA s 4", sg="SG ETA s 16N"),
        "The carrier's acceptance of a switch to paper voids the record for ever, states the change and commits to "
        "what identifies the paper.",
        ("tests/rules/ebl/test_full_life.py::test_a_switch_to_paper_ends_the_record_for_ever",),
    ),
    Requirement(
        "Rules of the system",
        "Rules that apply to the operation of the system.",
        Source(mletr="MLETR 12(a)(i)", uk="UK ETDA s 2(5)(a)", sg=SG_RELIABILITY),
        "The rules are a published table from which the code runs; each cell of it is an allowed act or a "
        "refusal with a code, and the count of both is published.",
        (
            "tests/rules/ebl/test_table.py::test_every_cell_has_an_answer",
            "tests/rules/ebl/test_cells.py::test_the_docs_print_the_count",
        ),
    ),
    Requirement(
        "Measures for integrity",
        "Measures taken to secure the integrity of information held on the system.",
        Source(mletr="MLETR 12(a)(ii)", uk="UK ETDA s 2(5)(b)", sg=SG_RELIABILITY),
        "No title changes without an endorsement by each jurisdiction concerned. Any party proves a title's history to "
        "outsiders with a file that is verified without trusting a machine of this network; one flipped byte is found.",
        (
            "tests/gateway/proof/test_container.py::test_no_byte_can_change",
            "tests/rules/test_endorsement.py::test_no_set_of_endorsers_that_satisfies_the_rule_is_a_minority",
        ),
    ),
    Requirement(
        "Measures against unauthorised access",
        "Measures taken to prevent unauthorised access to and use of the system.",
        Source(mletr="MLETR 12(a)(iii)", uk="UK ETDA s 2(5)(c)", sg=SG_RELIABILITY),
        "Access is by certificate over mutually authenticated TLS; who asks is what the certificate says and never an "
        "argument; what is private reaches the organisations only that may see it.",
        (
            "tests/network/test_security.py::test_only_certificates_of_the_channel_are_let_in",
            "tests/gateway/test_transient_data.py::test_what_travels_beside_it_reaches_only_who_may_see_it",
            "tests/scenario/test_secrets.py::test_no_planted_secret_is_in_any_nodes_block_files",
        ),
    ),
    Requirement(
        "Security of hardware and software",
        "The security of the hardware and software used by the system.",
        Source(mletr="MLETR 12(a)(iv)", uk="UK ETDA s 2(5)(d)", sg=SG_RELIABILITY),
        "Programs and packages are pinned by hash; signing keys may stay in PKCS#11 tokens; a linter and tests "
        "hold the chaincode to one result on every peer.",
        (
            "tests/scenario/test_identities.py::test_a_key_that_never_leaves_its_token_submits",
            "tests/chaincode/contract/test_messages.py::test_peers_in_different_environments_write_the_same_bytes",
        ),
        "The machines, their rooms and their operators are each organisation's own.",
    ),
    Requirement(
        "Audit",
        "The regularity and extent of audits of the system by an independent body.",
        Source(mletr="MLETR 12(a)(v)", uk="UK ETDA s 2(5)(e)", sg=SG_RELIABILITY),
        "An auditor checks every title's history from a file or from the blocks, without asking the operators.",
        ("tests/scenario/test_proof.py::test_whoever_may_see_a_title_proves_its_life_to_others",),
        "That audits take place, and how often, is agreed outside this system.",
    ),
    Requirement(
        "Supervision",
        "An assessment of the system's reliability by a body with supervisory or regulatory functions.",
        Source(mletr="MLETR 12(a)(vi)", uk="UK ETDA s 2(5)(f)", sg=SG_RELIABILITY),
        "An authority of each jurisdiction is a party: it licenses regulated roles, sees every title and carries out "
        "courts' orders, which stand on record.",
        (
            "tests/chaincode/contract/test_full_life.py::test_a_courts_orders_are_on_record",
            "tests/chaincode/contract/test_full_life.py::test_no_jurisdictions_order_lapses_with_anothers",
        ),
        "No such assessment has been made; it is the organisations' to ask for.",
    ),
    Requirement(
        "Schemes and standards",
        "The provisions of a voluntary scheme or industry standard that apply to the system.",
        Source(mletr="MLETR 12(a)(vii)", uk="UK ETDA s 2(5)(g)", sg=SG_RELIABILITY),
        "Documents, action codes, surrender and the way to other platforms are DCSA's (eBL 3.0.4, PINT 3.0.0).",
        ("tests/gateway/dcsa/test_endorsement_chain.py::test_acts_with_a_code_go_by_it",),
        "No scheme has approved this system.",
    ),
)
