"""What all tests share: the one network of the run."""

pytest_plugins = ["tests.support.network"]
