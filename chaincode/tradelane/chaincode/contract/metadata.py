"""The contracts' metadata as Fabric's tools expect it: functions with JSON Schemas of what they take and give."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tradelane.chaincode.contract.registry import Contract, Function
from tradelane.model.base import canonical_json

FUNCTION = "org.hyperledger.fabric:GetMetadata"
"""Name under which every Fabric contract answers with its metadata."""

_REFERENCE = "#/components/schemas/{model}"
_MODE: Literal["validation"] = "validation"


def metadata(contracts: Sequence[Contract]) -> bytes:
    """Return the metadata of contracts as JSON."""
    functions = [function for contract in contracts for function in contract.functions.values()]
    models = dict.fromkeys(model for each in functions for model in (each.request, each.response) if model is not None)
    _, schemas = models_json_schema([(model, _MODE) for model in models], ref_template=_REFERENCE)
    return canonical_json(
        {
            "info": {"title": "TradeLane", "version": version("tradelane")},
            "contracts": {contract.name: _contract(contract) for contract in contracts},
            "components": {"schemas": schemas["$defs"]},
        }
    )


def _contract(contract: Contract) -> dict[str, Any]:
    return {
        "name": contract.name,
        "contractInstance": {"name": contract.name, "default": False},
        "info": {"title": contract.title, "version": version("tradelane")},
        "transactions": [_transaction(function) for function in contract.functions.values()],
    }


def _transaction(function: Function) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": function.name,
        "description": function.summary,
        # Fabric's own contract libraries write both spellings.
        "tag": [function.kind.value, function.kind.value.upper()],
        "parameters": [{"name": "request", "schema": _schema(function.request)}],
    }
    if function.transient:
        found["transient"] = list(function.transient)
    if function.response is not None:
        answer = _schema(function.response)
        found["returns"] = {"type": "array", "items": answer} if function.is_list else answer
    return found


def _schema(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=model.__name__)}
