"""`tradelane profile`: list, show, use."""

from dataclasses import dataclass
from typing import Annotated

import typer
from rich.table import Column

from tradelane.gateway.certificate import read_certificate
from tradelane.gateway.cli import output, tables, who
from tradelane.gateway.cli.completion import users
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.who import Actor
from tradelane.gateway.cli.work import Work
from tradelane.gateway.errors import ProfileError
from tradelane.gateway.profile import Profile, load_profile

app = typer.Typer(help="Profiles: as whom you can act, and as whom you do.", no_args_is_help=True)

READY = "ready"


@dataclass(frozen=True)
class _Row:
    actor: Actor
    profile: Profile | None
    state: str
    """`ready`, or the code of what is wrong."""

    @classmethod
    def of(cls, actor: Actor) -> "_Row":
        try:
            return cls(actor, load_profile(actor.directory, actor.user), READY)
        except ProfileError as error:
            return cls(actor, None, error.code)

    @property
    def role(self) -> str:
        return (self.profile.user.role or "") if self.profile else ""

    @property
    def party_id(self) -> str:
        return (self.profile.user.party_id or "") if self.profile else ""


@app.command("list", epilog="Example: tradelane profile list")
def list_profiles(context: typer.Context, as_json: AsJson = False) -> None:
    """List the users of the profiles at hand; * marks the one who acts where nothing else is said."""
    work = Work.of(context, as_json)
    given = work.settings.profile
    directories = [given] if given is not None else who.directories()
    rows = [_Row.of(Actor(each, user, "")) for each in directories for user in who.users_of(each)]
    chosen = who.chosen()
    marks = [_is(row.actor, chosen) for row in rows]
    if work.as_json:
        output.print_json(
            [
                {
                    "user": row.actor.user,
                    "organisation": row.actor.organisation,
                    "profile": str(row.actor.directory),
                    "role": row.role,
                    "partyId": row.party_id,
                    "state": row.state,
                    "chosen": mark,
                }
                for row, mark in zip(rows, marks, strict=True)
            ]
        )
        return
    cells = [
        ("*" if mark else "", f"{row.actor.user}@{row.actor.organisation}", row.role, row.party_id, row.state)
        for row, mark in zip(rows, marks, strict=True)
    ]
    tables.table(("", Column("user", overflow="fold"), "role", "party", "state"), cells)


@app.command(epilog="Example: tradelane --as hkbank-clerk@hongkong profile show")
def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Show who acts, for which organisation, with which certificate and at which peers."""
    work = Work.of(context, as_json)
    actor = work.actor()
    profile = load_profile(actor.directory, actor.user)
    expires = read_certificate(profile.identity.certificate_pem).not_valid_after_utc
    network, user = profile.network, profile.user
    if work.as_json:
        output.print_json(
            {
                "user": actor.user,
                "profile": str(actor.directory),
                "chosenBy": actor.chosen_by,
                "organisation": network.organisation,
                "mspId": network.msp_id,
                "role": user.role,
                "partyId": user.party_id,
                "certificateExpires": expires.isoformat(),
                "channel": network.channel,
                "chaincode": network.chaincode,
                "peers": [peer.endpoint for peer in network.peers],
            }
        )
        return
    tables.pairs(
        [
            ("user", actor.user),
            ("profile", str(actor.directory)),
            ("chosen by", actor.chosen_by),
            ("organisation", f"{network.organisation} ({network.msp_id})"),
            ("role", user.role or "-"),
            ("party", user.party_id or "-"),
            ("certificate", f"expires {expires:%Y-%m-%d %H:%M} UTC"),
            ("channel", network.channel),
            ("chaincode", network.chaincode),
            ("peers", ", ".join(peer.endpoint for peer in network.peers)),
        ]
    )


@app.command(epilog="Example: tradelane profile use hkbank-clerk@hongkong")
def use(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME@ORG|NAME", help="A user; with --profile its name.", autocompletion=users)
    ],
    as_json: AsJson = False,
) -> None:
    """Choose who acts from now on where neither --as nor the environment says so."""
    work = Work.of(context, as_json)
    actor = who.actor(name, work.settings.profile)
    load_profile(actor.directory, actor.user)
    path = who.choose(actor)
    if work.as_json:
        output.print_json({"user": actor.user, "profile": str(actor.directory.absolute())})
    else:
        tables.pairs([("user", actor.user), ("profile", str(actor.directory.absolute())), ("kept in", str(path))])


def _is(actor: Actor, chosen: Actor | None) -> bool:
    return chosen is not None and (actor.directory.absolute(), actor.user) == (chosen.directory, chosen.user)
