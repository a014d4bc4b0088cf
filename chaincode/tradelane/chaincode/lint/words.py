"""Sets of names, written as one text: a list of them, one a line, would hide the rules behind the data."""


def words(text: str, prefix: str = "") -> frozenset[str]:
    """Return the words of a text, each with a prefix."""
    return frozenset(f"{prefix}{word}" for word in text.split())
