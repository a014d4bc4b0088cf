"""The chaincode package of an organisation: where its service is and how peer and service know each other."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shlex
import sys
import tarfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from tradelane.network import files
from tradelane.network.paths import ChaincodePaths
from tradelane.network.topology import LOOPBACK

BUILDER_VERBS = ("detect", "build", "release")


def connection(paths: ChaincodePaths, tls_root: Path, port: int) -> dict[str, object]:
    """What the peer needs to dial the service, TLS on both sides. Holds the client key: stays in the organisation."""
    return {
        "address": f"{LOOPBACK}:{port}",
        "dial_timeout": "3s",
        "tls_required": True,
        "client_auth_required": True,
        "client_key": paths.client.key.read_text(),
        "client_cert": paths.client.certificate.read_text(),
        "root_cert": tls_root.read_text(),
    }


def package(label: str, link: Mapping[str, object]) -> bytes:
    """Pack a connection; equal input gives equal bytes, for the package's identifier is their hash."""
    code = _tgz({"connection.json": _json(link)})
    return _tgz({"metadata.json": _json({"type": "ccaas", "label": label}), "code.tar.gz": code})


def identifier(label: str, content: bytes) -> str:
    """The identifier Fabric derives from a package."""
    return f"{label}:{hashlib.sha256(content).hexdigest()}"


def write_builder(directory: Path) -> None:
    """Write the external builder. Its scripts call this very Python: a peer hands on almost no environment."""
    program = directory / "builder.py"
    files.write(program, resources.files(__package__).joinpath("external_builder.py").read_text("utf-8"))
    for verb in BUILDER_VERBS:
        call = f'exec {shlex.quote(sys.executable)} -I -S {shlex.quote(str(program))} {verb} "$@"'
        files.write_script(directory / "bin" / verb, f"#!/bin/sh\n{call}\n")


def _json(record: Mapping[str, object]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":")).encode()


def _tgz(entries: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(entries.items()):
            entry = tarfile.TarInfo(name)  # no owner and no time: both would change the bytes
            entry.size = len(content)
            entry.mode = 0o600
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(archive.getvalue(), mtime=0)
