"""The chaincode package and the external builder that takes it, run as a peer runs it."""

import io
import json
import stat
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tradelane.network import packaging

LINK: dict[str, object] = {
    "address": "127.0.0.1:7055",
    "tls_required": True,
    "client_auth_required": True,
    "client_key": "KEY",
}
PRUNED = {"PATH": "/usr/bin:/bin"}  # a peer hands on no more


def unpacked(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        assert all(entry.isreg() for entry in tar)
        return {entry.name: _read(tar, entry) for entry in tar}


def _read(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(entry)
    assert stream is not None
    return stream.read()


def test_equal_input_gives_equal_bytes_whatever_the_order() -> None:
    turned = dict(reversed(LINK.items()))
    assert packaging.package("tradelane", LINK) == packaging.package("tradelane", turned)


def test_the_identifier_changes_with_the_connection() -> None:
    one = packaging.package("tradelane", LINK)
    other = packaging.package("tradelane", LINK | {"address": "127.0.0.1:7155"})
    assert packaging.identifier("tradelane", one) != packaging.identifier("tradelane", other)
    assert packaging.identifier("tradelane", one).startswith("tradelane:")


def test_a_package_says_what_it_is_and_how_its_service_is_reached() -> None:
    content = unpacked(packaging.package("tradelane", LINK))
    assert json.loads(content["metadata.json"]) == {"type": "ccaas", "label": "tradelane"}
    assert json.loads(unpacked(content["code.tar.gz"])["connection.json"]) == LINK


@pytest.fixture
def builder(tmp_path: Path) -> Path:
    directory = tmp_path / "it's a builder"
    packaging.write_builder(directory)
    return directory / "bin"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path, Path]:
    source, metadata, built, released = (tmp_path / name for name in ("source", "metadata", "built", "released"))
    for folder in (source, metadata, built, released):
        folder.mkdir()
    (source / "connection.json").write_text(json.dumps(LINK))
    (metadata / "metadata.json").write_text('{"type": "CCAAS", "label": "tradelane"}')
    return source, metadata, built, released


def call(program: Path, *arguments: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([program, *arguments], env=PRUNED, capture_output=True, text=True, check=False)


def test_a_package_goes_through_the_builder_to_the_peer(builder: Path, folders: tuple[Path, Path, Path, Path]) -> None:
    source, metadata, built, released = folders
    assert call(builder / "detect", source, metadata).returncode == 0
    assert call(builder / "build", source, metadata, built).returncode == 0
    assert call(builder / "release", built, released).returncode == 0
    assert json.loads((released / "chaincode" / "server" / "connection.json").read_bytes()) == LINK


def test_packages_of_another_type_are_left_to_others(builder: Path, folders: tuple[Path, Path, Path, Path]) -> None:
    source, metadata, _, _ = folders
    (metadata / "metadata.json").write_text('{"type": "golang", "label": "tradelane"}')
    assert call(builder / "detect", source, metadata).returncode != 0


@pytest.mark.parametrize(
    "change",
    [
        {"tls_required": False},
        {"tls_required": "true"},
        {"client_auth_required": False},
        {"client_auth_required": None},
    ],
)
def test_a_connection_without_tls_on_both_sides_is_not_built(
    builder: Path, folders: tuple[Path, Path, Path, Path], change: dict[str, Any]
) -> None:
    source, metadata, built, _ = folders
    (source / "connection.json").write_text(json.dumps(LINK | change))
    refused = call(builder / "build", source, metadata, built)
    assert refused.returncode != 0
    assert next(iter(change)) in refused.stderr
    assert not list(built.iterdir())


def test_the_builder_is_closed_to_others(builder: Path) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in builder.iterdir()} == {0o700}
    assert {path.name for path in builder.iterdir()} == {"detect", "build", "release"}
