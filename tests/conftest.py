"""What all tests share: the one network of the run, and Hypothesis without its deadline.

On a shared machine an example may take long for no fault of its own.
"""

from hypothesis import settings

pytest_plugins = ["tests.support.network", "tests.support.softhsm"]

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
