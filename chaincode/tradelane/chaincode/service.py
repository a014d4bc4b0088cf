"""Runs a chaincode as a service until it is told to stop."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping

from tradelane.chaincode.config import Config, ConfigError
from tradelane.chaincode.logs import log_to
from tradelane.chaincode.shim.errors import CannotServe
from tradelane.chaincode.shim.interface import Chaincode
from tradelane.chaincode.shim.metrics import Metrics, served
from tradelane.chaincode.shim.observer import SILENT, Observer
from tradelane.chaincode.shim.server import serving
from tradelane.chaincode.stderr import captured_stderr

_new_event_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
with contextlib.suppress(ImportError):  # there is none for Windows
    import uvloop

    _new_event_loop = uvloop.new_event_loop

EXIT_CANNOT_START = 2

CANCEL_SECONDS = 1.5
"""After the drain: for cancelled transactions to end. With it the usual drain is below the ten seconds of managers."""

_YOUNG_OBJECTS = 20_000
"""Between two searches for cycles, of which transactions leave hardly any: at the 700 of Python 3.11, with hundreds of
them under way, the searches took up to a tenth of a transfer's time."""

_log = logging.getLogger(__name__)


def run(environment: Mapping[str, str], chaincode: Chaincode) -> int:
    """Serve until SIGTERM or SIGINT; return the exit status, 2 when the service cannot start.

    A chaincode that neither answers nor lets itself be cancelled ends with the process, whose exit status is 0 then
    too: it was told to stop.
    """
    with captured_stderr() as stream:
        log_to(stream)
        try:
            config = Config.from_environment(environment)
            with asyncio.Runner(loop_factory=_new_event_loop) as runner:
                runner.run(_serve(config, chaincode))
        except (ConfigError, CannotServe) as error:
            _log.critical("cannot start: %s", error)
            return EXIT_CANNOT_START
        return 0


async def _serve(config: Config, chaincode: Chaincode) -> None:
    stop = asyncio.Event()
    _stop_on_signals(stop, config.server.drain_seconds + CANCEL_SECONDS)
    with _observer(config.metrics_address) as observer:
        async with serving(config.server, chaincode, observer):
            gc.collect()
            gc.freeze()  # what is loaded stays: no collection need look at it again
            gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])
            await stop.wait()
            _log.info("stopping")


@contextlib.contextmanager
def _observer(address: str | None) -> Iterator[Observer]:
    if address is None:
        yield SILENT
        return
    metrics = Metrics()
    with served(metrics, address) as port:
        _log.info("serving metrics", extra={"address": address, "port": port})
        yield metrics


def _stop_on_signals(stop: asyncio.Event, patience_seconds: float) -> None:
    loop = asyncio.get_running_loop()

    def told(_number: int, _frame: object) -> None:
        # Not a handler of the loop: a chaincode that keeps the loop busy would keep it from running.
        loop.call_soon_threadsafe(stop.set)
        abandon = threading.Timer(patience_seconds, _abandon)
        abandon.daemon = True
        abandon.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)


def _abandon() -> None:
    _log.critical("the chaincode did not end when it was cancelled: ending the process around it")
    os._exit(0)
