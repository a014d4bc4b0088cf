"""Fabric's programs: what is found, what is refused, and that a failed build leaves nothing behind."""

import stat
import sys
from pathlib import Path

import pytest

from tradelane.network import binaries, toolchain
from tradelane.network.errors import BuildFailed

PROGRAMS = ("peer", "orderer", "configtxgen", "fabric-ca-server")


def program(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def programs(folder: Path, fabric: str, fabric_ca: str) -> None:
    for name in PROGRAMS:
        version = fabric_ca if name == "fabric-ca-server" else fabric
        program(folder, name, f'print("{name}:\\n Version: v{version}")')


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tradelane"


def test_programs_of_the_pinned_versions_on_path_are_used(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs(tmp_path / "bin", binaries.FABRIC_VERSION, binaries.FABRIC_CA_VERSION)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = binaries.ensure()
    assert found == binaries.Binaries.of(tmp_path / "bin")
    assert not cache.exists()


@pytest.mark.parametrize(("fabric", "fabric_ca"), [("3.1.10", "1.5.21"), ("2.5.12", "1.5.21"), ("3.1.1", "1.5.2")])
def test_other_versions_on_path_are_passed_over(
    fabric: str, fabric_ca: str, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs(tmp_path / "bin", fabric, fabric_ca)
    program(tmp_path / "bin", "go", 'import sys; print("go9.9") if "env" in sys.argv else sys.exit("no network")')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    steps: list[str] = []
    with pytest.raises(BuildFailed, match="no network"):
        binaries.ensure(steps.append)
    assert any("building Fabric" in step for step in steps)


def test_a_failed_build_leaves_no_folder_that_looks_complete(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "go", 'import sys; print("go9.9") if "env" in sys.argv else sys.exit("broken")')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for _ in range(2):  # the second attempt starts afresh and does not trip over the first
        with pytest.raises(BuildFailed):
            binaries.ensure()
    assert [path.name for path in cache.iterdir() if path.is_dir() and not path.name.endswith(".partial")] == []


def test_a_build_in_the_cache_is_used_without_go(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = cache / binaries._key()
    folder.mkdir(parents=True)
    assert binaries.ensure() == binaries.Binaries.of(folder)


def test_the_machines_compiler_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "cc", "pass")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("CC", raising=False)
    assert toolchain.c_compiler(tmp_path, tmp_path, lambda _: None) == {}


def test_pins_hold_no_addresses() -> None:
    for lock in binaries._pins().rglob("*.lock"):
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
