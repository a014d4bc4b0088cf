"""The peers' external builder. Copied beside the network's data and run by a peer, so it needs nothing but Python.

A package of type `ccaas` names a service that runs already. `detect` takes such a package, `build` keeps its
connection, `release` hands the connection to the peer, which then dials the service and never asks for `run`.
"""

import json
import shutil
import sys
from pathlib import Path


def detect(_source: str, metadata: str) -> None:
    """Take packages of type `ccaas` and no others."""
    if json.loads(Path(metadata, "metadata.json").read_bytes()).get("type", "").lower() != "ccaas":
        sys.exit(1)


def build(source: str, _metadata: str, output: str) -> None:
    """Keep the connection once it is known to be encrypted both ways."""
    connection = json.loads(Path(source, "connection.json").read_bytes())
    for name in ("tls_required", "client_auth_required"):
        if connection.get(name) is not True:
            sys.exit(f"connection.json must have {name}: true, or anybody could speak for the peer")
    shutil.copyfile(Path(source, "connection.json"), Path(output, "connection.json"))


def release(built: str, output: str) -> None:
    """Tell the peer where the service is."""
    folder = Path(output, "chaincode", "server")
    folder.mkdir(parents=True)
    shutil.copyfile(Path(built, "connection.json"), folder / "connection.json")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["detect", source, metadata]:
            detect(source, metadata)
        case ["build", source, metadata, output]:
            build(source, metadata, output)
        case ["release", built, output]:
            release(built, output)
        case _:
            sys.exit("usage: builder.py detect|build|release DIRECTORY...")
