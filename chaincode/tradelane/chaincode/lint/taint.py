"""Where a private value may have come from, and what a function does with what it is given.

An origin is PRIVATE, or the name of a parameter or of a captured variable. Following these too makes one pass over a
function good for all its callers: its summary says which of them it returns and which it lets out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Origins: TypeAlias = frozenset[str]
Environment: TypeAlias = dict[str, Origins]

PRIVATE = "private data"
"""No parameter can have this name."""

CLEAN: Origins = frozenset()
SECRET: Origins = frozenset({PRIVATE})


@dataclass(frozen=True, slots=True)
class Summary:
    """What a function does with private values."""

    returns: Origins = CLEAN
    leaks: frozenset[tuple[str, str]] = frozenset()
    """Parameter, and the code of the rule that it breaks if it is private."""
    leaves: frozenset[tuple[str, str]] = frozenset()
    """Captured variable, and an origin of what the function puts into it."""


def union(origins: Iterable[Origins]) -> Origins:
    """Return all origins of several values."""
    return frozenset().union(*origins)


def join(environments: Iterable[Environment | None]) -> Environment | None:
    """Return what holds where several ways meet; None is a way that does not come here."""
    living = [environment for environment in environments if environment is not None]
    if not living:
        return None
    joined: Environment = {}
    for environment in living:
        for name, origins in environment.items():
            joined[name] = joined.get(name, CLEAN) | origins
    return joined


def through(summary: Summary, arguments: Mapping[str, Origins]) -> Origins:
    """Return the origins of what a function gives back for some arguments."""
    passed = union(arguments.get(name, CLEAN) for name in summary.returns if name != PRIVATE)
    return passed | (summary.returns & SECRET)
