"""What an endorsing peer answered, in a form in which two chaincodes can be compared.

The chaincodes' names are replaced by SELF and OTHER wherever they stand; nothing else is left out or changed, but the
height at which a chaincode's definition was committed, which every transaction reads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fabric_protos.ledger.rwset import rwset_pb2
from fabric_protos.ledger.rwset.kvrwset import kv_rwset_pb2
from fabric_protos.peer import chaincode_event_pb2, proposal_pb2, proposal_response_pb2
from google.protobuf.json_format import MessageToDict

SELF, OTHER = b"@self", b"@other"
_LIFECYCLE = "_lifecycle"


@dataclass(frozen=True)
class Outcome:
    """A peer's answer to a proposal.

    Attributes:
        endorsed: Whether the peer signed.
        status: Of the response, as the two below.
        message: See there.
        payload: See there.
        event: Name and payload of the event, of the chaincode that set it.
        writes: The read-write set by namespace, public and hashed private parts.
    """

    endorsed: bool
    status: int
    message: str
    payload: bytes
    event: tuple[str, str, bytes] | None
    writes: dict[str, Any]


def read_outcome(answer: bytes, name: str, other: str) -> Outcome:
    """Read a ProposalResponse to a chaincode `name`, whose counterpart is `other`."""

    def neutral(content: bytes) -> bytes:
        return content.replace(name.encode(), SELF).replace(other.encode(), OTHER)

    response = proposal_response_pb2.ProposalResponse.FromString(answer)
    endorsed = bool(response.endorsement.signature)
    said = response.response
    agreed = proposal_response_pb2.ProposalResponsePayload.FromString(response.payload)
    action = proposal_pb2.ChaincodeAction.FromString(agreed.extension)
    if endorsed:  # what the organisations sign and the client gets are the same, once here and once there
        assert action.response == said
    return Outcome(
        endorsed=endorsed,
        status=said.status,
        message=neutral(said.message.encode()).decode(),
        payload=neutral(said.payload),
        event=_event(action.events, neutral),
        writes=_writes(action.results, neutral),
    )


def _event(content: bytes, neutral: Callable[[bytes], bytes]) -> tuple[str, str, bytes] | None:
    event = chaincode_event_pb2.ChaincodeEvent.FromString(content)
    if not content:
        return None
    return neutral(event.chaincode_id.encode()).decode(), event.event_name, event.payload


def _writes(content: bytes, neutral: Callable[[bytes], bytes]) -> dict[str, Any]:
    found = {}
    for space in rwset_pb2.TxReadWriteSet.FromString(content).ns_rwset:
        public = MessageToDict(kv_rwset_pb2.KVRWSet.FromString(space.rwset))
        if space.namespace == _LIFECYCLE:
            public = {"reads": sorted(neutral(read["key"].encode()) for read in public["reads"])}
        hashed = {
            each.collection_name: (
                MessageToDict(kv_rwset_pb2.HashedRWSet.FromString(each.hashed_rwset)),
                each.pvt_rwset_hash.hex(),
            )
            for each in space.collection_hashed_rwset
        }
        found[neutral(space.namespace.encode()).decode()] = {"public": public, "hashed": hashed}
    return found
