"""Records proofs of a real network: `python -m tests.gateway.proof.record`. The network is removed at the end."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from examples.story import __main__ as story
from examples.story.acts import issuance_request
from examples.story.cast import Cast
from tests.support.network import start_somewhere
from tradelane.gateway import ebl, ledger, proof
from tradelane.network import Network

RECORDED = Path(__file__).parent / "recorded"
CARRIER, EXPORTER, BANK = "jianghai-line", "wusong-textiles", "victoria-bank"


def main() -> None:
    """Record."""
    with tempfile.TemporaryDirectory() as directory:
        network = Network(Path(directory) / "home")
        try:
            start_somewhere(network)
            with ExitStack() as stack:
                story.tell(network, Console(quiet=True), stack)
                _record(Cast(network, stack))
        finally:
            network.down(purge=True)


def _record(cast: Cast) -> None:
    title_id = cast.as_party(CARRIER).run(ebl.issue(issuance_request())).result.title_id

    def act(party: str, call: Any, **arguments: Any) -> int:
        done = cast.as_party(party).run(call(title_id, **arguments))
        for other in (CARRIER, BANK):  # a peer of each jurisdiction, before somebody else acts there
            cast.as_party(other).outcome(done.transaction_id)
        return int(done.block_number)

    act(EXPORTER, ebl.transfer, to=BANK)
    act(BANK, ebl.refuse, reason="not our customer")
    act(EXPORTER, ebl.pledge, to=BANK)
    released = act(BANK, ebl.release)
    act(EXPORTER, ebl.sign)
    cast.as_party(CARRIER).run(ebl.issue(issuance_request()))  # others' transactions after the last version
    exporter = cast.as_party(EXPORTER)
    last = exporter.run(ledger.height()) - 1
    wanted: dict[str, dict[str, Any]] = {
        "opened": {"disclose": ["document", "remarks", f"name:{BANK}"], "no_pledge_at": released},
        "late": {"no_pledge_at": last},
        "loose": {"without_blocks": True},
    }
    for name, options in wanted.items():
        RECORDED.joinpath(f"{name}.proof").write_bytes(exporter.run(proof.export(title_id, **options)))


if __name__ == "__main__":
    main()
