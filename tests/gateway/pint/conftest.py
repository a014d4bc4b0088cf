"""A receiving platform over HTTPS, and letters to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.pint import Keys, Letters, Place, Receiving, Wire


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def receiving(place: Place, keys: Keys) -> Iterator[Receiving]:
    with place.receiving(keys) as found:
        yield found


@pytest.fixture
def wire(receiving: Receiving) -> Wire:
    return receiving.wire


@pytest.fixture
def letters(keys: Keys) -> Letters:
    return Letters(keys)
