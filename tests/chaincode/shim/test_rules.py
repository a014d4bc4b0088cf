"""All numbered rules of fabric.md 2.3 are held: each has tests which carry its number."""

import re
from pathlib import Path

RULES = range(1, 33)


def test_every_rule_of_the_protocol_has_a_test_with_its_number() -> None:
    sources = [path.read_text() for path in Path(__file__).parent.glob("test_*.py")]
    held = {int(number) for source in sources for number in re.findall(r"def test_rule_(\d\d)_", source)}
    assert held == set(RULES)
