"""Writes docs/determinism.md from the rules, so that the page cannot say anything else.

python -m tradelane.chaincode.lint.docs [--check] [FILE], from the repository's root.
"""

import argparse
import sys
from pathlib import Path

from tradelane.chaincode.lint.catalog import RULES
from tradelane.chaincode.lint.finding import Level, Rule

_FILE = Path("docs/determinism.md")

_HEAD = """# Determinism

<!-- Generated from chaincode/tradelane/chaincode/lint/catalog*.py by python -m tradelane.chaincode.lint.docs. -->

Every endorsing peer runs a transaction by itself, and all must come to the same bytes. What they write, answer and
announce is public to the channel. The linter reads chaincode and finds what breaks either:

```sh norun
python -m tradelane.chaincode.lint PATH...          # sentences; exit status 0 clean, 1 findings, 2 usage
python -m tradelane.chaincode.lint --json PATH...   # for programs
```

It needs nothing but Python's standard library, imports nothing of what it reads, and knows no framework: a function
belongs to a transaction when a parameter is named or typed as a stub or a context. Give it all files of a chaincode
at once, because private values are followed from one function and file to another, and into nested functions and
lambdas. `make check` runs it on TradeLane's own chaincode.

## Rules

Warnings are rules whose finding may be intended; they fail the command like the others.

"""

_TAIL = """## Waivers

```python norun
total = weight * 0.5  # determinism: allow DET201 shown to people, never stored
# determinism: allow DET501, DET104 runs once when the service starts
LIMITS = load(os.environ["LIMITS"])
```

At the end of a line a waiver counts for the statement it stands in, on a line of its own for the next statement.
The reason is demanded, several codes are separated by commas, and a waiver of nothing is a finding itself. DET900
to DET902 cannot be waived.

## What is decided, and why

- **Tasks.** `asyncio.gather` and `TaskGroup` pass where each task is one read of the stub: the shim asks the peer
  for one thing at a time in the order of the calls, and the results come in the order of the arguments. Anything
  else is DET402.
- **Private values** come from `stub.transient` and the stub's `get_..private_data..` methods; not from
  `get_private_data_hash`. They are followed through assignments, containers, attributes, texts, branches, loops,
  calls on the value and calls with it. Comparisons, `len`, `bool`, `hashlib` and `hmac` end the way. A hash without
  a salt of a value that can be guessed is no secret: the linter cannot see that.
- **Responses.** A value that a helper returns is followed into its callers. It counts as a response where a
  function that clients may call returns it: one that a decorator registers, that is named `invoke` or `init`, that
  stands in a table of functions, or that is public and that nobody calls.
- **Order of a dict** is that in which it was filled, and passes. `stub.transient` and `stub.decorations` come in the
  order of their names, whatever the message held them in; of another shim's maps that is for you to look up.
- **State.** What a module does while it is imported, and what a decorator puts into a registry, happens before any
  transaction and passes.
- Annotations, `if TYPE_CHECKING:` and `if __name__ == "__main__":` are not judged.

## What it cannot see

- What other packages do inside: only names listed in `lint/banned.py` are known.
- Methods of objects whose class it cannot tell from the text: `repository.load(key)` is followed by its arguments
  only.
- A variable that is a set on one way and a list on another; sets and floats that come from code it was not given.
- Private values that are told by a branch (`if price > limit: return b"yes"`), by a key of private data, which is a
  hash that can be guessed, or by an exception that another package raised over the value; of `int`, `Decimal`,
  `UUID` and `fromisoformat` it knows that their exceptions quote what they were given.
- What differs between versions of Python or of a library: run the same image for every organisation.
- Reads and writes beside each other in different functions: DET801 to DET803 look at one function at a time.
"""


def page() -> str:
    """Return the page: how to run the linter, the rules with their examples, and its limits."""
    table = ["| rule | finds | why | instead |", "| --- | --- | --- | --- |", *map(_row, RULES.values())]
    examples = "\n".join(_example(rule) for rule in RULES.values())
    return _HEAD + "\n".join(table) + "\n\n## Examples\n\n" + examples + "\n" + _TAIL


def _row(rule: Rule) -> str:
    name = f"{rule.code} (warning)" if rule.level is Level.WARNING else rule.code
    return f"| {name} | {rule.title} | {rule.why} | {rule.instead} |"


def _example(rule: Rule) -> str:
    return f"### {rule.code}: {rule.title}\n\n```python norun\n# no\n{rule.bad}\n\n# yes\n{rule.good}\n```\n"


def main() -> int:
    """Write the page; with --check only compare, and fail where it is stale."""
    parser = argparse.ArgumentParser(description="Write the page about determinism from the rules of the linter.")
    parser.add_argument("file", nargs="?", type=Path, default=_FILE)
    parser.add_argument("--check", action="store_true", help="fail when the file does not show the rules")
    options = parser.parse_args()
    if not options.check:
        options.file.write_text(page(), encoding="utf-8")
        return 0
    if options.file.exists() and options.file.read_text(encoding="utf-8") == page():
        return 0
    sys.stderr.write(f"{options.file} does not show the linter's rules; run: python -m tradelane.chaincode.lint.docs\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
