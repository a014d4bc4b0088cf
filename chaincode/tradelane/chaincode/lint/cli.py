"""The command: `python -m tradelane.chaincode.lint PATH...`."""

import argparse
import sys
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path

from tradelane.chaincode.lint.check import check
from tradelane.chaincode.lint.report import as_json, as_text

CLEAN, FOUND, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Check files and folders; exit status 0 clean, 1 findings, 2 usage."""
    options = _parser().parse_args(arguments)
    try:
        sources = {path.as_posix(): _read(path) for given in options.paths for path in _files(given)}
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'a file'}: {error.strerror or error}\n")
        return USAGE
    findings = check(sources)
    sys.stdout.write(as_json(findings, len(sources)) if options.json else as_text(findings))
    return FOUND if findings else CLEAN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tradelane.chaincode.lint",
        description="Find what makes Python chaincode answer differently on different peers, or tell private values. "
        "Give all files of a chaincode at once: private values are followed from one to another.",
        epilog="Exit status: 0 clean, 1 findings, 2 usage. Waiver: `# determinism: allow CODE reason`.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a Python file, or a folder of them")
    parser.add_argument("--json", action="store_true", help="write JSON instead of sentences")
    return parser


def _files(given: Path) -> Iterator[Path]:
    """Yield a file, or the Python files below a folder in the order of their names."""
    if given.is_dir():
        yield from sorted(
            path for path in given.rglob("*.py") if not any(part.startswith(".") for part in path.parts[1:])
        )
    else:
        yield given


def _read(path: Path) -> str:
    """Read a file in the encoding it declares; what does not fit it becomes a character that is no Python."""
    try:
        with tokenize.open(path) as file:
            return file.read()
    except (SyntaxError, UnicodeDecodeError):
        return path.read_text(encoding="utf-8", errors="replace").replace("\ufffd", "\0")
