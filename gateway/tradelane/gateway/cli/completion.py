"""What the shell offers when a value is half typed. Whatever goes wrong, it offers nothing: nobody asked for words."""

from collections.abc import Iterator

import typer

from tradelane.gateway.cli import who
from tradelane.gateway.errors import GatewayError

_PATIENCE_SECONDS = 2.0
_TITLES = 100


def users(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Offer the users of the profiles at hand."""
    given = context.find_root().params.get("profile_dir")
    if given is not None:
        names = who.users_of(given)
    else:
        names = [f"{user}@{each.name}" for each in who.directories() for user in who.users_of(each)]
    yield from (name for name in names if name.startswith(incomplete))


def titles(context: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the caller's titles, if the peer says in time which they are."""
    from tradelane.gateway.client import connect  # noqa: PLC0415 -- gRPC takes long to load, for a key press
    from tradelane.gateway.session import Deadlines  # noqa: PLC0415
    from tradelane.gateway.trade import ebl  # noqa: PLC0415

    try:
        given = context.find_root().params
        actor = who.actor(given.get("who"), given.get("profile_dir"))
        deadlines = Deadlines(evaluate_seconds=_PATIENCE_SECONDS)
        with connect(actor.directory, actor.user, deadlines=deadlines) as gateway:
            page = gateway.run(ebl.list_titles(page_size=_TITLES))
    except GatewayError:
        return
    yield from ((one.title_id, str(one.status)) for one in page.titles if one.title_id.startswith(incomplete))
