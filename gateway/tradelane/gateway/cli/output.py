"""How results and errors look: one line for people, JSON for programs.

Names, remarks, documents and refusals come from others, so a terminal never gets their control characters. Every
command loads this module, so it needs the standard library alone; `tables` and `records` show the rest.
"""

import base64
import json
import sys
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

_CONTROLS: Final = ("Cc", "Cf")
"""Unicode's categories of what moves the cursor, begins a terminal's command, or turns the direction of writing."""


def error(sentence: str, code: str, details: Mapping[str, str], *, as_json: bool) -> None:
    """Show an error: a sentence and its code on stderr, or JSON on stdout where a program reads."""
    if as_json:
        print_json({"code": code, "message": sentence, "details": dict(details)})
    else:
        sys.stderr.write(shown(f"{sentence} [{code}]\n"))


def print_json(value: Any) -> None:  # noqa: ANN401 -- any JSON value
    """Print one JSON value."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    # JSON itself escapes the ASCII ones; the line breaks between its values stay.
    sys.stdout.write("".join(json.dumps(each)[1:-1] if _controls(each) else each for each in text) + "\n")


def print_json_line(value: Any) -> None:  # noqa: ANN401 -- any JSON value
    """Print one JSON value on a line of its own, with nothing in it that a terminal would act on."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.write("".join(json.dumps(each)[1:-1] if _controls(each) else each for each in text) + "\n")


def print_line(text: str) -> None:
    """Print one line of text that may hold others' words."""
    sys.stdout.write(shown(text.replace("\n", " ")) + "\n")


def is_whole(text: str) -> bool:
    """Tell whether a text stands in a line as it is, so that it can be copied from there."""
    return shown(text) == text and "\n" not in text


def answer(content: bytes, *, as_json: bool) -> None:
    """Show what a chaincode answered."""
    found = answer_json(content)
    if as_json or not isinstance(found, str):
        print_json(found)
    else:
        sys.stdout.write(shown(found) + "\n")


def answer_json(content: bytes) -> Any:  # noqa: ANN401
    """Return what a chaincode answered as a JSON value: its own, or its text, or {"base64": ...}."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}
    try:
        return json.loads(text)
    except ValueError:
        return text


def readable(content: bytes) -> str:
    """Return what a chaincode answered in one line."""
    found = answer_json(content)
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def shown(text: str) -> str:
    """Return a text as a terminal may get it."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _controls(each) else each for each in text)


def _controls(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in _CONTROLS
