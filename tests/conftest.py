"""What all tests share: the one network of the run, and Hypothesis without its deadline.

On a shared machine an example may take long for no fault of its own.
"""

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
