"""`tradelane ebl agreements`: what members of joint parties ask for on a title, and who has still to ask."""

from collections.abc import Sequence
from typing import Final

import typer

from tradelane.gateway.cli import output, records, tables
from tradelane.gateway.cli.ebl import Title
from tradelane.gateway.cli.ebl_acts import app
from tradelane.gateway.cli.same_act import FEEDBACK_FILE, command, request_of, shared_with
from tradelane.gateway.cli.settings import AsJson, Settings
from tradelane.gateway.cli.work import Work
from tradelane.gateway.trade import ebl
from tradelane.model.joint import AgreementView

__all__ = ["app"]  # the group, with this command declared on it

_NOT_NOTED: Final = "not noted: it was asked for in an earlier release of TradeLane"


@app.command(epilog="Example: tradelane ebl agreements TITLE")
def agreements(context: typer.Context, title: Title, as_json: AsJson = False) -> None:
    """Show what members of joint parties ask for on a title, who has agreed and who is waited for."""
    work = Work.of(context, as_json)
    found = work.run(ebl.agreements(title))
    if work.as_json:
        output.print_json([records.json_of(view) for view in found])
        return
    if not found:
        output.print_line("No member of a joint party asks for anything on this title.")
    for number, view in enumerate(found):
        if number:
            output.print_line("")
        tables.pairs(_rows(view))
        if view.waits_for_caller:
            _tell_what_to_run(view, _acting(work.settings))


def _rows(view: AgreementView) -> list[tuple[str, str]]:
    noted, options = view.agreement, request_of(view)
    parties = [
        f"{word} {options.pop(name)}" for word, name in (("from", "subject"), ("to", "recipient")) if name in options
    ]
    void = "" if view.in_force else ", void: the title has changed since"
    rows = [
        ("act", _NOT_NOTED if noted.action_code is None else " ".join((noted.action_code, *parties))),
        ("options", ", ".join(f"{name} {value}" for name, value in options.items())),
        ("jointly", noted.joint_party),
        ("version", f"{noted.sequence}{void}"),
        ("agreed", ", ".join(noted.agreed)),
        ("waiting for", ", ".join(view.waiting_for)),
        ("words", _words(view)),
        *(("feedback", f"{each.severity} {each.code}: {each.message}") for each in view.feedback),
    ]
    # Others' words stay in their row: in lines of their own they could pass for what this command says.
    return [(name, value.replace("\n", " ")) for name, value in rows if value]


def _words(view: AgreementView) -> str:
    if view.agreement.words is None:
        return ""
    return view.remark or "private: shown to members, once their peer has received them"


def _acting(settings: Settings) -> Sequence[str]:
    who = () if settings.who is None else ("--as", settings.who)
    return (*who, *(() if settings.profile is None else ("--profile", str(settings.profile))))


def _tell_what_to_run(view: AgreementView, acting: Sequence[str]) -> None:
    same = command(view, acting)
    if same is not None:
        output.print_line("It waits for you. Where you agree, ask for the same:")
        output.print_line(f"  {same}")
        recipient = shared_with(view)
        if recipient is not None:
            output.print_line(
                f"Whoever asks last gives {recipient} the document, too; with --no-share it is not given one."
            )
        if view.feedback:
            output.print_line(f"{FEEDBACK_FILE} holds the feedback: the list that --json shows.")
    elif view.agreement.action_code is None:
        output.print_line(f"It waits for you: {view.agreement.agreed[0]} knows what it has asked for.")
    elif view.agreement.words is not None and view.remark is None:
        output.print_line("It waits for you, but its words have not reached this peer yet: look again in a moment.")
    else:
        output.print_line("It waits for you: ask for the same act with the same options, in the same words (--json).")
