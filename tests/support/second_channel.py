"""A second channel on a network that stands, made the way its first one was.

The same organisations, orderers and peers; it stays for as long as the network does.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.support.waiting import until
from tradelane.network import Network, commands, files, render_channel
from tradelane.network.bringup import BringUp
from tradelane.network.health import Health
from tradelane.network.nodes import Kind, NodeFactory
from tradelane.network.paths import HomePaths


@dataclass(frozen=True)
class _ChannelAside(HomePaths):
    """A network's home, but with the channel's configuration and first block in another directory."""

    aside: Path

    @property
    def channel(self) -> Path:
        return self.aside


def add_channel(network: Network, directory: Path, name: str) -> None:
    """Make a channel, have every orderer and peer join it, and wait until the peers know one another there."""
    topology = network.topology.model_copy(update={"channel": name})
    home = _ChannelAside(network.paths.root, directory)
    files.write_json(home.configtx, render_channel.configtx(topology, home))
    commands.make_genesis(network.binaries, render_channel.PROFILE, name, home.channel, home.genesis)
    BringUp(topology, home, network.binaries, lambda _: None)._join()
    health = Health(topology, home)
    others = len(topology.every_peer) - 1
    for peer in NodeFactory(topology, home, network.binaries).of_kind(Kind.PEER):
        until(lambda peer=peer: health.known_peers(peer) >= others)  # type: ignore[misc]
