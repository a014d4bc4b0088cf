"""DCSA's OpenAPI files as validators, where the environment says where they lie (TRADELANE_DCSA_DIR)."""

import functools
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator, FormatChecker

FOLDER = os.environ.get("TRADELANE_DCSA_DIR")
needs_dcsa = pytest.mark.skipif(
    FOLDER is None, reason="set TRADELANE_DCSA_DIR to the folder with DCSA's OpenAPI files to compare with them"
)
FILES = {
    "END": "EBL_END_v3.0.4.yaml",
    "ISS": "EBL_ISS_v3.0.4.yaml",
    "SUR": "EBL_SUR_v3.0.4.yaml",
    "PINT": "EBL_PINT_v3.0.0.yaml",
}


@functools.cache
def specification(module: str) -> dict[str, Any]:
    # libyaml's loader where PyYAML has it: the pure one takes seconds for these files.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load((Path(FOLDER or "") / FILES[module]).read_text(encoding="utf-8"), Loader=loader))  # noqa: S506


def violations(module: str, schema: str, value: Any) -> list[str]:
    """Return what a value violates of one of a module's schemas."""
    components = specification(module)["components"]
    # OpenAPI 3.0's exclusiveMinimum is a boolean, as in draft 4.
    validator = Draft4Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": components}, format_checker=FormatChecker(["date"])
    )
    return [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(value)]
