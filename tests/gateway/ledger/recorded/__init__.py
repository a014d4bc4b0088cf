"""The recorded blocks, read."""

import json
from pathlib import Path

from tradelane.gateway import ledger

RECORDED = Path(__file__).parent
FACTS: dict[str, list[str]] = json.loads((RECORDED / "facts.json").read_text())
"""By name of a block: id and validation code of its transaction, as its client was told."""
PRIVATE_KEY, PRIVATE_VALUE = "cargo-1", "thirty cases of tea"


def recorded(name: str) -> ledger.Block:
    """Return a block by its name."""
    return ledger.decode_block((RECORDED / f"{name}.block").read_bytes())


def one(name: str) -> ledger.Transaction:
    """Return the transaction a block was recorded for."""
    block = recorded(name)
    if name not in FACTS:
        return block.transactions[0]
    return next(each for each in block.transactions if each.id == FACTS[name][0])
