"""How results and errors look: tables for people, JSON for programs.

Names, remarks, documents and refusals come from others, so a terminal never gets their control characters.
"""

import base64
import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from tradelane.gateway.envelope import Committed
from tradelane.gateway.trade.ebl.account import Deed
from tradelane.model.base import Record
from tradelane.model.party import PartyView
from tradelane.model.title import TitleRecord
from tradelane.model.title_requests import HistoryEntry

_PIPE_WIDTH: Final = 400
_CONTROLS: Final = ("Cc", "Cf")
"""Unicode's categories of what moves the cursor, begins a terminal's command, or turns the direction of writing."""


def error(sentence: str, code: str, details: Mapping[str, str], *, as_json: bool) -> None:
    """Show an error: a sentence and its code on stderr, or JSON on stdout where a program reads."""
    if as_json:
        print_json({"code": code, "message": sentence, "details": dict(details)})
    else:
        sys.stderr.write(_shown(f"{sentence} [{code}]\n"))


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
    sys.stdout.write(_shown(text.replace("\n", " ")) + "\n")


def is_whole(text: str) -> bool:
    """Tell whether a text stands in a line as it is, so that it can be copied from there."""
    return _shown(text) == text and "\n" not in text


def record_json(record: Record) -> Any:  # noqa: ANN401
    """Return a record as JSON values, absent fields left out."""
    return record.model_dump(mode="json", exclude_none=True)


def committed(done: Committed[Any], result: Any, rows: Iterable[tuple[str, str]], *, as_json: bool) -> None:  # noqa: ANN401
    """Show the result of a transaction and where it stands on the ledger."""
    if as_json:
        print_json({"result": result, "transactionId": done.transaction_id, "blockNumber": done.block_number})
        return
    pairs([*rows, ("transaction", done.transaction_id), ("block", str(done.block_number))])


def act(done: Committed[TitleRecord], *, as_json: bool) -> None:
    """Show a title after an act on it."""
    committed(done, record_json(done.result), title_rows(done.result), as_json=as_json)


def asked(
    done: Committed[TitleRecord], jointly: str, *, is_done: bool, waiting_for: Sequence[str], as_json: bool
) -> None:
    """Show a title after a member of a joint party has asked for an act on it, and whether the act is done.

    Else for whom it waits: `waiting_for` is empty where that is not known.
    """
    if as_json:
        place = {"transactionId": done.transaction_id, "blockNumber": done.block_number}
        waits = {"waitingFor": list(waiting_for)} if waiting_for else {}
        print_json({"result": record_json(done.result), **place, "done": is_done, **waits})
        return
    committed(done, None, title_rows(done.result), as_json=False)
    if not is_done:
        waits_for = f"; waiting for: {', '.join(waiting_for)}" if waiting_for else ""
        print_line(f"Asked for. It is done once every member of {jointly} has asked for the same{waits_for}.")


def title_rows(title: TitleRecord) -> list[tuple[str, str]]:
    """Return what a person wants to know of a title."""
    kind = "to order" if title.is_to_order else "straight"
    endorsee = title.endorsee.party_id if title.endorsee else ("in blank" if title.is_to_order else "-")
    rows = [
        ("title", title.title_id),
        ("state", f"{title.status} ({kind})"),
        ("in control", title.possessor.party_id if title.possessor else "nobody, the title has ended"),
        ("endorsee", endorsee),
        ("issuer", title.issuer.party_id),
        ("document", title.document_id),
        ("last act", _last_act(title)),
    ]
    if title.consignee:
        rows.insert(4, ("consignee", title.consignee.party_id))
    return rows


def titles(found: Sequence[TitleRecord]) -> None:
    """Show titles, one a line."""
    # A title id is copied into the next command, so it is never cut.
    table = Table(Column("title", no_wrap=True), "state", "in control", "endorsee", "issuer", "acts")
    for title in found:
        possessor = title.possessor.party_id if title.possessor else "-"
        endorsee = title.endorsee.party_id if title.endorsee else "-"
        _row(table, title.title_id, title.status, possessor, endorsee, title.issuer.party_id, str(title.sequence))
    _show(table)


