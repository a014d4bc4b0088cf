"""Who watches a client: the log always, OpenTelemetry where its package is installed."""

import logging
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final

from tradelane.gateway.errors import GatewayError, Refused, Step
from tradelane.gateway.observer import LOGGER, NOBODY, Attempt, CallObserver, Observer, TryObserver
from tradelane.gateway.tries import LEFT

_log: Final = logging.getLogger(LOGGER)
# Where nobody set logging up, errors are raised and need not be printed as well.
_log.addHandler(logging.NullHandler())


def watching(channel: str, chaincode: str) -> Observer:
    """Return who watches a client of a chaincode by default."""
    if not _tracing_installed():
        return Logged()
    from tradelane.gateway.telemetry import Tracing  # noqa: PLC0415 -- its package is optional

    return Several((Logged(), Tracing(channel, chaincode)))


def _tracing_installed() -> bool:
    try:
        return find_spec("opentelemetry.trace") is not None
    except ModuleNotFoundError:
        return False


class Logged:
    """An observer that writes log lines."""

    def called(self, call: str, function: str) -> CallObserver:
        """Begin a call; nothing of it is kept where nothing of it can be logged."""
        return _LoggedCall(call, function) if _log.isEnabledFor(logging.WARNING) else NOBODY


class _LoggedCall:
    """One call in the log, and all tries of its steps: one object, for this is made for every transaction."""

    metadata: Sequence[tuple[str, str]] = ()

    def __init__(self, call: str, function: str) -> None:
        self._call = call
        self._function = function
        self._transaction_id = ""

    def tried(self, step: Step, transaction_id: str, peer: str) -> TryObserver:  # noqa: ARG002 -- told at its end
        self._transaction_id = transaction_id
        return self

    def ended(self, outcome: Attempt | BaseException | None) -> None:
        if isinstance(outcome, Attempt):
            self._try_ended(outcome)
        elif outcome is None:
            _log.info("%s %s done, transaction %s", self._call, self._function, self._transaction_id)
        elif isinstance(outcome, Exception):  # else it was left: cancelled, interrupted
            code = outcome.code if isinstance(outcome, GatewayError) else type(outcome).__name__
            level = logging.INFO if isinstance(outcome, Refused) else logging.WARNING
            _log.log(level, "%s %s failed: %s, transaction %s", self._call, self._function, code, self._transaction_id)

    def _try_ended(self, attempt: Attempt) -> None:
        # A stream lasts for days and is resumed by itself: who runs it wants to know that it broke, and where.
        broken = attempt.step is Step.EVENTS and attempt.code != LEFT
        _log.log(
            logging.WARNING if broken else logging.DEBUG,
            "%s %s: %s at %s: %s, transaction %s",
            self._call,
            self._function,
            attempt.step,
            attempt.peer,
            attempt.code,
            attempt.transaction_id,
        )


class Several:
    """Tells each of several observers."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)

    def called(self, call: str, function: str) -> CallObserver:
        """Tell of a call those who want to hear of it."""
        watching = [each.called(call, function) for each in self._observers]
        awake = [each for each in watching if each is not NOBODY]
        if len(awake) > 1:
            return _SeveralCalls(awake)
        return awake[0] if awake else NOBODY


class _SeveralCalls:
    def __init__(self, calls: Sequence[CallObserver]) -> None:
        self._calls = calls

    def tried(self, step: Step, transaction_id: str, peer: str) -> TryObserver:
        return _SeveralTries([each.tried(step, transaction_id, peer) for each in self._calls])

    def ended(self, error: BaseException | None) -> None:
        for each in self._calls:
            each.ended(error)


class _SeveralTries:
    def __init__(self, tries: Sequence[TryObserver]) -> None:
        self._tries = tries

    @property
    def metadata(self) -> Sequence[tuple[str, str]]:
        return [pair for each in self._tries for pair in each.metadata]

    def ended(self, attempt: Attempt) -> None:
        for each in self._tries:
            each.ended(attempt)
