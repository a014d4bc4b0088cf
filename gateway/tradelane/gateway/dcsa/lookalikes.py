"""Names of a document's parties that are not what they look like, after Unicode's security mechanisms (UTS 39).

Such a name breaks no rule of DCSA's, and may be somebody's real one: so it is flagged and not refused.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from confusable_homoglyphs import categories, confusables

_ANY: Final = {"COMMON", "INHERITED"}
_TOGETHER: Final = (
    {"LATIN", "HAN", "BOPOMOFO"},
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
    {"LATIN", "HAN", "HANGUL"},
)
"""Scripts that one name may well have together: UTS 39's level "highly restrictive"."""


@dataclass(frozen=True)
class Lookalike:
    """A name to look at twice.

    Attributes:
        path: JSON path of the name.
        said: What is odd about it; without the name.
    """

    path: str
    said: str


def lookalikes(document: dict[str, Any]) -> tuple[Lookalike, ...]:
    """Return the names of a transport document's parties that could be taken for others."""
    names = list(_names(document.get("documentParties", {}), "$.documentParties"))
    found = [Lookalike(path, said) for path, name in names for said in _odd(name)]
    for (path, name), (other_path, other) in combinations(names, 2):
        if name.casefold() != other.casefold() and skeleton(name) == skeleton(other):
            found.append(
                Lookalike(other_path, f"it is written differently from the name at {path}, but looks the same")
            )
    return tuple(found)


def lookalikes_of(name: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is odd about a party's name, by itself and beside the names of other parties.

    Args:
        name: Of a party that is to be admitted.
        known: The names of the parties there are, by their ids, which the answer names them by.
    """
    alike = (
        f"it is written differently from the name of {party_id!r}, but looks the same"
        for party_id, other in known.items()
        if name.casefold() != other.casefold() and skeleton(name) == skeleton(other)
    )
    same = (
        f"{party_id!r} has the same name already"
        for party_id, other in known.items()
        if name.casefold() == other.casefold()
    )
    return (*_odd(name), *alike, *same)


def skeleton(name: str) -> str:
    """Return what a name looks like: two names that look alike have the same one."""
    plain = (_look(character) for character in unicodedata.normalize("NFKD", name) if not _invisible(character))
    return " ".join("".join(plain).casefold().split())


def _names(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, child in value.items():
            if name == "partyName" and isinstance(child, str):
                yield f"{path}.{name}", child
            yield from _names(child, f"{path}.{name}")
    elif isinstance(value, list):
        for number, child in enumerate(value):
            yield from _names(child, f"{path}[{number}]")


def _odd(name: str) -> Iterator[str]:
    if any(_invisible(character) for character in name):
        yield "it has characters that cannot be seen, or that change the direction of writing"
    scripts = {categories.alias(character) for character in name} - _ANY
    if len(scripts) > 1 and not any(scripts <= allowed for allowed in _TOGETHER):
        yield f"it mixes letters of {_and(scripts)}, of which some look alike"
    letters = [character for character in name if character.isalpha()]
    if letters and "LATIN" not in scripts and all(_look(character).isascii() for character in letters):
        yield f"all its letters are {_and(scripts)}, and each looks like a Latin one"


def _look(character: str) -> str:
    """Return the ASCII character that another one looks like, and else the character itself."""
    if character.isascii():
        return {"0": "o", "O": "o", "1": "l", "I": "l", "|": "l"}.get(character, character)
    alike = confusables.is_confusable(character, greedy=True) or ()
    plain = (other["c"] for each in alike for other in each["homoglyphs"] if other["c"].isascii())
    return next((_look(other) if len(other) == 1 else other for other in plain), character)


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf")


def _and(scripts: set[str]) -> str:
    return " and ".join(sorted(script.capitalize() for script in scripts))
