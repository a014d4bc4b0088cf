"""Waiting for a fact, never for a time: each wait polls what it waits for, up to a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

from tradelane.network import process
from tradelane.network.errors import CommandFailed, EndpointFailed, NodeStopped, NodeTimeout
from tradelane.network.nodes import Node
from tradelane.network.paths import HomePaths

POLL_SECONDS = 0.05
DEADLINE_SECONDS = 60.0


def wait(
    home: HomePaths, node: Node, what: str, fact: Callable[[], bool], deadline_seconds: float = DEADLINE_SECONDS
) -> None:
    """Return once a fact about a node holds.

    Args:
        home: Where the node's log and process record are.
        node: The node that is waited for.
        what: What it is to do, for the sentence when it does not: "join the channel".
        fact: Asked again and again; an endpoint that does not answer yet counts as no.
        deadline_seconds: After which the wait is given up.

    Raises:
        NodeStopped: The node's process ended meanwhile.
        NodeTimeout: The fact did not hold in time.
    """
    deadline = time.monotonic() + deadline_seconds
    last = "it gave no reason"
    while time.monotonic() < deadline:
        try:
            if fact():
                return
        except (CommandFailed, EndpointFailed) as error:
            last = error.sentence
        if process.find(home.process(node.name)) is None:
            raise NodeStopped(_sentence(home, node, f"{node.name} ended before it could {what}"), node=node.name)
        time.sleep(POLL_SECONDS)
    reason = f"{node.name} did not {what} within {deadline_seconds:.0f} s ({last.rstrip('.')})"
    raise NodeTimeout(_sentence(home, node, reason), node=node.name)


def _sentence(home: HomePaths, node: Node, reason: str) -> str:
    tail = process.log_tail(home.log(node.name))
    hint = f"See 'tradelane network logs {node.name}' and run 'tradelane network up' again."
    return f"{reason}. {hint}" + (f" The end of its log:\n{tail}" if tail else "")
