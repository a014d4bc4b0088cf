r"""Proofs of a title's history, for people who ask no peer: exported by a party, checked offline by anybody.

    from tradelane.gateway import connect, proof

    with connect(".tradelane/profiles/hongkong", "importer") as gateway:
        content = gateway.run(proof.export(title_id, disclose=["document"]))

    verdict = proof.verify(content)
    print(*proof.proved(verdict), *proof.not_proved(verdict), sep="\n")

`verify` needs neither gRPC nor a network. docs/proof.md describes the file and every check.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from tradelane.gateway.proof.statement import as_json, not_proved, notes, proved
from tradelane.gateway.proof.verifying import Verdict, verify

if TYPE_CHECKING:
    from tradelane.gateway.proof.exporting import export

__all__ = ["Verdict", "as_json", "export", "not_proved", "notes", "proved", "verify"]


def __getattr__(name: str) -> object:
    # Exporting needs a session; verifying needs nothing but the file.
    if name == "export":
        return import_module(f"{__name__}.exporting").export
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
