"""The seven things a client signs, each as a value: bytes out, signature in. Pure.

The bytes are those the official clients exchange (`getBytes` and `newSigned...` of Node, `Bytes` and `NewSigned...` of
Go), so that an object can be made by one, signed by another and sent by a third. What is read is checked, for the
bytes of one kind often parse as another's: a signer must not take a transaction for a proposal.
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Final, Generic, Self, TypeVar

from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2

from tradelane.gateway import envelope
from tradelane.gateway.envelope import Call, Sign
from tradelane.gateway.errors import InputError, OfflineError
from tradelane.gateway.events.feeds import BLOCKS, BLOCKS_AND_PRIVATE_DATA, FILTERED_BLOCKS, ChaincodeFeed, Feed
from tradelane.gateway.events.reading import ChaincodeEvent
from tradelane.gateway.keys import Hash
from tradelane.gateway.ledger.records import Block, BlockAndPrivateData, FilteredBlock

T = TypeVar("T")

_TRANSACTION_ID: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Signable(ABC):
    """A message that takes effect once its maker has signed it."""

    noun: ClassVar[str]
    """What errors call it."""

    message: bytes = field(repr=False)
    """What the signature is made over; a proposal's holds the private inputs."""
    signature: bytes = field(default=b"", kw_only=True)
    """Empty until somebody has signed."""

    @property
    @abstractmethod
    def creator(self) -> bytes:
        """The serialised identity the message names as its maker, who must be the one that signs."""

    @property
    def msp_id(self) -> str:
        """The maker's organisation."""
        return identities_pb2.SerializedIdentity.FromString(self.creator).mspid  # type: ignore[no-any-return]

    @abstractmethod
    def to_bytes(self) -> bytes:
        """Return message, signature if there is one, and all that a gateway needs to send it."""

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes`, or an official client, wrote; a signature is kept.

        Raises:
            InputError: The bytes hold no such message (SIGNABLE_MALFORMED).
        """
        try:
            found = cls._read(data)
            if not identities_pb2.SerializedIdentity.FromString(found.creator).id_bytes:
                raise ValueError("they name no maker")
        except (*envelope.UNREADABLE, ValueError) as error:
            raise InputError(f"These bytes are no {cls.noun}: {error}.", code="SIGNABLE_MALFORMED") from error
        return found

    @classmethod
    @abstractmethod
    def _read(cls, data: bytes) -> Self: ...

    def digest(self, algorithm: Hash = Hash.SHA256) -> bytes:
        """Return what a key signs that takes digests; the algorithm is the one the signer's key works with."""
        return algorithm.digest(self.message)

    def with_signature(self, signature: bytes) -> Self:
        """Return the same, signed.

        Args:
            signature: By the maker's key. ECDSA: DER, with low S. It is the peers that verify it.

        Raises:
            InputError: The signature is empty (SIGNATURE_EMPTY).
        """
        if not signature:
            raise InputError(f"The signature for the {self.noun} is empty.", code="SIGNATURE_EMPTY")
        return replace(self, signature=signature)

    def signed_by(self, creator: bytes, sign: Sign) -> Self:
        """Return the same with a signature: the one there is, or one made now.

        Args:
            creator: The serialised identity that `sign` signs for.
            sign: Message to signature.

        Raises:
            OfflineError: It is unsigned, and its maker is somebody else or has no key here (SIGNATURE_NEEDED).
        """
        if self.signature:
            return self
        if creator != self.creator:
            raise OfflineError(
                f"The {self.noun} is not signed, and its maker is another identity ({self.msp_id}) than this "
                "gateway's: have it signed by its maker and hand the signature in.",
                code="SIGNATURE_NEEDED",
            )
        return replace(self, signature=sign(self.message))


@dataclass(frozen=True)
class Proposal(Signable):
    """A proposal, to be evaluated or endorsed. Its bytes are a ProposedTransaction."""

    noun = "proposal"

    transaction_id: str
    organisations: tuple[str, ...] = ()
    """MSP ids of the endorsers; empty leaves the choice to the gateway peer. No part of what is signed."""

    @classmethod
    def _read(cls, data: bytes) -> Self:
        proposed = gateway_pb2.ProposedTransaction.FromString(data)
        found = cls(
            message=proposed.proposal.proposal_bytes,
            signature=proposed.proposal.signature,
            transaction_id=proposed.transaction_id,
            organisations=tuple(proposed.endorsing_organizations),
        )
        _check_transaction(found._header, found.transaction_id)
        if not found.call.chaincode:
            raise ValueError("they name no chaincode")
        return found

    @classmethod
    def of(cls, made: envelope.Proposal) -> Self:
        """Return the proposal that a session made, signed or not."""
        signed = proposal_pb2.SignedProposal.FromString(made.signed)
        return cls(
            signed.proposal_bytes, made.transaction_id, organisations=made.organisations, signature=signed.signature
        )

    def to_bytes(self) -> bytes:  # noqa: D102 -- as the base says
        proposed = gateway_pb2.ProposedTransaction(
            transaction_id=self.transaction_id,
            proposal=proposal_pb2.SignedProposal(proposal_bytes=self.message, signature=self.signature),
            endorsing_organizations=self.organisations,
        )
        return proposed.SerializeToString()  # type: ignore[no-any-return]

    @property
    def creator(self) -> bytes:  # noqa: D102
        return _creator(self._header)

    @cached_property
    def call(self) -> Call:
        """What is proposed, read from the message itself: what a signer should look at before signing."""
        payload = proposal_pb2.ChaincodeProposalPayload.FromString(self._proposal.payload)
        spec = chaincode_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec
        if not spec.input.args:
            raise ValueError("they name no function")
        function, *arguments = spec.input.args
        return Call(
            channel=self.channel,
            chaincode=spec.chaincode_id.name,
            function=function.decode(),
            arguments=tuple(arguments),
            transient=dict(payload.TransientMap) or None,
            organisations=self.organisations,
        )

    @property
    def channel(self) -> str:
        """The channel it is for."""
        return _channel_header(self._header).channel_id  # type: ignore[no-any-return]

    @cached_property
    def _proposal(self) -> Any:  # noqa: ANN401 -- Fabric's messages ship without types
        return proposal_pb2.Proposal.FromString(self.message)

    @cached_property
    def _header(self) -> Any:  # noqa: ANN401
        return common_pb2.Header.FromString(self._proposal.header)

    def sendable(self) -> envelope.Proposal:
        """Return it as the steps of a gateway take it."""
        signed = proposal_pb2.SignedProposal(proposal_bytes=self.message, signature=self.signature)
        return envelope.Proposal(
            self.transaction_id, self.channel, signed.SerializeToString(), organisations=self.organisations
        )


@dataclass(frozen=True)
class Transaction(Signable):
    """An endorsed transaction, to be submitted. Its bytes are a PreparedTransaction."""

    noun = "transaction"

    transaction_id: str

    @classmethod
    def _read(cls, data: bytes) -> Self:
        prepared = gateway_pb2.PreparedTransaction.FromString(data)
        found = cls(prepared.envelope.payload, prepared.transaction_id, signature=prepared.envelope.signature)
        _check_transaction(found._header, found.transaction_id)
        envelope.result_of(found.message)
        return found

    def to_bytes(self) -> bytes:  # noqa: D102
        prepared = gateway_pb2.PreparedTransaction(transaction_id=self.transaction_id)
        prepared.envelope.CopyFrom(common_pb2.Envelope(payload=self.message, signature=self.signature))
        return prepared.SerializeToString()  # type: ignore[no-any-return]

    @property
    def creator(self) -> bytes:  # noqa: D102
        return _creator(self._header)

    @property
    def channel(self) -> str:
        """The channel it is for."""
        return _channel_header(self._header).channel_id  # type: ignore[no-any-return]

    @cached_property
    def result(self) -> bytes:
        """What the chaincode answered."""
        return envelope.result_of(self.message)

    @cached_property
    def _header(self) -> Any:  # noqa: ANN401
        return common_pb2.Payload.FromString(self.message).header

    def sendable(self) -> envelope.Transaction:
        """Return it as the steps of a gateway take it."""
        signed = common_pb2.Envelope(payload=self.message, signature=self.signature)
        return envelope.Transaction(self.transaction_id, self.channel, self.result, signed.SerializeToString())


@dataclass(frozen=True)
class Commit(Signable):
    """The question for a transaction's outcome. Its bytes are a SignedCommitStatusRequest."""

    noun = "request for a commit status"

    @classmethod
    def _read(cls, data: bytes) -> Self:
        signed = gateway_pb2.SignedCommitStatusRequest.FromString(data)
        found = cls(signed.request, signature=signed.signature)
        if not _TRANSACTION_ID.fullmatch(found.transaction_id) or not found.channel:
            raise ValueError("they name no transaction or no channel")
        return found

    def to_bytes(self) -> bytes:  # noqa: D102
        signed = gateway_pb2.SignedCommitStatusRequest(request=self.message, signature=self.signature)
        return signed.SerializeToString()  # type: ignore[no-any-return]

    @property
    def creator(self) -> bytes:  # noqa: D102
        return self._request.identity  # type: ignore[no-any-return]

    @property
    def channel(self) -> str:
        """The channel the transaction was submitted to."""
        return self._request.channel_id  # type: ignore[no-any-return]

    @property
    def transaction_id(self) -> str:
        """The transaction that is asked for."""
        return self._request.transaction_id  # type: ignore[no-any-return]

    @cached_property
    def _request(self) -> Any:  # noqa: ANN401
        return gateway_pb2.CommitStatusRequest.FromString(self.message)


@dataclass(frozen=True)
class EventsRequest(Signable, Generic[T]):
    """A request that opens a stream of T; see `Gateway.events`."""

    @property
    @abstractmethod
    def feed(self) -> Feed[T]:
        """Where the stream is asked for, and how its messages read."""


@dataclass(frozen=True)
class ChaincodeEventsRequest(EventsRequest[ChaincodeEvent]):
    """The request for a chaincode's events. Its bytes are a SignedChaincodeEventsRequest."""

    noun = "request for chaincode events"

    @classmethod
    def _read(cls, data: bytes) -> Self:
        signed = gateway_pb2.SignedChaincodeEventsRequest.FromString(data)
        found = cls(signed.request, signature=signed.signature)
        asked = found._request
        if not (asked.channel_id and asked.chaincode_id and asked.HasField("start_position")):
            raise ValueError("they do not name channel, chaincode and where to start")
        return found

    def to_bytes(self) -> bytes:  # noqa: D102
        signed = gateway_pb2.SignedChaincodeEventsRequest(request=self.message, signature=self.signature)
        return signed.SerializeToString()  # type: ignore[no-any-return]

    @property
    def creator(self) -> bytes:  # noqa: D102
        return self._request.identity  # type: ignore[no-any-return]

    @property
    def feed(self) -> Feed[ChaincodeEvent]:  # noqa: D102
        return ChaincodeFeed(self._request.chaincode_id)

    @cached_property
    def _request(self) -> Any:  # noqa: ANN401
        return gateway_pb2.ChaincodeEventsRequest.FromString(self.message)


@dataclass(frozen=True)
class _DeliverRequest(EventsRequest[T]):
    """A request to the peer's Deliver service. Its bytes are an Envelope around a SeekInfo."""

    @classmethod
    def _read(cls, data: bytes) -> Self:
        request = common_pb2.Envelope.FromString(data)
        found = cls(request.payload, signature=request.signature)
        header = _channel_header(found._header)
        if header.type != common_pb2.DELIVER_SEEK_INFO or not header.channel_id:
            raise ValueError("they name no channel, or are no request for blocks")
        return found

    def to_bytes(self) -> bytes:
        return common_pb2.Envelope(payload=self.message, signature=self.signature).SerializeToString()  # type: ignore[no-any-return]

    @property
    def creator(self) -> bytes:
        return _creator(self._header)

    @cached_property
    def _header(self) -> Any:  # noqa: ANN401
        return common_pb2.Payload.FromString(self.message).header


@dataclass(frozen=True)
class BlockEventsRequest(_DeliverRequest[Block]):
    """The request for blocks."""

    noun = "request for blocks"

    @property
    def feed(self) -> Feed[Block]:  # noqa: D102
        return BLOCKS


@dataclass(frozen=True)
class FilteredBlockEventsRequest(_DeliverRequest[FilteredBlock]):
    """The request for filtered blocks."""

    noun = "request for filtered blocks"

    @property
    def feed(self) -> Feed[FilteredBlock]:  # noqa: D102
        return FILTERED_BLOCKS


@dataclass(frozen=True)
class BlockAndPrivateDataEventsRequest(_DeliverRequest[BlockAndPrivateData]):
    """The request for blocks with the private data that the maker's organisation may see."""

    noun = "request for blocks with private data"

    @property
    def feed(self) -> Feed[BlockAndPrivateData]:  # noqa: D102
        return BLOCKS_AND_PRIVATE_DATA


def _channel_header(header: Any) -> Any:  # noqa: ANN401
    return common_pb2.ChannelHeader.FromString(header.channel_header)


def _creator(header: Any) -> bytes:  # noqa: ANN401
    return common_pb2.SignatureHeader.FromString(header.signature_header).creator  # type: ignore[no-any-return]


def _check_transaction(header: Any, transaction_id: str) -> None:  # noqa: ANN401
    """Hold what stands around a message to what is signed within it."""
    channel = _channel_header(header)
    maker = common_pb2.SignatureHeader.FromString(header.signature_header)
    if channel.type != common_pb2.ENDORSER_TRANSACTION or not channel.channel_id:
        raise ValueError("they name no channel, or are no chaincode's transaction")
    if not channel.tx_id == transaction_id == envelope.transaction_id(maker.nonce, maker.creator):
        raise ValueError("their transaction id is not that of the nonce and the maker within")
