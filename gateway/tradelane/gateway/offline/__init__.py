"""Signing where the key is, sending where the network is: the two may be different processes.

    proposal = gateway.run(offline.new_proposal("ebl:transfer", request))      # a gateway without the key
    data = proposal.to_bytes()                                                  # on its way to the signer

    proposal = offline.Proposal.from_bytes(data)                                # where the key is
    signature = sign(proposal.digest())

    proposal = offline.Proposal.from_bytes(data).with_signature(signature)      # any gateway of the channel
    transaction = gateway.run(offline.endorse(proposal))                        # the next thing to be signed

`messages` holds the seven things that are signed, in the bytes the official clients exchange; `flows` sends them.
"""

from tradelane.gateway.keys import Hash
from tradelane.gateway.offline.flows import (
    block_and_private_data_events_request,
    block_events_request,
    chaincode_events_request,
    endorse,
    evaluate,
    filtered_block_events_request,
    new_commit,
    new_proposal,
    status,
    submit,
)
from tradelane.gateway.offline.messages import (
    BlockAndPrivateDataEventsRequest,
    BlockEventsRequest,
    ChaincodeEventsRequest,
    Commit,
    EventsRequest,
    FilteredBlockEventsRequest,
    Proposal,
    Signable,
    Transaction,
)

__all__ = [
    "BlockAndPrivateDataEventsRequest",
    "BlockEventsRequest",
    "ChaincodeEventsRequest",
    "Commit",
    "EventsRequest",
    "FilteredBlockEventsRequest",
    "Hash",
    "Proposal",
    "Signable",
    "Transaction",
    "block_and_private_data_events_request",
    "block_events_request",
    "chaincode_events_request",
    "endorse",
    "evaluate",
    "filtered_block_events_request",
    "new_commit",
    "new_proposal",
    "status",
    "submit",
]
