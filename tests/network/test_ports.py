"""Ports: a busy one is named with its holder, one in the kernel's own range is refused."""

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tradelane.network import ports
from tradelane.network.errors import PortRefused
from tradelane.network.nodes import NodeFactory


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(ports, "PATIENCE_SECONDS", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_a_busy_port_is_refused_with_its_holder(busy: int, nodes: NodeFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "ephemeral_range", lambda: (1, 2))
    node = replace(nodes.named("peer0.hongkong"), ports={"requests": busy})
    with pytest.raises(PortRefused) as refusal:
        ports.check([node])
    assert f"Port {busy} (peer0.hongkong, requests) is in use by" in refusal.value.sentence
    assert f"(process {os.getpid()})" in refusal.value.sentence
    assert "--base-port" in refusal.value.sentence
    assert refusal.value.details == {"node": "peer0.hongkong", "port": busy}


def test_a_port_that_becomes_free_in_time_is_taken(nodes: NodeFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "ephemeral_range", lambda: (1, 2))
    server = socket.create_server(("127.0.0.1", 0))
    port = int(server.getsockname()[1])
    assert not ports.is_free(port)
    monkeypatch.setattr(ports, "POLL_SECONDS", 0.0)
    looked = []

    def look(candidate: int) -> bool:
        looked.append(candidate)
        server.close()
        return is_free(candidate)

    is_free = ports.is_free
    monkeypatch.setattr(ports, "is_free", lambda candidate: is_free(candidate) or (look(candidate) and False))
    ports.check([replace(nodes.named("peer0.hongkong"), ports={"requests": port})])
    assert looked == [port]


def test_a_port_in_the_kernels_own_range_is_refused(nodes: NodeFactory) -> None:
    low, _ = ports.ephemeral_range()
    with pytest.raises(PortRefused, match="for outgoing connections"):
        ports.check([replace(nodes.named("peer0.hongkong"), ports={"requests": low})])


def test_without_the_kernels_word_the_usual_range_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "EPHEMERAL_RANGE", Path("/nowhere"))
    assert ports.ephemeral_range() == ports.EPHEMERAL_DEFAULT
