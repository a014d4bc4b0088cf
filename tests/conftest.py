"""What all tests share: the one network of the run, and Hypothesis without its deadline.

On a shared machine an example may take long for no fault of its own.
"""

import os

import pytest
from hypothesis import settings

pytest_plugins = ["tests.support.network", "tests.support.softhsm"]

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of several processes that share the tests, one alone has the network: there is one a run."""
    for item in items:
        if item.get_closest_marker("network"):
            item.add_marker(pytest.mark.xdist_group("network"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse to go on where the tests of the network would be shared out, each process with a network of its own."""
    grouped = all(item.nodeid.endswith("@network") for item in session.items if item.get_closest_marker("network"))
    if "PYTEST_XDIST_WORKER" in os.environ and not grouped:
        raise pytest.UsageError("the tests of the network are not grouped; use --dist loadgroup")
