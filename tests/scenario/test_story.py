"""One title from issue to surrender, and the attacks on it, as `make demo` shows them."""

from contextlib import ExitStack

import pytest
from rich.console import Console

from examples.story import __main__ as story
from examples.story.acts import OUTSIDERS
from tests.support.told import Told

pytestmark = pytest.mark.network

STATES = [
    ("jianghai-line", "ISSUED, wusong-textiles in control, endorsee wusong-textiles"),
    ("wusong-textiles", "ISSUED, wusong-textiles in control, endorsee victoria-bank"),
    ("wusong-textiles", "ISSUED, victoria-bank in control, endorsee victoria-bank"),
    ("victoria-bank", "ISSUED, victoria-bank in control, endorsee lantau-imports"),
    ("victoria-bank", "ISSUED, lantau-imports in control, endorsee lantau-imports"),
    ("lantau-imports", "PENDING_SURRENDER_FOR_DELIVERY, jianghai-line in control, endorsee lantau-imports"),
    ("jianghai-line", "SURRENDERED_FOR_DELIVERY, nobody in control, endorsee lantau-imports"),
]


def test_each_act_is_signed_committed_and_leads_to_the_next_state(told: Told) -> None:
    first = told.account.acts[: len(STATES)]
    assert [(act.signer, act.after) for act in first] == STATES
    assert [act.before for act in first[1:]] == [act.after for act in first[:-1]]
    blocks = [act.block_number for act in first]
    assert blocks == sorted(blocks)
    assert all(len(act.transaction_id) == 64 for act in first)


def test_at_each_hop_the_former_controller_and_both_outsiders_are_refused(told: Told) -> None:
    refused = [(d.signer, d.outcome) for d in told.account.denials if d.attempt.startswith("transfer, ")]
    in_control = ["jianghai-line", "wusong-textiles", "victoria-bank"]
    expected = [(who, "NOT_IN_CONTROL") for former in in_control for who in (former, *OUTSIDERS)]
    # Once surrendered, a title is transferred by nobody, whoever asks.
    expected += [(who, "WRONG_STATE") for _ in range(2) for who in ("lantau-imports", *OUTSIDERS)]
    assert refused == expected


def test_the_three_attacks_fail(told: Told) -> None:
    outcomes = [
        (denial.attempt.split(" block")[0].removesuffix(" in"), denial.outcome) for denial in told.account.denials
    ]
    assert outcomes[-4:] == [
        ("second transfer", "MVCC_READ_CONFLICT"),
        ("endorsed by Shanghai only,", "ENDORSEMENT_POLICY_FAILURE"),
        ("read the document", "NOT_A_PARTY"),
        ("read the document", "NOT_A_PARTY"),
    ]


def test_the_story_can_be_told_again_on_the_same_network(told: Told) -> None:
    with ExitStack() as stack:
        again = story.tell(told.network, Console(quiet=True), stack)
    assert [(act.signer, act.after) for act in again.acts[: len(STATES)]] == STATES
