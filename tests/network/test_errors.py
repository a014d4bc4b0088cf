"""The errors: the tree drawn in their module is the tree there is, and every code is its own."""

import inspect
import re

from tradelane.network import errors


def classes(root: type[errors.NetworkError] = errors.NetworkError, depth: int = 0) -> list[tuple[int, str, str]]:
    found = [(depth, root.__name__, root.code)]
    for child in root.__subclasses__():
        found += classes(child, depth + 1)
    return found


def test_the_drawn_tree_is_the_real_one() -> None:
    drawn = re.findall(r"^[\s│├└─]*([A-Z][A-Za-z]+)(?: {2,}([A-Z_]+) )?", inspect.getdoc(errors) or "", re.MULTILINE)
    names = {name for name, _ in drawn if hasattr(errors, name)}
    assert names == {name for _, name, _ in classes()}
    for name, code in drawn:
        if code:
            assert getattr(errors, name).code == code


def test_every_code_is_used_once() -> None:
    codes = [code for _, name, code in classes() if "code" in vars(getattr(errors, name))]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[A-Z]+(_[A-Z]+)+", code) for code in codes)


def test_an_error_reads_as_its_sentence() -> None:
    error = errors.PortRefused("Port 1 is in use.", port=1)
    assert (str(error), error.details) == ("Port 1 is in use.", {"port": 1})
