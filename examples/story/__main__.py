"""`make demo`: bring the network up, tell the story, leave the network running."""

import sys
import time
from contextlib import ExitStack

from rich.console import Console

from examples.story import acts, attacks
from examples.story.account import Account, StoryFailed
from examples.story.cast import Cast
from tradelane.gateway import GatewayError
from tradelane.network import Network, NetworkError, Step


def main() -> int:
    """Run the story; return the exit status."""
    console = Console()
    began = time.monotonic()
    network = Network(progress=lambda step: _show(console, step))
    try:
        console.rule("The network", align="left")
        network.up()
        with ExitStack() as stack:
            account = tell(network, console, stack)
    except (NetworkError, GatewayError, StoryFailed) as error:
        Console(stderr=True).print(f"[red]The story stopped.[/] {error} [{getattr(error, 'code', 'STORY_FAILED')}]")
        return 1
    account.show()
    _farewell(console, network, account, time.monotonic() - began)
    return 0


def tell(network: Network, console: Console, stack: ExitStack) -> Account:
    """Tell the story on a running network; the stack closes the connections."""
    cast, account = Cast(network, stack), Account(console)
    console.rule("The parties", align="left")
    cast.enrol()
    cast.admit()
    console.print(f"  {len(cast.parties)} parties admitted, banks licensed")
    console.rule("One title, from issue to surrender", align="left")
    way = acts.one_title(cast, account)
    console.rule("Three attacks", align="left")
    attacks.transfer_twice(cast, account)
    attacks.transfer_with_one_jurisdiction(cast, account)
    attacks.read_without_entitlement(cast, account, way)
    return account


def _show(console: Console, step: Step) -> None:
    if step.seconds is None:
        console.print(f"  [dim]{step.title} ...[/]")
    else:
        console.print(f"  [green]done[/]     {step.title} [dim]{step.seconds:.1f} s[/]")


def _farewell(console: Console, network: Network, account: Account, seconds: float) -> None:
    command = ".venv/bin/tradelane"
    console.rule(align="left")
    console.print(
        f"All of it took {seconds:.0f} s. The network stays up; its state is in {network.paths.root}. Look around:"
    )
    console.print(f"  {command} network status")
    console.print(f"  {command} --as {acts.EXPORTER}-clerk@shanghai ebl list")
    console.print(f"  {command} --as {acts.IMPORTER}-clerk@hongkong ebl history {account.title_id}", soft_wrap=True)
    console.print("`make down` stops the network and removes it; `make demo` again tells the story of a fresh title.")


if __name__ == "__main__":
    sys.exit(main())
