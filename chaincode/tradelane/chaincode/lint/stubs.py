"""What counts as the stub, as a function of a transaction, and which of the stub's methods do what."""

import ast

from tradelane.chaincode.lint.scope import FunctionNode
from tradelane.chaincode.lint.words import words

_CONTEXTS = {"ctx", "context"}

PUBLIC_READS = words(
    "get_state get_multiple_states get_state_by_range get_state_by_range_with_pagination "
    "get_state_by_partial_composite_key get_state_by_partial_composite_key_with_pagination "
    "get_all_states_composite_key_with_pagination get_query_result get_query_result_with_pagination "
    "get_history_for_key get_state_validation_parameter get_private_data_hash"
)
PUBLIC_WRITES = words("put_state del_state set_state_validation_parameter")
PRIVATE_WRITES = words("put_private_data del_private_data purge_private_data set_private_data_validation_parameter")
WRITES = PUBLIC_WRITES | PRIVATE_WRITES
NOT_PRIVATE = frozenset({"get_private_data_hash", "get_private_data_validation_parameter"})
TRANSIENT = frozenset({"transient", "get_transient", "get_transient_map", "transient_map"})


def is_stub(node: ast.expr) -> bool:
    """Tell whether an expression is the stub by its name: stub, ctx.stub, self._stub."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.lower().endswith("stub")
        case ast.Call(func=ast.Attribute(attr="get_stub")):
            return True
    return False


def reads_private(method: str) -> bool:
    """Tell whether a method of the stub returns private data, from one key or from many."""
    return method.startswith("get_") and "private_data" in method and method not in NOT_PRIVATE


def takes_stub(function: FunctionNode) -> bool:
    """Tell whether a function works for one transaction: a parameter is the stub, or the context that holds it."""
    arguments = function.args
    return any(
        _is_stub_parameter(argument) for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    )


def _is_stub_parameter(argument: ast.arg) -> bool:
    name = argument.arg.lower()
    if name.endswith("stub") or name in _CONTEXTS:
        return True
    annotation = argument.annotation
    match annotation:
        case ast.Name(id=kind) | ast.Attribute(attr=kind) | ast.Constant(value=str(kind)):
            return kind.endswith(("Stub", "Context"))
    return False
