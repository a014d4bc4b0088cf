"""Everything that is fuzzed, by name: for seconds by the tests, for an hour by `make fuzz`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, get_state_machine_test
from hypothesis.strategies import SearchStrategy

from tests.chaincode.shim.hostile import contract, documents, loopback, messages
from tests.chaincode.shim.hostile.machine import HostilePeers
from tests.http2.server.test_hostile import FRAME, test_nothing_a_peer_says_raises_and_its_streams_end_with_it
from tests.support.watchdog import watched

Test = Callable[[], None]


@dataclass(frozen=True)
class Target:
    """Something to fuzz.

    Attributes:
        name: What it is called.
        examples: How many examples make a round of `make fuzz`.
        quick: How many make a test.
        test: Makes the test function, for these settings.
    """

    name: str
    examples: int
    quick: int
    test: Callable[[settings], Test]


def _machine(machine: type[RuleBasedStateMachine]) -> Callable[[settings], Test]:
    return lambda chosen: get_state_machine_test(machine, settings=chosen)


def _function(strategy: SearchStrategy[Any], check: Callable[[Any], None]) -> Callable[[settings], Test]:
    def make(chosen: settings) -> Test:
        @chosen
        @given(strategy)
        def test(value: Any) -> None:
            with watched():
                check(value)

        return test

    return make


def _frames(said: tuple[list[bytes | str], int]) -> None:
    """Do once what the test of HTTP/2 does for its examples."""
    test: Any = test_nothing_a_peer_says_raises_and_its_streams_end_with_it
    test.hypothesis.inner_test(*said)


TARGETS = (
    Target("hostile peers", 200, 80, _machine(HostilePeers)),
    Target("hostile peers over gRPC", 300, 25, _function(loopback.ACTIONS, loopback.check)),
    Target(
        "HTTP/2's frames",
        2000,
        100,
        _function(st.tuples(st.lists(FRAME, max_size=60), st.integers(1, 50)), _frames),
    ),
    Target("messages as bytes", 2000, 200, _function(messages.BYTES, messages.check)),
    Target("arguments of the contracts", 500, 40, _function(contract.CALLS, contract.check)),
    Target("documents as JSON", 1000, 80, _function(documents.JSON, documents.check)),
)
