"""Errors of the shim: whose fault it is decides the class.

ShimError
├── CannotServe              the server cannot start: an address is taken or malformed, a TLS file is missing or wrong
├── LocalError               the chaincode asked for something Fabric does not have; nothing was sent
│   ├── InvalidName          a key, collection, event name or composite part which Fabric cannot hold
│   ├── InvalidValue         a value to write which is not bytes
│   ├── InvalidArgument      an argument of the invocation is not what the chaincode asked for, e.g. not UTF-8
│   ├── AttributeRefused     the caller's certificate lacks an attribute that the chaincode asserted
│   ├── NoCertificate        the caller showed no certificate that can be read, but e.g. an Idemix credential
    │   ├── UnreadablePolicy     what stands where a key's endorsement policy should be is none
    │   ├── NotConfigured        the operator of the service has not said what the chaincode asks for
│   ├── TooLarge             a request or an answer is larger than a message to the peer may be
│   ├── NoProposal           the invocation carries no proposal (a peer's system call), so it has no caller
│   └── TransactionEnded     the stub was used after its invocation had been answered
└── RemoteError              the peer refused, failed or broke the protocol
    ├── RequestRefused       the peer answered ERROR to a request, e.g. no right to a collection
    │   └── BatchRefused     ... to the collected writes, which ends the invocation, even where it is caught
    ├── ProtocolViolation    a message which this state of the stream does not allow, or which cannot be parsed
    └── Disconnected         the stream to the peer ended with the request unanswered
"""


class ShimError(Exception):
    """Root of everything the shim raises."""


class CannotServe(ShimError):
    """The server cannot start: an address is taken or malformed, or a TLS file is missing or wrong."""


class LocalError(ShimError):
    """The chaincode asked for something Fabric does not have; nothing was sent."""


class InvalidName(LocalError, ValueError):
    """A key, collection, event name or composite part which Fabric cannot hold."""


class InvalidValue(LocalError, TypeError):
    """A value to write which is not bytes."""


class InvalidArgument(LocalError, ValueError):
    """An argument of the invocation is not what the chaincode asked for; the client is at fault.

    Left to the shim it becomes the answer 400 with the code INVALID_ARGUMENT. Its text holds no content.
    """


class AttributeRefused(LocalError, PermissionError):
    """The caller's certificate lacks an attribute that the chaincode asserted.

    Left to the shim it becomes the answer 403 with the code ATTRIBUTE_REFUSED.
    """


class NoCertificate(LocalError, LookupError):
    """The caller showed no X.509 certificate that can be read, but e.g. an anonymous Idemix credential.

    Such a caller has an organisation, and none of what a certificate says.
    """


class UnreadablePolicy(LocalError, ValueError):
    """What stands where a key's endorsement policy should be is none; Fabric lets a chaincode write anything there."""


class NotConfigured(LocalError, LookupError):
    """The operator of the service has not said what the chaincode asks for."""


class TooLarge(LocalError):
    """A request or an answer is larger than a message to the peer may be."""


class NoProposal(LocalError):
    """The invocation carries no proposal (a peer's system call), so it has no caller, time or transient data."""


class TransactionEnded(LocalError):
    """The stub was used after its invocation had been answered."""


class RemoteError(ShimError):
    """The peer refused, failed or broke the protocol."""


class RequestRefused(RemoteError):
    """The peer answered ERROR to a request; the text is the peer's."""


class BatchRefused(RequestRefused):
    """The peer refused the collected writes; Fabric reports missing rights on them only then.

    The peer has simulated those before the refused one. So the invocation is answered with ERROR whatever the chaincode
    does, for else a part of what it meant to write would be endorsed.
    """


class ProtocolViolation(RemoteError):
    """A message which this state of the stream does not allow, or which cannot be parsed."""


class Disconnected(RemoteError):
    """The stream to the peer ended with the request unanswered."""
