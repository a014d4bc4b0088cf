"""A network in one directory, as programs see it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from tradelane.network import binaries, bundle, files, locking, process, stages, topology, users
from tradelane.network.bringup import BringUp
from tradelane.network.errors import NodeUnknown, TopologyChanged
from tradelane.network.nodes import NodeFactory
from tradelane.network.paths import SERVICE_PREFIX, HomePaths, home_from_environment
from tradelane.network.progress import Progress, Step, silent, step
from tradelane.network.status import Examiner, NetworkStatus
from tradelane.network.topology import Topology


class Network:
    """Stands a network up, changes it and takes it down.

    Every change takes the network's lock, looks at what is there and does only what is missing: each may be repeated.
    """

    def __init__(self, home: Path | None = None, progress: Progress = silent) -> None:
        """Name the directory (default: TRADELANE_HOME); nothing is read or written yet."""
        self.paths = HomePaths((home or home_from_environment()).absolute())
        self._progress = progress

    @property
    def topology(self) -> Topology:
        """The topology in force.

        Raises:
            NetworkAbsent: No network was set up here.
        """
        return stages.stored_topology(self.paths)

    @cached_property
    def binaries(self) -> binaries.Binaries:
        """Fabric's programs; built now if they are nowhere to be found.

        Raises:
            BuildFailed: They can be neither found nor built.
        """
        return binaries.ensure(lambda title: self._progress(Step(title)))

    def up(self, topology_file: Path | None = None, base_port: int | None = None) -> None:
        """Bring the network up, from nothing or from whatever is left of it.

        Args:
            topology_file: TOML; the one in force or the built-in one when not given.
            base_port: In place of the topology's own.

        Raises:
            TopologyInvalid: The file breaks a rule.
            TopologyChanged: Another topology is in force here.
            HomeRefused: The directory is unusable, half made, or worked on by another command.
            PortRefused: A port is taken.
            NodeFailed: A process or a command failed.
        """
        with files.usable(self.paths.root), locking.held(self.paths):
            wanted = self._wanted(topology_file, base_port)
            BringUp(wanted, self.paths, self.binaries, self._progress).run()

    def deploy(self) -> None:
        """Restart the chaincode services with the code now installed; redefine the chaincode if that changed.

        Raises:
            NetworkAbsent: No network was set up here.
            NodeFailed: A process or a command failed.
        """
        known = self.topology
        with files.usable(self.paths.root), locking.held(self.paths):
            BringUp(known, self.paths, self.binaries, self._progress).restart_chaincode()

    def add_user(self, organisation: str, user: users.User) -> None:
        """Certify a user and put its keys into the organisation's profile.

        Raises:
            NetworkAbsent: No network was set up here.
            OrganisationUnknown: The organisation is unknown or runs no peer.
            UserInvalid: The user cannot be certified.
            UserExists: The name is taken.
            EndpointFailed: The organisation's CA does not run.
        """
        known = self.topology
        with files.usable(self.paths.root), locking.held(self.paths):
            users.add(known, self.paths, known.peer_organisation(organisation), user)

    def bundle(self, organisation: str, directory: Path, users: Sequence[str] = ()) -> tuple[str, ...]:
        """Write what users of an organisation need into an empty directory; it holds their keys.

        Args:
            organisation: Whose profile.
            directory: Empty, or not there yet.
            users: Whose keys; everybody's, the administrator's too, when none is named.

        Returns:
            The names of the users in it.

        Raises:
            NetworkAbsent: No network was set up here.
            OrganisationUnknown: The organisation is unknown or runs no peer.
            BundleRefused: The directory is not empty or cannot be written.
        """
        return bundle.write(self.topology, self.paths, organisation, directory, users)

    def status(self) -> NetworkStatus:
        """Ask every node how it is; a node that does not answer is a finding, no error.

        Raises:
            NetworkAbsent: No network was set up here.
        """
        return Examiner(self.topology, self.paths, self.binaries).examine()

    def log(self, node: str) -> Path:
        """The log of a node.

        Raises:
            NetworkAbsent: No network was set up here.
            NodeUnknown: There is no such node, or it never ran.
        """
        NodeFactory(self.topology, self.paths, self.binaries).named(node)
        path = self.paths.log(node)
        if not path.exists():
            raise NodeUnknown(f"Node '{node}' has no log: it never ran. Start it with 'tradelane network up'.")
        return path

    def down(self, *, purge: bool = False) -> int:
        """Stop every process of the network; with `purge` remove all it ever wrote too.

        Works on any directory, half made or damaged: it goes by the records of the processes alone.

        Returns:
            How many processes were stopped.
        """
        if not self.paths.root.is_dir():
            return 0
        with files.usable(self.paths.root), locking.held(self.paths):
            with step(self._progress, "stop the network"):
                stopped = self._stop_all()
            if purge:
                with step(self._progress, "remove the network's data"):
                    self._remove()
        return stopped

    def _wanted(self, topology_file: Path | None, base_port: int | None) -> Topology:
        if not self.paths.topology.exists():
            return topology.load(topology_file).at_base_port(base_port)
        known = self.topology
        wanted = (topology.load(topology_file) if topology_file else known).at_base_port(base_port)
        if wanted != known:
            raise TopologyChanged(
                f"The network in {self.paths.root} was set up with another topology or other ports, and changing a "
                "standing network is not supported. Run 'tradelane network up' without options to use it as it is, "
                "or remove it first with 'tradelane network down --purge'.",
                home=str(self.paths.root),
            )
        return known

    def _stop_all(self) -> int:
        records = sorted(self.paths.run.glob("*.json"))
        services = [record for record in records if record.name.startswith(SERVICE_PREFIX)]
        stopped = len(process.stop(record for record in records if record not in services))
        process.stop(services)  # those whose supervisor was killed; a living one has ended its own by now
        for record in records:
            record.unlink(missing_ok=True)
        return stopped

    def _remove(self) -> None:
        for path in self.paths.all_made:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
