"""Runs a chaincode as a service until it is told to stop."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Mapping

from tradelane.chaincode.config import Config, ConfigError
from tradelane.chaincode.logs import log_to_stderr
from tradelane.chaincode.shim.interface import Chaincode
from tradelane.chaincode.shim.server import CannotServe, serving

_new_event_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
with contextlib.suppress(ImportError):  # there is none for Windows
    import uvloop

    _new_event_loop = uvloop.new_event_loop

EXIT_CANNOT_START = 2

_log = logging.getLogger(__name__)


def run(environment: Mapping[str, str], chaincode: Chaincode) -> int:
    """Serve until SIGTERM or SIGINT; return the exit status, 2 when the service cannot start."""
    log_to_stderr()
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
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(config.server, chaincode):
        await stop.wait()
        _log.info("stopping")
