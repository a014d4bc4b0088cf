"""Enrolment for asyncio: the same names and arguments, awaited; see `calls` for both.

Each call is performed in a thread, for much of it is files and locks. A task that is cancelled leaves at once; what it
has begun is finished, since a certificate that a CA has issued must not be lost.
"""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, Final, ParamSpec, TypeVar

from tradelane.gateway.enrolment import calls

P = ParamSpec("P")
T = TypeVar("T")


def _in_thread(call: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    @functools.wraps(call)
    async def awaited(*args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(call, *args, **kwargs)

    return awaited


enrol: Final = _in_thread(calls.enrol)
renew: Final = _in_thread(calls.renew)
register: Final = _in_thread(calls.register)
revoke: Final = _in_thread(calls.revoke)
