"""Draws docs/ebl-states.md from the table of the life cycle, so that the picture cannot say anything else.

python -m tradelane.rules.diagram [--check] [FILE], from the repository's root.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tradelane.rules.ebl.standing import ENDED, Standing
from tradelane.rules.ebl.table import TABLE, Transition

_FILE = Path("docs/ebl-states.md")


def draw() -> str:
    """Return the page: a mermaid state diagram, and for each act what it demands and does."""
    return "\n".join(
        [
            "# The life cycle of a title",
            "",
            "<!-- Generated from chaincode/tradelane/rules/ebl/table.py by python -m tradelane.rules.diagram. -->",
            "",
            "```mermaid",
            "stateDiagram-v2",
            *(f"    {line}" for line in _arrows()),
            "```",
            "",
            "An act is refused with `WRONG_STATE` where no arrow leads, else with the code of the first demand that is",
            "not met. Before any of this the caller must be a signer of an admitted party of its own organisation. How",
            "many cells of this table end how, by kind of document and law: [ebl-outcomes.md](ebl-outcomes.md).",
            "",
            "| state | act | who | demands, in this order | effect |",
            "| --- | --- | --- | --- | --- |",
            *_rows(),
            "",
        ]
    )


def _arrows() -> list[str]:
    arrows: dict[tuple[str, str], list[str]] = {}
    for (state, action), transition in TABLE.items():
        for reached in reachable(state, transition):
            arrows.setdefault((_name(state), reached.value), []).append(action.value)
    drawn = [f"{start} --> {end}: {' / '.join(acts)}" for (start, end), acts in arrows.items()]
    return drawn + [f"{standing.value} --> [*]" for standing in ENDED]


def _rows() -> list[str]:
    return [
        f"| {'(none)' if state is None else state.value} | {action.value} | {transition.by} "
        f"| {' '.join(_first_line(guard) for guard in transition.guards)} | {_first_line(transition.effect)} |"
        for (state, action), transition in TABLE.items()
    ]


def reachable(state: Standing | None, transition: Transition) -> tuple[Standing, ...]:
    """Return the standings that a transition may lead to."""
    if transition.leads_to:
        return transition.leads_to
    if transition.status is not None:
        return (Standing(transition.status.value),)
    return () if state is None else (state,)


def _name(state: Standing | None) -> str:
    return "[*]" if state is None else state.value


def _first_line(function: Callable[..., Any]) -> str:
    return (function.__doc__ or "").strip().split("\n", 1)[0]


def main() -> int:
    """Write the page; with --check only compare, and fail where it is stale."""
    parser = argparse.ArgumentParser(description="Draw the life cycle of a title from its table.")
    parser.add_argument("file", nargs="?", type=Path, default=_FILE)
    parser.add_argument("--check", action="store_true", help="fail when the file does not show the table")
    options = parser.parse_args()
    page = draw()
    if not options.check:
        # determinism: allow DET501 draws the docs on a developer's machine; no peer imports it
        options.file.write_text(page, encoding="utf-8")
        return 0
    # determinism: allow DET501 as above
    if options.file.exists() and options.file.read_text(encoding="utf-8") == page:
        return 0
    sys.stderr.write(f"{options.file} does not show the table of titles; run: python -m tradelane.rules.diagram\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
