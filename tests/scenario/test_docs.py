"""The commands and programs in README and docs/ are run, page by page, on a network where the story was told.

Fenced blocks marked `sh` and `python` are run; `sh norun` blocks are held against the command's own help.
"""

import inspect
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from examples.story.acts import BANK, EXPORTER, issuance_request
from tests.support.identifiers import fresh_lei
from tests.support.softhsm import SoftHsm
from tests.support.told import Told
from tradelane.gateway import Gateway, Refused, documents, ebl
from tradelane.gateway.cli import root

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(?P<kind>sh|python)(?P<norun> norun)?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
RUN_SECONDS = 300


def blocks(page: Path, kind: str, *, norun: bool = False) -> list[str]:
    found = BLOCK.finditer(page.read_text())
    return [match["text"] for match in found if match["kind"] == kind and bool(match["norun"]) == norun]


@pytest.fixture
def desk(told: Told, tmp_path: Path) -> Path:
    """A working directory as the docs assume it: the examples, the network, the command on PATH."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    # A network that is kept between runs has seen the example's reference already.
    (tmp_path / "examples" / "issuance-request.json").write_text(json.dumps(issuance_request()))
    (tmp_path / ".tradelane").symlink_to(told.network.paths.root)
    hand_back_what_came_without_its_document(told)
    return tmp_path


def hand_back_what_came_without_its_document(told: Told) -> None:
    """Other scenarios transfer titles to the bank and share nothing; the programs take the first that it holds."""
    bank = told.cast.as_party(BANK)
    for title in bank.run(ebl.list_titles(held_only=True)).titles:
        try:
            bank.run(documents.read_of_title(title.title_id))
        except Refused:
            bank.run(ebl.transfer(title.title_id, to=EXPORTER, share=False))


def unused(script: str) -> str:
    """Exchange the names and identifiers a script registers, which a network kept between runs has seen already."""
    for name in ("li-wei", "yangshan-cargo", "harbour-bridge", "bridge-clerk", "wusong-and-pudong"):
        script = script.replace(name, f"{name}-{secrets.token_hex(4)}")
    return re.sub(r"--lei \w{20}", f"--lei {fresh_lei()}", script)


def environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "TRADELANE_HOME"}
    return inherited | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.network
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "README.md" and blocks(page, "sh")], ids=lambda p: p.name
)
def test_the_commands_of_a_page_work_in_order(page: Path, desk: Path) -> None:
    script = unused("\n".join(blocks(page, "sh")))
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", script],
        cwd=desk,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


PROGRAMS = [(page.name, number, text) for page in PAGES for number, text in enumerate(blocks(page, "python"))]


def token(request: pytest.FixtureRequest, text: str) -> dict[str, str]:
    """Return where a program that wants one finds a PKCS#11 token."""
    if "BANK_TOKEN" not in text:
        return {}
    softhsm: SoftHsm = request.getfixturevalue("softhsm")
    pin = secrets.token_hex(4)
    return {"BANK_MODULE": str(softhsm.module), "BANK_TOKEN": softhsm.token(pin), "BANK_PIN": pin}


@pytest.mark.network
@pytest.mark.parametrize(("page", "number", "text"), PROGRAMS, ids=lambda value: str(value)[:20])
def test_the_programs_of_a_page_work(
    page: str, number: int, text: str, desk: Path, request: pytest.FixtureRequest
) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", text],
        cwd=desk,
        env=token(request, text) | environment(),
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


RUN = "\n".join(text for page, _, text in PROGRAMS if page == "client.md")
FEATURES = {
    "several peers": r"connect_to\(channels,",
    "offline": r"offline=True",
    "target_organizations": r"target_organizations=",
    "endorsing_organizations": r"endorsing_organizations=",
    "transient": r"transient=",
    "retry": r"RetryPolicy\(",
    "request ids": r"request_id=",
    "deadlines": r"deadlines=Deadlines|deadlines=limits",
    "observer": r"observer=",
    "after": r"after=",
    "checkpoint": r"checkpoint=",
    "memory": r"InMemoryCheckpointer\(",
    "file": r"FileCheckpointer\(",
    "SQL": r" SqlCheckpointer\(",
    "SQL, asyncio": r"AsyncSqlCheckpointer\(",
    "recovery": r"recovery=.*on_interruption=",
    "time to wait": r"\.next\(timeout_seconds=",
    "PKCS#12": r"load_pkcs12\(",
    "token": r"TokenKey\.",
    "enrolment": r"enrolment\.enrol\(",
    "enrolment, asyncio": r"await enrolment\.aio\.",
    "bulk, asyncio": r"async with aclosing\(results\)",
    "ledger": r"ledger\.block\(",
}


@pytest.mark.parametrize("feature", FEATURES)
def test_a_program_on_the_clients_page_shows_each_feature(feature: str) -> None:
    assert re.search(FEATURES[feature], RUN)


@pytest.mark.parametrize(
    "method", [name for name, _ in inspect.getmembers(Gateway, inspect.isfunction) if not name.startswith("_")]
)
def test_a_program_on_the_clients_page_calls_each_method(method: str) -> None:
    calls = {"close": r"with connect\("}  # what leaving the block does
    assert re.search(calls.get(method, rf"\b(gateway|elsewhere)\.{method}\("), RUN)


COMMANDS = sorted(
    {
        line.strip()
        for page in PAGES
        for text in blocks(page, "sh", norun=True)
        for line in text.splitlines()
        if line.strip().startswith("tradelane")
    }
)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_that_are_not_run_exist_with_their_options(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = shlex.split(command)[1:]
    path: list[str] = []
    skip = False
    for word in words:  # the command's words come before its options; options of the root come first
        if skip or word.startswith("-"):
            skip = word in {"--as", "--profile"}
            if path:
                break
            continue
        path.append(word)
    monkeypatch.setenv("COLUMNS", "200")
    status = root.run([*path[:2], "--help"])
    shown = capsys.readouterr().out
    assert status == 0
    for option in (word for word in words if word.startswith("--") and word not in {"--as", "--profile"}):
        assert option in shown


@pytest.mark.parametrize(
    "target",
    sorted(
        set(
            re.findall(
                r"^make ([a-z]+)",
                "\n".join(b for page in [*PAGES, ROOT / "CONTRIBUTING.md"] for b in blocks(page, "sh")),
                re.MULTILINE,
            )
        )
    ),
)
def test_the_targets_the_docs_name_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    "page",
    [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs" / "decisions").glob("*.md"))],
    ids=lambda p: p.name,
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
