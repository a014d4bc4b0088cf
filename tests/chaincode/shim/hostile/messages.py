"""Bytes for everything that the shim decodes: any, and encoded messages with a few bytes changed."""

import contextlib
from collections.abc import Callable

from fabric_protos.ledger.queryresult import kv_query_result_pb2
from fabric_protos.peer import chaincode_pb2
from fabric_protos.peer import chaincode_shim_pb2 as pb
from hypothesis import strategies as st

from tests.chaincode.shim.hostile.proposals import PROPOSALS
from tests.support.scripted_peer import input_payload, ready_payload
from tradelane.chaincode.shim import wire
from tradelane.chaincode.shim.errors import ProtocolViolation, UnreadablePolicy
from tradelane.chaincode.shim.policy import n_of, signed_by
from tradelane.chaincode.shim.wire_policy import decode_policy, encode_policy

_POLICY = encode_policy(n_of(2, signed_by("A"), signed_by("B"), n_of(1, signed_by("C"))))
_ROW = kv_query_result_pb2.KV(key="k\u00e9y", value=b"v").SerializeToString()
_SEEDS = (
    *PROPOSALS,
    _POLICY,
    _ROW,
    kv_query_result_pb2.KeyModification(tx_id="t", value=b"v", is_delete=True).SerializeToString(),
    input_payload(b"f", b"{}"),
    ready_payload(1000, 1000),
    chaincode_pb2.ChaincodeInput(args=[b"a"], decorations={"d": b"e"}, is_init=True).SerializeToString(),
    pb.ChaincodeMessage(type=5, payload=b"p", txid="t", channel_id="c").SerializeToString(),
    pb.QueryResponse(results=[pb.QueryResultBytes(resultBytes=_ROW)], has_more=True, id="1").SerializeToString(),
    pb.GetStateMultipleResult(values=[b"a", b""]).SerializeToString(),
    pb.StateMetadataResult(
        entries=[pb.StateMetadata(metakey=wire.VALIDATION_PARAMETER, value=_POLICY)]
    ).SerializeToString(),
)
_DECODERS: tuple[Callable[[bytes], object], ...] = (
    wire.parse_message,
    wire.parse_features,
    wire.parse_input,
    wire.parse_proposal,
    wire.parse_values,
    wire.parse_policy_metadata,
    wire.parse_invoked,
    wire.parse_rows,
    wire.parse_key_value,
    wire.parse_key_modification,
    decode_policy,
)


@st.composite
def _changed(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(_SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data)


BYTES = st.one_of(st.binary(max_size=60), _changed(), st.sampled_from(_SEEDS), st.just(b"\x0a\xff\xff\xff\xff\x7f"))
"""What a peer may send where a message is expected."""


def check(data: bytes) -> None:
    """Decode it as everything: it is understood, or it is the peer's fault, or that of who wrote the policy."""
    for decode in _DECODERS:
        with contextlib.suppress(ProtocolViolation, UnreadablePolicy):
            decode(data)
