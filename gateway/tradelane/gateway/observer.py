"""What may be told to those who watch the client at work: tracing, logs, counters.

A call (`submit`, `evaluate`, a single step) is told when it begins and ends; within it each try of each step is told.
An observer is called on the path of every transaction: it must be quick and must not raise. It is never shown
arguments, answers or private inputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tradelane.gateway.errors import Step

LOGGER: Final = "tradelane.gateway"
"""The logger. WARNING: a call failed; INFO: a call did what it should, or was refused; DEBUG: each try of each step.
Lines hold function, transaction id, peer and code, never arguments, answers or private inputs."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one step of a call, over."""

    transaction_id: str
    step: Step
    code: str
    """OK, the validation code of a commit status, or the code of the error."""
    peer: str
    """The gateway peer that was asked, as `host:port`."""
    waited_seconds: float
    """How long the client paused before this try."""


class TryObserver(Protocol):
    """Watches one try."""

    @property
    def metadata(self) -> Sequence[tuple[str, str]]:
        """What to send along with the request, e.g. a trace context; empty for nothing."""
        ...

    def ended(self, attempt: Attempt) -> None:
        """Take note of how the try ended."""
        ...


class CallObserver(Protocol):
    """Watches one call."""

    def tried(self, step: Step, transaction_id: str, peer: str) -> TryObserver:
        """Take note of a try that begins now."""
        ...

    def ended(self, error: BaseException | None) -> None:
        """Take note of how the call ended: well, with an error, or left by its caller."""
        ...


class Observer(Protocol):
    """Watches a client."""

    def called(self, call: str, function: str) -> CallObserver:
        """Take note of a call that begins now.

        Args:
            call: `submit`, or the name of the step where the call is one step only.
            function: `contract:function`; empty where the step does not know it.
        """
        ...


class _Nothing:
    """Watches nothing: one object in the place of all three."""

    metadata: Sequence[tuple[str, str]] = ()

    def called(self, call: str, function: str) -> "_Nothing":  # noqa: ARG002 -- the protocol's parameters
        return self

    def tried(self, step: Step, transaction_id: str, peer: str) -> "_Nothing":  # noqa: ARG002
        return self

    def ended(self, outcome: Attempt | BaseException | None) -> None:
        pass


NOBODY: Final = _Nothing()
"""The observer of a client that nobody watches."""
