"""What a command does as a member of a joint party: it asks, and says whether all have asked, so that it is done."""

from typing import Annotated

import typer

from tradelane.gateway.cli import records
from tradelane.gateway.cli.work import Work
from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import GatewayError
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Flow, Session, flow
from tradelane.gateway.trade import ebl
from tradelane.model.identifiers import PartyId
from tradelane.model.title import TitleRecord

Jointly = Annotated[
    str | None,
    typer.Option(
        "--jointly",
        metavar="PARTY",
        help="As a member of this joint party: done once every member has asked for the same, in the same words.",
    ),
]


def act(
    context: typer.Context, title: str, wanted: Flow[Committed[TitleRecord]], jointly: str | None, *, as_json: bool
) -> None:
    """Do an act on a title, or ask for it as a member of a joint party, and show what came of it."""
    work = Work.of(context, as_json)
    if jointly is None:
        records.act(work.run(wanted), as_json=work.as_json)
        return
    asked, is_done, waiting_for = work.run(_asked(title, wanted, jointly))
    records.asked(asked, jointly, is_done=is_done, waiting_for=waiting_for, as_json=work.as_json)


@flow
def _asked(
    session: Session, title: str, wanted: Flow[Committed[TitleRecord]], jointly: str
) -> Steps[tuple[Committed[TitleRecord], bool, tuple[PartyId, ...]]]:
    asked = yield from session.run(ebl.jointly(wanted, jointly))
    # The title alone does not tell: it stands as it stood, or as somebody else has made it meanwhile.
    entries = (yield from session.run(ebl.history(title))).entries
    is_done = any(entry.transaction_id == asked.transaction_id for entry in entries)
    return asked, is_done, () if is_done else (yield from _waiting_for(session, title, jointly))


def _waiting_for(session: Session, title: str, jointly: str) -> Steps[tuple[PartyId, ...]]:
    """Tell whom the act just asked for waits for; nobody where that is not to be known, or may be another act's."""
    try:
        views = yield from session.run(ebl.agreements(title))
    except GatewayError:  # what was asked for is on the ledger, and that is what has to be told
        return ()
    own = [each for each in views if each.agreement.joint_party == jointly and not each.waits_for_caller]
    found = {each.waiting_for for each in own if each.in_force}
    return found.pop() if len(found) == 1 else ()
