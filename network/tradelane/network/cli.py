"""The command group `tradelane network`. Thin: options in, `Network` called, findings printed, errors left to rise."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tradelane.network import logs as reading
from tradelane.network.display import StepDisplay
from tradelane.network.network import Network
from tradelane.network.status import NetworkStatus, NodeStatus
from tradelane.network.users import Role, User

app = typer.Typer(help="Stand up, watch and take down the network.", no_args_is_help=True)
user_app = typer.Typer(help="People and programs that act for a party.", no_args_is_help=True)
app.add_typer(user_app, name="user")

OrganisationOption = Annotated[str, typer.Option("--org", help="Organisation, such as hongkong.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.command(epilog="Example: tradelane network up")
def up(
    topology: Annotated[Path | None, typer.Option("--topology", help="TOML file; built in when not given.")] = None,
    base_port: Annotated[
        int | None, typer.Option("--base-port", envvar="TRADELANE_BASE_PORT", help="First port of the network.")
    ] = None,
) -> None:
    """Bring the network up, from nothing or from whatever is left of it."""
    with StepDisplay() as display:
        network = Network(progress=display.show)
        network.up(topology, base_port)
    typer.echo(f"The network is up in {network.paths.root}; see 'tradelane network status'.", err=True)


@app.command(epilog="Example: tradelane network down --purge")
def down(*, purge: Annotated[bool, typer.Option("--purge", help="Remove ledgers, keys and logs too.")] = False) -> None:
    """Stop the network; its ledgers stay unless purged."""
    with StepDisplay() as display:
        Network(progress=display.show).down(purge=purge)


@app.command(epilog="Example: tradelane network deploy")
def deploy() -> None:
    """Restart the chaincode services with the code now installed; redefine the chaincode where that changed."""
    with StepDisplay() as display:
        Network(progress=display.show).deploy()


@app.command(epilog="Example: tradelane network status --json")
def status(*, as_json: JsonOption = False) -> None:
    """Show how every node is; exit status 0 only if all is well."""
    found = Network().status()
    if as_json:
        sys.stdout.write(json.dumps(found.as_json(), indent=2) + "\n")
    else:
        _print_status(found)
    if not found.well:
        raise typer.Exit(1)


@app.command(epilog="Example: tradelane network logs peer0.hongkong --follow")
def logs(
    node: Annotated[str, typer.Argument(help="Such as peer0.hongkong; 'status' lists them.")],
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with every new line.")] = False,
    last: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines.")] = 100,
) -> None:
    """Show a node's log."""
    try:
        for line in reading.lines(Network().log(node), last, follow=follow):
            sys.stdout.write(line)
            sys.stdout.flush()
    except KeyboardInterrupt:
        return  # the way to end following


@user_app.command("add", epilog="Example: tradelane network user add li-wei --org hongkong --party victoria-bank")
def user_add(
    name: Annotated[str, typer.Argument(help="Unique in the organisation.")],
    organisation: OrganisationOption,
    party: Annotated[str | None, typer.Option("--party", help="Party the user acts for; none for an admin.")] = None,
    role: Annotated[Role, typer.Option("--role", help="What the user may do.")] = Role.SIGNER,
) -> None:
    """Certify a user and put its keys into the organisation's profile.

    Users who make their keys on their own machine: `tradelane identity register` and `identity enrol`.
    """
    network = Network()
    network.add_user(organisation, User(name, role, party))
    typer.echo(f"{name}@{organisation} may act as {role.value}" + (f" for {party}." if party else "."), err=True)


@app.command(epilog="Example: tradelane network bundle hongkong handout --user li-wei")
def bundle(
    organisation: Annotated[str, typer.Argument(metavar="ORG", help="Organisation, such as hongkong.")],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Empty, or does not exist yet.")],
    user: Annotated[list[str] | None, typer.Option("--user", help="Only this user's keys; may be repeated.")] = None,
) -> None:
    """Write what an organisation's users need, their keys included, into a directory."""
    names = Network().bundle(organisation, directory.absolute(), user or [])
    typer.echo(f"Written to {directory}: it holds the private keys of {', '.join(names)}.", err=True)


def _print_status(found: NetworkStatus) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("node", "process", "endpoint", "height", "leader", "chaincode", "expires"):
        table.add_column(name, no_wrap=True)
    for node in found.nodes:
        table.add_row(*_row(node))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    for node in found.nodes:
        for problem in node.problems:
            console.print(f"{node.name}: {problem}", markup=False)
    console.print("All is well." if found.well else "Not all is well: run 'tradelane network up' to put it right.")


def _row(node: NodeStatus) -> list[str]:
    flags = {True: "yes", False: "no", None: ""}
    process = str(node.pid) if node.pid else "stopped"
    height = "" if node.height is None else str(node.height)
    return [
        node.name,
        process,
        node.endpoint,
        height,
        flags[node.leader],
        flags[node.reachable],
        (node.expires or "")[:10],
    ]
