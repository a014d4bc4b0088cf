"""Proposals which are broken at one level, and some which are only strange."""

from fabric_protos.common import common_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import proposal_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import strategies as st

from tests.support.identities import identity_saying, make_identity
from tests.support.scripted_peer import proposal_bytes
from tradelane.chaincode.shim.identity import ClientIdentity

_IDENTITY = make_identity("HongKongMSP")
_IDEMIX = identities_pb2.SerializedIdemixIdentity(nym_x=b"x", nym_y=b"y", ou=b"ou", role=b"role", proof=b"proof")
_GARBAGE = st.one_of(st.sampled_from([b"", b"\xff", b"\x0a\x7f", b"\x0a\x02\xff\xfe"]), st.binary(max_size=20))

PROPOSALS = (
    proposal_bytes(_IDENTITY),
    proposal_bytes(_IDENTITY, {"": b"", "key": b"\xff" * 1000}),
    proposal_bytes(_IDENTITY, header_type=common_pb2.HeaderType.CONFIG),
    proposal_bytes(_IDENTITY, seconds=0),
    proposal_bytes(make_identity("HongKongMSP", attributes={"tradelane.party": "p1"}, units=("client", "\U0001f6a2"))),
    proposal_bytes(identity_saying(b'{"attrs":{"tradelane.party":["p1"]}}')),
    proposal_bytes(ClientIdentity("IdemixMSP", _IDEMIX.SerializeToString())),
    proposal_bytes(ClientIdentity("", b"")),
)
"""Proposals a peer may send."""


@st.composite
def broken_proposals(draw: st.DrawFn) -> bytes:
    """Draw a proposal in which one level is garbage: the whole, a header, the creator, the time, or the payload."""
    level = draw(st.sampled_from(["proposal", "header", "channel", "signature", "creator", "time", "type", "payload"]))
    garbage = draw(_GARBAGE)
    if level == "proposal":
        return garbage
    seconds, nanos = draw(st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**31), 2**31 - 1)))
    channel = common_pb2.ChannelHeader(
        type=draw(st.integers(-1, 20)) if level == "type" else common_pb2.HeaderType.ENDORSER_TRANSACTION,
        timestamp=Timestamp(seconds=seconds, nanos=nanos) if level == "time" else None,
    ).SerializeToString()
    creator = identities_pb2.SerializedIdentity(mspid=_IDENTITY.msp_id, id_bytes=_IDENTITY.certificate_pem)
    signature = common_pb2.SignatureHeader(
        creator=garbage if level == "creator" else creator.SerializeToString(), nonce=b"n" * 24
    ).SerializeToString()
    header = common_pb2.Header(
        channel_header=garbage if level == "channel" else channel,
        signature_header=garbage if level == "signature" else signature,
    ).SerializeToString()
    data: bytes = proposal_pb2.Proposal(
        header=garbage if level == "header" else header, payload=garbage if level == "payload" else b""
    ).SerializeToString()
    return data
