"""An HTTPS server on the loopback interface, in a Fabric CA's place where only the connection matters."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from tests.support.pki import Authority

INFO = {"CAName": "ca", "CAChain": "Y2hhaW4=", "Version": "1.5.21"}


class Quiet(HTTPServer):
    """Says nothing of a handshake that fails, which is what some tests are about."""

    def handle_error(self, request: Any, client_address: Any) -> None: ...


class Server:
    """An HTTPS server on the loopback interface that answers every request alike."""

    def __init__(self, directory: Path, authority: Authority, name: str) -> None:
        self.body = json.dumps({"success": True, "result": INFO}).encode()
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", str(len(server.body)))
                self.end_headers()
                self.wfile.write(server.body)

            do_POST = do_GET  # noqa: N815 -- the name the library calls

            def log_message(self, *args: Any) -> None: ...

        pair = authority.issue(name)
        (directory / "cert.pem").write_bytes(pair.certificate_pem)
        (directory / "key.pem").write_bytes(pair.key_pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
        self._http = Quiet(("127.0.0.1", 0), Handler)
        # The handshake is made when the first byte is read, so that a failed one ends its connection only.
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://localhost:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
