"""The story told once on the run's network; the scenarios look at what it left, or go on from there."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from rich.console import Console

from examples.story import __main__ as story
from examples.story.cast import Cast
from tests.support.told import Told
from tradelane.network import Network


@pytest.fixture(scope="session")
def told(network: Network) -> Iterator[Told]:
    with ExitStack() as stack:
        account = story.tell(network, Console(quiet=True), stack)
        yield Told(network, Cast(network, stack), account)
