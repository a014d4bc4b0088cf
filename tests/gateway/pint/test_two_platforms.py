"""The scenarios of two platforms, on the in-memory ledger: the same tests as on a real network, in some seconds."""

from collections.abc import Iterator

import pytest

from tests.scenario import test_pint as scenarios
from tests.support.bridges import Bridge, bridge_of
from tests.support.memory_gateway import Ledger, MemoryCast
from tests.support.pint import CHANNEL

for _name, _each in vars(scenarios).items():
    if _name.lower().startswith("test"):
        globals()[_name] = _each


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    with bridge_of(MemoryCast(Ledger()), tmp_path_factory.mktemp("bridges"), CHANNEL) as found:
        yield found
