"""The network: stands up, watches and takes down Fabric natively, one organisation per jurisdiction."""

from tradelane.network.errors import NetworkError
from tradelane.network.network import Network
from tradelane.network.progress import Step
from tradelane.network.users import Role, User

__all__ = ["Network", "NetworkError", "Role", "Step", "User"]
