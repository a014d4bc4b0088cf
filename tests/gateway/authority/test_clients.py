"""The clients of a Fabric CA over HTTPS: whom they trust, and how each failure of a connection reads."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.https_server import Server
from tests.support.pki import Authority
from tradelane.gateway import authority as ca
from tradelane.gateway.authority import aio, client
from tradelane.gateway.errors import AuthorityError, AuthorityUnreachable, GatewayError, InputError


@pytest.fixture
def server(tmp_path: Path, authority: Authority) -> Iterator[Server]:
    started = Server(tmp_path, authority, "localhost")
    yield started
    started.stop()


@pytest.fixture(params=["sync", "asyncio"])
def ask(request: pytest.FixtureRequest) -> Any:
    """Asks a CA to show itself, by either client."""

    def by_sync(url: str, roots: bytes, **options: float) -> ca.AuthorityInfo:
        with client.connect(url, roots=roots, name="ca", **options) as connected:
            return connected.run(ca.info())

    async def by_asyncio(url: str, roots: bytes, **options: float) -> ca.AuthorityInfo:
        async with aio.connect(url, roots=roots, name="ca", **options) as connected:
            return await connected.run(ca.info())

    return by_sync if request.param == "sync" else lambda *args, **options: asyncio.run(by_asyncio(*args, **options))


def test_a_trusted_ca_is_asked(server: Server, authority: Authority, ask: Any) -> None:
    assert ask(server.url, authority.root.certificate_pem) == ca.AuthorityInfo("ca", "1.5.21", b"chain")
    assert server.asked == ["/api/v1/cainfo?ca=ca"]


def test_a_ca_of_other_roots_is_sent_nothing(server: Server, ask: Any) -> None:
    with pytest.raises(AuthorityUnreachable, match="vouch for; nothing was sent") as raised:
        ask(server.url, Authority("stranger").root.certificate_pem)
    assert (raised.value.code, raised.value.exit_status) == ("AUTHORITY_UNTRUSTED", 4)
    assert server.asked == []


def test_a_ca_of_another_name_is_sent_nothing(tmp_path: Path, authority: Authority, ask: Any) -> None:
    server = Server(tmp_path, authority, "elsewhere")
    try:
        with pytest.raises(AuthorityUnreachable) as raised:
            ask(server.url, authority.root.certificate_pem)
        assert (raised.value.code, server.asked) == ("AUTHORITY_UNTRUSTED", [])
    finally:
        server.stop()


def test_no_proxy_of_the_environment_is_asked(
    server: Server, authority: Authority, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    ask(server.url, authority.root.certificate_pem)


def test_a_ca_that_is_down_is_named(authority: Authority, ask: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(AuthorityUnreachable, match=f"127.0.0.1:{port} cannot be reached") as raised:
        ask(f"https://127.0.0.1:{port}", authority.root.certificate_pem)
    assert raised.value.code == "AUTHORITY_UNREACHABLE"


def test_a_ca_that_says_nothing_is_not_waited_for(authority: Authority, ask: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with pytest.raises(AuthorityUnreachable, match="in time") as raised:
            ask(f"https://127.0.0.1:{port}", authority.root.certificate_pem, timeout_seconds=0.05)
    assert raised.value.code == "AUTHORITY_OVERDUE"


def test_an_answer_that_is_none_of_a_cas_is_refused(server: Server, authority: Authority, ask: Any) -> None:
    server.body = b"<html>Welcome</html>"
    with pytest.raises(AuthorityError) as raised:
        ask(server.url, authority.root.certificate_pem)
    assert raised.value.code == "AUTHORITY_ANSWER"


@pytest.mark.parametrize("url", ["http://localhost:1", "localhost:1", "https://", "https://user:word@host", "\x00"])
def test_an_address_that_is_not_https_is_refused(authority: Authority, ask: Any, url: str) -> None:
    with pytest.raises(InputError) as raised:
        ask(url, authority.root.certificate_pem)
    assert raised.value.code == "AUTHORITY_URL"
    assert "word" not in raised.value.message


@pytest.mark.parametrize("roots", [b"", b"nothing", "\u00e9".encode()])
def test_roots_that_are_none_are_refused(ask: Any, roots: bytes) -> None:
    with pytest.raises(GatewayError) as raised:
        ask("https://localhost:1", roots)
    assert raised.value.code == "AUTHORITY_ROOTS"