def history(entries: Sequence[HistoryEntry]) -> None:
    """Show the versions of a title, oldest first: under each other, for a transaction id alone is 64 wide."""
    grid = Table(Column(justify="right"), Column(style="dim"), Column(overflow="fold"), show_header=False, box=None)
    for entry in entries:
        title, last = entry.title, entry.title.last_action
        to = f" to {last.recipient.party_id}" if last.recipient else ""
        held = f", in control {title.possessor.party_id}" if title.possessor else ""
        _row(grid, str(title.sequence), "act", f"{last.action_code} by {last.actor.party_id}{to}")
        _row(grid, "", "time", last.action_date_time)
        _row(grid, "", "state", f"{title.status}{held}")
        _row(grid, "", "tx", entry.transaction_id)
        if entry.remark:
            _row(grid, "", "remark", entry.remark)
    _show(grid)


def deeds(told: Sequence[Deed]) -> None:
    """Show who did what to a title, in which capacity, and who signed it, oldest first."""
    grid = Table(Column(justify="right"), Column(style="dim"), Column(overflow="fold"), show_header=False, box=None)
    for deed in told:
        to = f" to {deed.recipient}" if deed.recipient else ""
        held = f", in control {deed.possessor}" if deed.possessor else ""
        owned = f", owned by {deed.owner}" if deed.owner else ""
        _row(grid, str(deed.sequence), "act", f"{deed.action} by {deed.actor}{to}")
        _row(grid, "", "as", deed.capacity)
        _row(grid, "", "time", f"{deed.time}, block {deed.block}")
        _row(grid, "", "signed by", ", ".join(deed.jurisdictions))
        _row(grid, "", "state", f"{deed.standing}{held}{owned}")
        _row(grid, "", "tx", deed.transaction_id)
        if deed.remark:
            _row(grid, "", "remark", deed.remark)
    _show(grid)


def parties(views: Sequence[PartyView]) -> None:
    """Show parties, one a line."""
    table = Table(Column("party", no_wrap=True), "name", "LEI", "organisation", "roles", "of which licensed")
    for view in views:
        party = view.party
        licensed = ", ".join(party.licensed_roles)
        _row(table, party.party_id, view.name or "-", party.lei or "-", party.msp_id, ", ".join(party.roles), licensed)
    _show(table)


def answer(content: bytes, *, as_json: bool) -> None:
    """Show what a chaincode answered."""
    found = answer_json(content)
    if as_json or not isinstance(found, str):
        print_json(found)
    else:
        sys.stdout.write(_shown(found) + "\n")


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


def pairs(rows: Iterable[tuple[str, str]], *, aside: bool = False) -> None:
    """Show names and values; aside: on standard error."""
    table = Table(show_header=False, box=None)
    table.add_column(style="dim")
    # Identifiers are copied into the next command, so they are never cut.
    table.add_column(overflow="fold")
    for row in rows:
        _row(table, *row)
    _show(table, aside=aside)


def table(columns: Iterable[Column | str], rows: Iterable[Sequence[str]], *, aside: bool = False) -> None:
    """Show rows under the names of their columns; aside: on standard error."""
    found = Table(*columns)
    for row in rows:
        _row(found, *row)
    _show(found, aside=aside)


def _last_act(title: TitleRecord) -> str:
    last = title.last_action
    to = f" to {last.recipient.party_id}" if last.recipient else ""
    return f"{last.action_code} by {last.actor.party_id}{to}, {last.action_date_time}"


def _row(table: Table, *cells: str) -> None:
    # As Text, so that brackets in a name or remark are not read as markup.
    table.add_row(*(Text(_shown(cell)) for cell in cells))


def _shown(text: str) -> str:
    return "".join("\N{REPLACEMENT CHARACTER}" if _controls(each) else each for each in text)


def _controls(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in _CONTROLS


class _Console(Console):
    """A console that leaves it to the command what happens when nobody reads any more."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _show(table: Table, *, aside: bool = False) -> None:
    console = _Console(stderr=aside)
    if not console.is_terminal:
        # Into a pipe or file, lines are as long as they need to be.
        console = _Console(stderr=aside, width=_PIPE_WIDTH)
    console.print(table)
