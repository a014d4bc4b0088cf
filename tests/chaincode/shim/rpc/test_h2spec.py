"""HTTP/2 as an independent suite sees it: h2spec, the Go module, against the server."""

import asyncio
import shutil

import pytest

from tests.support.go_program import built
from tests.support.scripted_peer import PACKAGE_ID, Function
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.server import ServerOptions, serving


async def nothing(_: Stub) -> Response:
    return Response(200)


@pytest.mark.network  # as all that needs Go, not because of Fabric
@pytest.mark.skipif(shutil.which("go") is None, reason="h2spec is a Go program, and there is no Go here")
async def test_h2spec_finds_nothing() -> None:
    program = await asyncio.to_thread(built, "h2spec")
    async with serving(ServerOptions(PACKAGE_ID, "127.0.0.1:0", tls=None), Function(nothing)) as server:
        process = await asyncio.create_subprocess_exec(program, str(server.port), stdout=asyncio.subprocess.PIPE)
        report, _ = await process.communicate()
    assert process.returncode == 0, report.decode()
    assert b"0 skipped, 0 failed" in report
