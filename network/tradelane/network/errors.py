"""What can go wrong with the network, one class per cause.

NetworkError
├── UsageRefused                 the request itself cannot be met
│   ├── TopologyInvalid          TOPOLOGY_INVALID         the topology file breaks a rule
│   ├── TopologyChanged          TOPOLOGY_CHANGED         a network with another topology stands here
│   ├── NodeUnknown              NODE_UNKNOWN             no such node in the topology
│   ├── OrganisationUnknown      ORGANISATION_UNKNOWN     no such organisation, or none with a peer
│   ├── UserExists               USER_EXISTS              the name is taken in that organisation
│   ├── UserInvalid              USER_INVALID             name, party or role cannot be certified
│   └── BundleRefused            BUNDLE_REFUSED           the target directory is not empty
├── HomeRefused                  the directory of the network cannot be used
│   ├── HomeUnusable             HOME_UNUSABLE            full, read-only or not a directory
│   ├── HomeHalfMade             HOME_HALF_MADE           an earlier run stopped in the middle of a stage
│   ├── HomeBusy                 HOME_BUSY                another command works on it now
│   └── NetworkAbsent            NETWORK_ABSENT           no network was ever set up there
├── PortRefused                  PORT_REFUSED             a port is taken or lies in the kernel's own range
├── BuildFailed                  BUILD_FAILED             Fabric's programs could not be built
└── NodeFailed                   a process did not do what was asked of it
    ├── NodeStopped              NODE_STOPPED             it ended while it was waited for
    ├── NodeTimeout              NODE_TIMEOUT             it did not become ready in time
    ├── CommandFailed            COMMAND_FAILED           one of Fabric's commands returned an error
    ├── AuthorityRefused         AUTHORITY_REFUSED        a Fabric CA declined a request
    └── EndpointFailed           ENDPOINT_FAILED          an HTTPS endpoint of a node could not be asked
"""

from __future__ import annotations

from typing import ClassVar


class NetworkError(Exception):
    """Base of every error of this package.

    Attributes:
        code: Stable, for programs.
        sentence: What was refused, why, and what to do, for people.
        details: Plain values a program may need; never a secret.
        exit_status: What the command ends with: 2 refused before anything was done, 4 a node failed, 1 otherwise.
    """

    code: ClassVar[str] = "NETWORK_ERROR"
    exit_status: ClassVar[int] = 1

    def __init__(self, sentence: str, **details: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class UsageRefused(NetworkError):
    """The request itself cannot be met; another one can."""

    exit_status = 2


class TopologyInvalid(UsageRefused):
    """The topology file breaks a rule."""

    code = "TOPOLOGY_INVALID"


class TopologyChanged(UsageRefused):
    """A network with another topology stands in this directory."""

    code = "TOPOLOGY_CHANGED"


class NodeUnknown(UsageRefused):
    """The topology has no node of that name."""

    code = "NODE_UNKNOWN"


class OrganisationUnknown(UsageRefused):
    """The topology has no organisation of that name with a peer."""

    code = "ORGANISATION_UNKNOWN"


class UserExists(UsageRefused):
    """The name is taken in that organisation."""

    code = "USER_EXISTS"


class UserInvalid(UsageRefused):
    """Name, party or role cannot be certified."""

    code = "USER_INVALID"


class BundleRefused(UsageRefused):
    """The directory a bundle was to be written to is not empty."""

    code = "BUNDLE_REFUSED"


class HomeRefused(NetworkError):
    """The directory of the network cannot be used."""

    exit_status = 2


class HomeUnusable(HomeRefused):
    """The directory is full, read-only or no directory."""

    code = "HOME_UNUSABLE"


class HomeHalfMade(HomeRefused):
    """An earlier run stopped in the middle of a stage that cannot be resumed."""

    code = "HOME_HALF_MADE"


class HomeBusy(HomeRefused):
    """Another command works on this network now."""

    code = "HOME_BUSY"


class NetworkAbsent(HomeRefused):
    """No network was ever set up in this directory."""

    code = "NETWORK_ABSENT"


class PortRefused(NetworkError):
    """A port is taken, or lies where the kernel hands out ports by itself."""

    code = "PORT_REFUSED"
    exit_status = 2


class BuildFailed(NetworkError):
    """Fabric's programs are not there and could not be built."""

    code = "BUILD_FAILED"


class NodeFailed(NetworkError):
    """A process did not do what was asked of it."""

    exit_status = 4


class NodeStopped(NodeFailed):
    """A process ended while it was waited for."""

    code = "NODE_STOPPED"


class NodeTimeout(NodeFailed):
    """A process did not become ready in time."""

    code = "NODE_TIMEOUT"


class CommandFailed(NodeFailed):
    """One of Fabric's commands returned an error."""

    code = "COMMAND_FAILED"


class AuthorityRefused(NodeFailed):
    """A Fabric CA declined a request.

    Attributes:
        reasons: Fabric CA's own numbers for why.
    """

    code = "AUTHORITY_REFUSED"

    def __init__(self, sentence: str, reasons: tuple[int, ...] = ()) -> None:
        super().__init__(sentence, reasons=list(reasons))
        self.reasons = reasons


class EndpointFailed(NodeFailed):
    """An HTTPS endpoint of a node could not be asked."""

    code = "ENDPOINT_FAILED"
