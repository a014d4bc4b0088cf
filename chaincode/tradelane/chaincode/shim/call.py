"""What an invocation itself says, without a message to the peer. What it means is stated once, in `interface.Stub`."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from tradelane.chaincode.shim import keys
from tradelane.chaincode.shim.errors import InvalidArgument, NoProposal
from tradelane.chaincode.shim.identity import ClientIdentity
from tradelane.chaincode.shim.interface import SignedProposal
from tradelane.chaincode.shim.wire import Header, Input

_EPOCH_BYTES = 8


class Call:
    """Input, proposal and event of one invocation; `header` and `signed` are missing for a peer's system call."""

    def __init__(self, content: Input, header: Header | None, signed: SignedProposal | None) -> None:
        self._input = content
        self._header = header
        self._signed = signed
        self._event: tuple[str, bytes] | None = None

    @property
    def args(self) -> tuple[bytes, ...]:
        """Arguments of the invocation."""
        return self._input.args

    @property
    def function(self) -> str:
        """The first argument as text."""
        return self._text(0) if self.args else ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The arguments after the first as text."""
        return tuple(map(self._text, range(1, len(self.args))))

    @property
    def is_init(self) -> bool:
        """Whether the client asked for the initialisation."""
        return self._input.is_init

    @property
    def decorations(self) -> Mapping[str, bytes]:
        """What the peer's decorators added to the input."""
        return self._input.decorations

    @property
    def timestamp(self) -> datetime:
        """The client's time of the proposal, UTC."""
        return self._proposal.timestamp

    @property
    def transient(self) -> Mapping[str, bytes]:
        """What the client sent for this endorsement only."""
        return self._proposal.transient

    @property
    def identity(self) -> ClientIdentity:
        """Who signed the proposal."""
        return self._proposal.identity

    @property
    def creator(self) -> bytes:
        """Who signed the proposal, encoded."""
        return self._proposal.creator

    @property
    def binding(self) -> bytes:
        """SHA-256 over nonce, creator and epoch (8 bytes, little endian)."""
        header = self._proposal
        epoch = header.epoch.to_bytes(_EPOCH_BYTES, "little")
        return hashlib.sha256(header.nonce + header.creator + epoch).digest()

    @property
    def signed_proposal(self) -> SignedProposal:
        """The proposal as the client signed it."""
        if self._signed is None:
            raise _no_proposal()
        return self._signed

    @property
    def event(self) -> tuple[str, bytes] | None:
        """Name and payload of the event, for the answer."""
        return self._event

    def set_event(self, name: str, payload: bytes) -> None:
        """Set the transaction's one event."""
        keys.check_name("event name", name)
        self._event = (name, payload)

    @property
    def _proposal(self) -> Header:
        if self._header is None:
            raise _no_proposal()
        return self._header

    def _text(self, index: int) -> str:
        try:
            return self.args[index].decode()
        except UnicodeDecodeError:
            raise InvalidArgument(f"argument {index} is not UTF-8") from None


def _no_proposal() -> NoProposal:
    return NoProposal("this invocation carries no proposal, hence no caller, time or transient data")
