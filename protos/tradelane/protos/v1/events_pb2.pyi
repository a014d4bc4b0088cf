from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LedgerEvent(_message.Message):
    __slots__ = ("channel", "block_number", "transaction_id", "facts")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    BLOCK_NUMBER_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    channel: str
    block_number: int
    transaction_id: str
    facts: _containers.RepeatedCompositeFieldContainer[Fact]
    def __init__(self, channel: _Optional[str] = ..., block_number: _Optional[int] = ..., transaction_id: _Optional[str] = ..., facts: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ...) -> None: ...

class Fact(_message.Message):
    __slots__ = ("title", "party", "organisation")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    title: TitleFact
    party: PartyFact
    organisation: OrganisationFact
    def __init__(self, title: _Optional[_Union[TitleFact, _Mapping]] = ..., party: _Optional[_Union[PartyFact, _Mapping]] = ..., organisation: _Optional[_Union[OrganisationFact, _Mapping]] = ...) -> None: ...

class TitleFact(_message.Message):
    __slots__ = ("title_id", "action_code", "status", "actor", "recipient", "possessor", "sequence")
    TITLE_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_CODE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    POSSESSOR_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    title_id: str
    action_code: str
    status: str
    actor: str
    recipient: str
    possessor: str
    sequence: int
    def __init__(self, title_id: _Optional[str] = ..., action_code: _Optional[str] = ..., status: _Optional[str] = ..., actor: _Optional[str] = ..., recipient: _Optional[str] = ..., possessor: _Optional[str] = ..., sequence: _Optional[int] = ...) -> None: ...

class PartyFact(_message.Message):
    __slots__ = ("action", "party_id", "msp_id", "role")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    PARTY_ID_FIELD_NUMBER: _ClassVar[int]
    MSP_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    action: str
    party_id: str
    msp_id: str
    role: str
    def __init__(self, action: _Optional[str] = ..., party_id: _Optional[str] = ..., msp_id: _Optional[str] = ..., role: _Optional[str] = ...) -> None: ...

class OrganisationFact(_message.Message):
    __slots__ = ("msp_id",)
    MSP_ID_FIELD_NUMBER: _ClassVar[int]
    msp_id: str
    def __init__(self, msp_id: _Optional[str] = ...) -> None: ...
