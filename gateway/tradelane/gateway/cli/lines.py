"""Files of many: one JSON object a line, each an item of a bulk run."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from pydantic import ValidationError

from tradelane.gateway.bulk.records import Invocation, Item
from tradelane.gateway.bulk.run import item_of
from tradelane.gateway.cli.call import transient_values
from tradelane.gateway.cli.work import STANDARD, read_file
from tradelane.gateway.errors import GatewayError, InputError

MakeItem = Callable[[str, bytes], Item]
"""Makes an item of a line's number and content; raises InputError, ValueError or TypeError where it cannot."""

_SHOWN: Final = 10


@dataclass(frozen=True)
class Input:
    """A file that was read to its end once, so that nothing is sent where a line is unusable.

    Attributes:
        digest: SHA-256 over the file, hexadecimal: it names the input in the journal.
        items: How many there are.
    """

    file: Path
    content: bytes | None
    digest: str
    items: int
    make: MakeItem

    @classmethod
    def read(cls, file: Path, make: MakeItem) -> "Input":
        """Read and check a file.

        Raises:
            InputError: FILE_UNREADABLE; LINES_UNUSABLE, with what is wrong by line in the details.
        """
        content = read_file(file) if file == STANDARD else None
        digest, items, faults = hashlib.sha256(), 0, dict[str, str]()
        seen: dict[str, int] = {}
        for number, line in _lines(file, content):
            digest.update(line)
            if not line.strip():
                continue
            items += 1
            try:
                key = make(str(number), line).key
                if seen.setdefault(key, number) != number:
                    raise ValueError(f"the key {key} is that of line {seen[key]} already")
            except (GatewayError, ValueError, TypeError) as error:
                faults[f"line {number}"] = _words(error)
        if faults:
            raise _unusable(file, faults)
        return cls(file, content, digest.hexdigest(), items, make)

    def __iter__(self) -> Iterator[Item]:
        for number, line in _lines(self.file, self.content):
            if line.strip():
                yield self.make(str(number), line)


def invocation(number: str, line: bytes) -> Item:
    """Make the item of a line {"function", "arguments", "key", "transient", "endorsers"}, all but the first optional.

    An argument that is no text travels as its JSON.

    Raises:
        TypeError, ValueError: The line is not of that form.
    """
    given = object_of(line)
    function = given.pop("function", None)
    if not isinstance(function, str) or not function:
        raise ValueError('it lacks "function"')
    arguments, endorsers = given.pop("arguments", []), given.pop("endorsers", [])
    if not isinstance(arguments, list):
        raise TypeError('"arguments" is no list')
    if not isinstance(endorsers, list) or not all(isinstance(each, str) for each in endorsers):
        raise TypeError('"endorsers" is no list of MSP ids')
    found = Invocation(
        function,
        [each if isinstance(each, str) else json.dumps(each, separators=(",", ":")) for each in arguments],
        key=_key(given.pop("key", number)),
        transient=_transient(given.pop("transient", {})),
        endorsing_organizations=endorsers,
    )
    if given:
        raise ValueError(f"it has fields nobody knows: {', '.join(sorted(given))}")
    return item_of(found, 0)


def object_of(line: bytes) -> dict[str, Any]:
    """Return the JSON object of a line.

    Raises:
        ValueError, TypeError: It is none.
    """
    found = json.loads(line)
    if not isinstance(found, dict):
        raise TypeError("it is no JSON object")
    return found


def _key(key: object) -> str:
    if not isinstance(key, str) or not 0 < len(key) <= 128 or not key.isprintable():
        raise ValueError('its "key" is no text of 1 to 128 printable characters')
    return key


def _transient(given: object) -> dict[str, bytes]:
    try:
        return transient_values(given)
    except (ValueError, TypeError):
        raise ValueError('its "transient" is not {"name": "text"} or {"name": {"base64": "..."}}') from None


def _lines(file: Path, content: bytes | None) -> Iterator[tuple[int, bytes]]:
    try:
        with _opened(file, content) as lines:
            yield from enumerate(lines, start=1)
    except OSError as error:
        raise InputError(f"The file {file} cannot be read: {error.strerror}.", code="FILE_UNREADABLE") from error


def _opened(file: Path, content: bytes | None) -> BinaryIO:
    return io.BytesIO(content) if content is not None else file.open("rb")


def _words(error: Exception) -> str:
    if isinstance(error, GatewayError):
        return error.message.rstrip(".")
    if isinstance(error, ValidationError):
        return "it has other fields than those wanted"
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return "it is no JSON"
    return str(error)


def _unusable(file: Path, faults: dict[str, str]) -> InputError:
    (first, words), more = next(iter(faults.items())), len(faults) - 1
    others = f" (and {more} more {'line' if more == 1 else 'lines'})" if more else ""
    return InputError(
        f"The file {file} is unusable at {first}: {words}{others}; nothing was sent.",
        code="LINES_UNUSABLE",
        details=dict(list(faults.items())[:_SHOWN]),
    )
