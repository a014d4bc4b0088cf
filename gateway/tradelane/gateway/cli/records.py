"""How records of the ledger look, and what a transaction has done."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Column

from tradelane.gateway.cli import output, tables

if TYPE_CHECKING:
    # A command that shows a party needs no titles, and neither one the ledger's blocks that deeds are read from.
    from tradelane.gateway.envelope import Committed
    from tradelane.gateway.trade.ebl.account import Deed
    from tradelane.model.base import Record
    from tradelane.model.party import PartyView
    from tradelane.model.title import TitleRecord
    from tradelane.model.title_requests import HistoryEntry


def json_of(record: "Record") -> Any:  # noqa: ANN401
    """Return a record as JSON values, absent fields left out."""
    return record.model_dump(mode="json", exclude_none=True)


def committed(done: "Committed[Any]", result: Any, rows: Iterable[tuple[str, str]], *, as_json: bool) -> None:  # noqa: ANN401
    """Show the result of a transaction and where it stands on the ledger."""
    if as_json:
        output.print_json({"result": result, "transactionId": done.transaction_id, "blockNumber": done.block_number})
        return
    tables.pairs([*rows, ("transaction", done.transaction_id), ("block", str(done.block_number))])


def act(done: "Committed[TitleRecord]", *, as_json: bool) -> None:
    """Show a title after an act on it."""
    committed(done, json_of(done.result), title_rows(done.result), as_json=as_json)


def asked(
    done: "Committed[TitleRecord]", jointly: str, *, is_done: bool, waiting_for: Sequence[str], as_json: bool
) -> None:
    """Show a title after a member of a joint party has asked for an act on it, and whether the act is done.

    Else for whom it waits: `waiting_for` is empty where that is not known.
    """
    if as_json:
        place = {"transactionId": done.transaction_id, "blockNumber": done.block_number}
        waits = {"waitingFor": list(waiting_for)} if waiting_for else {}
        output.print_json({"result": json_of(done.result), **place, "done": is_done, **waits})
        return
    committed(done, None, title_rows(done.result), as_json=False)
    if not is_done:
        waits_for = f"; waiting for: {', '.join(waiting_for)}" if waiting_for else ""
        output.print_line(f"Asked for. It is done once every member of {jointly} has asked for the same{waits_for}.")


def title_rows(title: "TitleRecord") -> list[tuple[str, str]]:
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


def titles(found: Sequence["TitleRecord"]) -> None:
    """Show titles, one a line."""
    # A title id is copied into the next command, so it is never cut.
    columns = (Column("title", no_wrap=True), "state", "in control", "endorsee", "issuer", "acts")
    tables.table(columns, map(_title_cells, found))


def history(entries: Sequence["HistoryEntry"]) -> None:
    """Show the versions of a title, oldest first: under each other, for a transaction id alone is 64 wide."""
    tables.steps(row for entry in entries for row in _version_rows(entry))


def deeds(told: Sequence["Deed"]) -> None:
    """Show who did what to a title, in which capacity, and who signed it, oldest first."""
    tables.steps(row for deed in told for row in _deed_rows(deed))


def parties(views: Sequence["PartyView"]) -> None:
    """Show parties, one a line."""
    columns = (Column("party", no_wrap=True), "name", "LEI", "organisation", "roles", "of which licensed")
    tables.table(columns, map(_party_cells, views))


def _title_cells(title: "TitleRecord") -> tuple[str, ...]:
    possessor = title.possessor.party_id if title.possessor else "-"
    endorsee = title.endorsee.party_id if title.endorsee else "-"
    return title.title_id, title.status, possessor, endorsee, title.issuer.party_id, str(title.sequence)


def _version_rows(entry: "HistoryEntry") -> Iterator[tuple[str, str, str]]:
    title, last = entry.title, entry.title.last_action
    to = f" to {last.recipient.party_id}" if last.recipient else ""
    held = f", in control {title.possessor.party_id}" if title.possessor else ""
    yield str(title.sequence), "act", f"{last.action_code} by {last.actor.party_id}{to}"
    yield "", "time", last.action_date_time
    yield "", "state", f"{title.status}{held}"
    yield "", "tx", entry.transaction_id
    if entry.remark:
        yield "", "remark", entry.remark


def _deed_rows(deed: "Deed") -> Iterator[tuple[str, str, str]]:
    to = f" to {deed.recipient}" if deed.recipient else ""
    held = f", in control {deed.possessor}" if deed.possessor else ""
    owned = f", owned by {deed.owner}" if deed.owner else ""
    yield str(deed.sequence), "act", f"{deed.action} by {deed.actor}{to}"
    yield "", "as", deed.capacity
    yield "", "time", f"{deed.time}, block {deed.block}"
    yield "", "signed by", ", ".join(deed.jurisdictions)
    yield "", "state", f"{deed.standing}{held}{owned}"
    yield "", "tx", deed.transaction_id
    if deed.remark:
        yield "", "remark", deed.remark


def _party_cells(view: "PartyView") -> tuple[str, ...]:
    party = view.party
    roles, licensed = ", ".join(party.roles), ", ".join(party.licensed_roles)
    return party.party_id, view.name or "-", party.lei or "-", party.msp_id, roles, licensed


def _last_act(title: "TitleRecord") -> str:
    last = title.last_action
    to = f" to {last.recipient.party_id}" if last.recipient else ""
    return f"{last.action_code} by {last.actor.party_id}{to}, {last.action_date_time}"
