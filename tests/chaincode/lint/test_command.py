"""The command: paths in, sentences or JSON out, and what it says of this repository's own chaincodes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tradelane.chaincode.lint.cli import main

ROOT = Path(__file__).parents[3]
OWN = ("rules", "model", "chaincode/state", "chaincode/contract")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "bad.py").write_text("import time\n\ndef f():\n    return time.time()\n")
    (tmp_path / "good.py").write_text("x = 1\n")
    (tmp_path / "notes.txt").write_text("x = 0.5\n")
    return tmp_path


def test_a_finding_is_a_sentence_with_place_reason_and_advice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder)]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"{folder}/inner/bad.py:4:12: DET101 time.time is used here. Each endorsing peer")
    assert out.endswith("Use the transaction's time, stub.timestamp, which is the same on every peer; never wait.\n")
    assert out.count("\n") == 1


def test_clean_files_say_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder / "good.py")]) == 0
    assert capsys.readouterr().out == ""


def test_json_is_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", str(folder)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == 2
    (finding,) = told["findings"]
    assert {key: finding[key] for key in ("code", "level", "line", "column")} == {
        "code": "DET101",
        "level": "error",
        "line": 4,
        "column": 12,
    }
    assert finding["path"].endswith("inner/bad.py")
    assert finding["why"]
    assert finding["instead"]
    assert main(["--json", str(folder / "good.py")]) == 0
    assert json.loads(capsys.readouterr().out) == {"files": 1, "findings": []}


def test_a_missing_path_is_a_usage_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder / "absent.py")]) == 2
    assert "absent.py: No such file" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--unknown"]])
def test_wrong_arguments_are_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: python -m tradelane.chaincode.lint" in capsys.readouterr().err


def test_files_in_other_encodings_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "latin.py").write_bytes("# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1"))
    (tmp_path / "mark.py").write_bytes(b"\xef\xbb\xbfx = 1\n")
    assert main([str(tmp_path)]) == 0
    (tmp_path / "broken.py").write_bytes(b"x = '\xff'\n")
    assert main([str(tmp_path)]) == 1
    assert "DET900" in capsys.readouterr().out


def test_the_module_runs_as_a_program(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tradelane.chaincode.lint", str(folder)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")


def test_it_does_without_the_rest_of_tradelane() -> None:
    code = "import sys, tradelane.chaincode.lint.cli; print(*sorted(m for m in sys.modules if 'tradelane' in m))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert all(name.startswith("tradelane.chaincode.lint") for name in loaded if name.count(".") > 1)


def test_tradelanes_own_chaincode_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(ROOT / "chaincode" / "tradelane" / part) for part in OWN]) == 0, capsys.readouterr().out


def test_the_semantics_chaincode_tells_private_values_as_it_is_told_to(capsys: pytest.CaptureFixture[str]) -> None:
    source = ROOT / "tests" / "support" / "semantics_chaincode.py"
    assert main(["--json", str(source)]) == 1
    lines = source.read_text().splitlines()
    told = {lines[finding["line"] - 1].strip() for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert "return _text(await stub.get_private_data(collection, key))" in told
    assert "return {name: value.decode() for name, value in stub.transient.items()}" in told
