"""What the command logs, on request: the client's log lines on standard error."""

import logging
import os
import sys
from typing import Final

from tradelane.gateway.errors import InputError
from tradelane.gateway.observer import LOGGER

_LEVELS: Final = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}


def set_up(verbose: int) -> None:
    """Log what `--verbose`, given so many times, or else TRADELANE_LOG asks for.

    Raises:
        InputError: USAGE: TRADELANE_LOG names no level.
    """
    wanted = os.environ.get("TRADELANE_LOG", "").lower()
    if wanted and wanted not in _LEVELS:
        raise InputError(f"TRADELANE_LOG is {wanted!r}; it may be {', '.join(_LEVELS)}.", code="USAGE")
    asked = (logging.INFO, logging.DEBUG)[min(verbose, 2) - 1] if verbose else _LEVELS.get(wanted)
    if asked is None:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger(LOGGER)
    logger.handlers = [handler]
    logger.setLevel(asked)
