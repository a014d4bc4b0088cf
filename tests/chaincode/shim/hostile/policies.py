"""Key-level policies as anybody may have written them: ours, legal ones of other kinds, and bytes that are none."""

from fabric_protos.common import policies_pb2
from fabric_protos.msp import msp_principal_pb2
from fabric_protos.peer import chaincode_shim_pb2 as pb
from hypothesis import strategies as st

from tradelane.chaincode.shim import wire
from tradelane.chaincode.shim.policy import n_of, signed_by
from tradelane.chaincode.shim.wire_policy import encode_policy

_OURS = encode_policy(n_of(2, signed_by("A"), signed_by("B"), n_of(1, signed_by("C"))))


@st.composite
def broken_policies(draw: st.DrawFn) -> bytes:
    """Draw a policy with any principals, numbers and rules, ours, or bytes."""
    if draw(st.booleans()):
        return draw(st.one_of(st.just(_OURS), st.binary(max_size=40)))
    principals = draw(st.lists(st.builds(_principal, st.integers(0, 4), st.integers(0, 9), st.binary(max_size=9))))
    leaves = st.builds(lambda number: policies_pb2.SignaturePolicy(signed_by=number), st.integers(-1, len(principals)))
    rule = draw(
        st.recursive(
            st.one_of(leaves, st.just(policies_pb2.SignaturePolicy())),
            lambda rules: st.builds(_n_of, st.integers(-1, 4), st.lists(rules, max_size=3)),
            max_leaves=5,
        )
    )
    envelope = policies_pb2.SignaturePolicyEnvelope(version=draw(st.integers(0, 1)), rule=rule, identities=principals)
    data: bytes = envelope.SerializeToString()
    return data


def _principal(kind: int, role: int, content: bytes) -> msp_principal_pb2.MSPPrincipal:
    if not content:
        content = msp_principal_pb2.MSPRole(msp_identifier="A", role=role).SerializeToString()
    return msp_principal_pb2.MSPPrincipal(principal_classification=kind, principal=content)


def _n_of(n: int, rules: list[policies_pb2.SignaturePolicy]) -> policies_pb2.SignaturePolicy:
    return policies_pb2.SignaturePolicy(n_out_of=policies_pb2.SignaturePolicy.NOutOf(n=n, rules=rules))


def policy_metadata(policy: bytes) -> bytes:
    """Return a peer's answer to the question for a key's policy."""
    entry = pb.StateMetadata(metakey=wire.VALIDATION_PARAMETER, value=policy)
    data: bytes = pb.StateMetadataResult(entries=[entry]).SerializeToString()
    return data
