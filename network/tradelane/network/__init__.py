"""The network: stands up, watches and takes down Fabric natively, one organisation per jurisdiction.

    network = Network()                      # in TRADELANE_HOME
    network.up()
    network.add_user("shanghai", User("exporter", Role.SIGNER, "wusong-textiles"))

Names are loaded when first used: the supervisor of a chaincode service needs almost none of this package.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradelane.network.errors import NetworkError
    from tradelane.network.network import Network
    from tradelane.network.progress import Step
    from tradelane.network.status import NetworkStatus, NodeStatus
    from tradelane.network.users import Role, User

__all__ = ["Network", "NetworkError", "NetworkStatus", "NodeStatus", "Role", "Step", "User"]

_HOMES = {
    "errors": ("NetworkError",),
    "network": ("Network",),
    "progress": ("Step",),
    "status": ("NetworkStatus", "NodeStatus"),
    "users": ("Role", "User"),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
