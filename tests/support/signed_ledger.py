"""A channel in memory, every block and transaction really signed: by organisations of a test's own.

With its keys at hand a test can do what on a real network only colluding organisations could, or what needs luck with
the order of transactions: too few endorsers, a revoked one, an old transaction ordered once more, a stale read.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from fabric_protos.common import common_pb2, configtx_pb2, policies_pb2
from fabric_protos.ledger.rwset import rwset_pb2
from fabric_protos.ledger.rwset.kvrwset import kv_rwset_pb2
from fabric_protos.msp import identities_pb2, msp_config_pb2, msp_principal_pb2
from fabric_protos.peer import chaincode_pb2, policy_pb2, proposal_pb2, proposal_response_pb2, transaction_pb2
from fabric_protos.peer.lifecycle import chaincode_definition_pb2, db_pb2

from tests.support.pki import NOW, Authority, Pair
from tradelane.chaincode.shim.identity import ATTRIBUTES_OID as ATTRIBUTES
from tradelane.gateway.keys import ORDERS
from tradelane.model.party import DirectoryEntry
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import EndorsementRule

CHANNEL, CHAINCODE = "trade", "tradelane"
ROLES = {"client": 2, "peer": 3, "orderer": 4, "admin": 1}
BEGAN = NOW.replace(microsecond=0) - timedelta(hours=1)

Version = tuple[int, int]


@dataclass(frozen=True)
class Signer:
    """Somebody with a key."""

    msp_id: str
    pair: Pair

    @property
    def serialized(self) -> bytes:
        return identities_pb2.SerializedIdentity(  # type: ignore[no-any-return]
            mspid=self.msp_id, id_bytes=self.pair.certificate_pem
        ).SerializeToString()

    def sign(self, message: bytes) -> bytes:
        assert isinstance(self.pair.key, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(self.pair.key.sign(message, ec.ECDSA(hashes.SHA256())))
        order = ORDERS["secp256r1"]
        return encode_dss_signature(r, min(s, order - s))


class Organisation:
    """An organisation with a CA of its own."""

    def __init__(self, msp_id: str, authority: Authority | None = None) -> None:
        self.msp_id = msp_id
        self.authority = authority or Authority(f"ca.{msp_id.lower()}.example")
        self.revoked: list[Pair] = []

    def signer(self, name: str, unit: str, party: str | None = None, **issued: Any) -> Signer:
        attributes = json.dumps({"attrs": {"tradelane.party": party, "tradelane.role": "signer"}}).encode()
        extension = x509.UnrecognizedExtension(ATTRIBUTES, attributes) if party else None
        return Signer(self.msp_id, self.authority.issue(name, units=[unit], extension=extension, **issued))

    def config(self) -> bytes:
        units = {
            f"{role}_ou_identifier": msp_config_pb2.FabricOUIdentifier(organizational_unit_identifier=role)
            for role in ROLES
        }
        config = msp_config_pb2.FabricMSPConfig(
            name=self.msp_id,
            root_certs=[self.authority.root.certificate_pem],
            revocation_list=[self._revocations()] if self.revoked else [],
            fabric_node_ous=msp_config_pb2.FabricNodeOUs(enable=True, **units),
        )
        return msp_config_pb2.MSPConfig(type=0, config=config.SerializeToString()).SerializeToString()  # type: ignore[no-any-return]

    def _revocations(self) -> bytes:
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.authority.root.certificate.subject)
        builder = builder.last_update(NOW).next_update(NOW + timedelta(days=1))
        for each in self.revoked:
            revoked = x509.RevokedCertificateBuilder().serial_number(each.certificate.serial_number)
            builder = builder.add_revoked_certificate(revoked.revocation_date(NOW).build())
        from cryptography.hazmat.primitives.serialization import Encoding

        return builder.sign(self.authority.root.key, hashes.SHA256()).public_bytes(Encoding.PEM)


@dataclass
class SignedLedger:
    """The chain, as it grows."""

    trading: Sequence[Organisation]
    ordering: Sequence[Organisation]
    orderer: Signer
    blocks: list[bytes] = field(default_factory=list)
    configurations: list[int] = field(default_factory=list)
    clock: datetime = BEGAN

    @classmethod
    def begun(cls) -> "SignedLedger":
        """A channel of Hong Kong, Shanghai and an operator of orderers, with the chaincode defined in block 1."""
        trading = [Organisation("HongKongMSP"), Organisation("ShanghaiMSP")]
        operator = Organisation("OperatorMSP")
        ledger = cls(trading, [operator], operator.signer("orderer0", "orderer"))
        ledger.configure()
        ledger.define()
        return ledger

    @property
    def peers(self) -> list[Signer]:
        return [each.signer(f"peer0.{each.msp_id.lower()}", "peer") for each in self.trading]

    def configure(self) -> int:
        """Write a configuration of what the organisations now are."""
        config = configtx_pb2.Config(sequence=len(self.configurations), channel_group=self._group())
        payload = common_pb2.Payload(
            header=common_pb2.Header(
                channel_header=common_pb2.ChannelHeader(type=1, channel_id=CHANNEL).SerializeToString(),
                signature_header=common_pb2.SignatureHeader(creator=self.orderer.serialized).SerializeToString(),
            ),
            data=configtx_pb2.ConfigEnvelope(config=config).SerializeToString(),
        ).SerializeToString()
        envelope = common_pb2.Envelope(payload=payload, signature=self.orderer.sign(payload))
        self.configurations.append(len(self.blocks))
        return self.order(envelope.SerializeToString())

    def define(
        self,
        endorsers: Sequence[Signer] | None = None,
        policy: str = "/Channel/Application/Endorsement",
        earlier: Version | None = None,
    ) -> Version:
        """Define the chaincode; on top of an earlier definition, leave who must endorse as it is there."""
        info = chaincode_definition_pb2.ChaincodeValidationInfo(
            validation_plugin="vscc",
            validation_parameter=policy_pb2.ApplicationPolicy(
                channel_config_policy_reference=policy
            ).SerializeToString(),
        )
        value = db_pb2.StateData(Bytes=info.SerializeToString()).SerializeToString()
        writes = kv_rwset_pb2.KVRWSet(writes=[{"key": DEFINITION, "value": b"1"}])
        if earlier is None:
            writes.writes.add(key=VALIDATION, value=value)
        else:
            _read_key(writes, VALIDATION, earlier)
        creator = self.trading[0].signer("admin", "admin")
        envelope = self.transaction(
            creator,
            endorsers or self.peers,
            {"_lifecycle": writes},
            "CommitChaincodeDefinition",
            chaincode="_lifecycle",
        )
        self.defined = (self.order(envelope), 0)
        return self.defined

    def order(self, *envelopes: bytes, by: Signer | None = None, last_config: int | None = None) -> int:
        """Order envelopes as one block; return its number."""
        number, orderer = len(self.blocks), by or self.orderer
        header = common_pb2.BlockHeader(
            number=number,
            previous_hash=self.hash_of(number - 1) if number else b"",
            data_hash=hashlib.sha256(b"".join(envelopes)).digest(),
        )
        block = common_pb2.Block(header=header, data=common_pb2.BlockData(data=envelopes))
        if number:
            in_force = max(self.configurations) if last_config is None else last_config
            value = common_pb2.OrdererBlockMetadata(
                last_config=common_pb2.LastConfig(index=in_force)
            ).SerializeToString()
            signed = common_pb2.SignatureHeader(creator=orderer.serialized, nonce=secrets.token_bytes(24))
            message = value + signed.SerializeToString() + _read(block).header.encoded
            signature = common_pb2.MetadataSignature(
                signature_header=signed.SerializeToString(), signature=orderer.sign(message)
            )
            block.metadata.metadata.append(common_pb2.Metadata(value=value, signatures=[signature]).SerializeToString())
        self.blocks.append(block.SerializeToString())
        return number

    def hash_of(self, number: int) -> bytes:
        from tradelane.gateway.ledger import decode_block

        return decode_block(self.blocks[number]).header.hash

    def transaction(
        self,
        creator: Signer,
        endorsers: Sequence[Signer],
        state: Mapping[str, Any],
        function: str,
        *,
        chaincode: str = CHAINCODE,
        arguments: Sequence[bytes] = (),
        response: bytes = b"",
        status: int = 200,
        channel: str = CHANNEL,
        collections: Mapping[str, Any] | None = None,
        change: Callable[[Any], None] = lambda _: None,
    ) -> bytes:
        """Return a transaction's envelope; `change` may spoil the endorsed action before its creator signs.

        `state` is what was read and written by namespace, `collections` the hashes of the chaincode's private data.
        """
        nonce = secrets.token_bytes(24)
        channel_header = common_pb2.ChannelHeader(
            type=3, channel_id=channel, tx_id=hashlib.sha256(nonce + creator.serialized).hexdigest()
        )
        channel_header.timestamp.FromDatetime(self.clock.astimezone(UTC).replace(tzinfo=None))
        self.clock += timedelta(seconds=1)
        spec = chaincode_pb2.ChaincodeInvocationSpec(
            chaincode_spec=chaincode_pb2.ChaincodeSpec(
                chaincode_id=chaincode_pb2.ChaincodeID(name=chaincode),
                input=chaincode_pb2.ChaincodeInput(args=[function.encode(), *arguments]),
            )
        )
        proposal = proposal_pb2.ChaincodeProposalPayload(input=spec.SerializeToString()).SerializeToString()
        header = common_pb2.Header(
            channel_header=channel_header.SerializeToString(),
            signature_header=common_pb2.SignatureHeader(creator=creator.serialized, nonce=nonce).SerializeToString(),
        )
        agreed = proposal_response_pb2.ProposalResponsePayload(
            proposal_hash=hashlib.sha256(header.channel_header + header.signature_header + proposal).digest(),
            extension=proposal_pb2.ChaincodeAction(
                results=_results(state, collections or {}).SerializeToString(),
                response=proposal_response_pb2.Response(status=status, payload=response),
            ).SerializeToString(),
        ).SerializeToString()
        action = transaction_pb2.ChaincodeActionPayload(
            chaincode_proposal_payload=proposal,
            action=transaction_pb2.ChaincodeEndorsedAction(
                proposal_response_payload=agreed,
                endorsements=[
                    proposal_response_pb2.Endorsement(
                        endorser=each.serialized, signature=each.sign(agreed + each.serialized)
                    )
                    for each in endorsers
                ],
            ),
        )
        change(action)
        data = transaction_pb2.Transaction(actions=[{"payload": action.SerializeToString()}]).SerializeToString()
        payload = common_pb2.Payload(header=header, data=data).SerializeToString()
        return common_pb2.Envelope(payload=payload, signature=creator.sign(payload)).SerializeToString()  # type: ignore[no-any-return]

    def now(self) -> str:
        """Return the time that the next transaction will have, as records say it."""
        return f"{self.clock:%Y-%m-%dT%H:%M:%S}.000Z"

    def _group(self) -> Any:
        group = configtx_pb2.ConfigGroup()
        orderers, traders = group.groups["Orderer"], group.groups["Application"]
        _meta(orderers, "BlockValidation", "Writers", 0)
        for name in ("Endorsement", "LifecycleEndorsement"):
            _meta(traders, name, "Endorsement", 2)
        for each in self.ordering:
            _organisation(orderers.groups[each.msp_id], each, {"Writers": "orderer"})
        for each in self.trading:
            _organisation(traders.groups[each.msp_id], each, {"Endorsement": "peer"})
        return group


DEFINITION = f"namespaces/fields/{CHAINCODE}/Sequence"
VALIDATION = f"namespaces/fields/{CHAINCODE}/ValidationInfo"


def signed_by(roles: Sequence[tuple[str, str]], n: int | None = None) -> Any:
    """Return a signature policy: so many of these organisations, each in a role; all by default."""
    return policies_pb2.SignaturePolicyEnvelope(
        rule={
            "n_out_of": {"n": len(roles) if n is None else n, "rules": [{"signed_by": i} for i in range(len(roles))]}
        },
        identities=[
            {"principal": msp_principal_pb2.MSPRole(msp_identifier=msp_id, role=ROLES[role]).SerializeToString()}
            for msp_id, role in roles
        ],
    )


def writes_of(
    record: TitleRecord,
    read: Version | None,
    defined: Version,
    *,
    rule: EndorsementRule | None = None,
    reads: Mapping[str, Version] | None = None,
) -> dict[str, Any]:
    """Return what an act on a title reads and writes; `rule`: the key's policy is written, too."""
    key = f"\x00title\x00{record.title_id}\x00"
    state = kv_rwset_pb2.KVRWSet(writes=[{"key": key, "value": record.to_json()}])
    _read_key(state, key, read)
    for name, version in (reads or {}).items():
        _read_key(state, name, version)
    if rule is not None:
        policy = signed_by([(msp_id, "peer") for msp_id in rule.required])
        state.metadata_writes.append(
            kv_rwset_pb2.KVMetadataWrite(
                key=key, entries=[{"name": "VALIDATION_PARAMETER", "value": policy.SerializeToString()}]
            )
        )
    return {"_lifecycle": _definition(defined), CHAINCODE: state}


def reads_of(title_id: str, read: Version | None, defined: Version) -> dict[str, Any]:
    """Return what a question for a title reads."""
    state = kv_rwset_pb2.KVRWSet()
    _read_key(state, f"\x00title\x00{title_id}\x00", read)
    return {"_lifecycle": _definition(defined), CHAINCODE: state}


def admission_of(entry: DirectoryEntry, defined: Version) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a party's admission reads and writes, and the hashes of its name in the directory."""
    key = f"\x00party\x00{entry.party_id}\x00"
    state = kv_rwset_pb2.KVRWSet(writes=[{"key": key, "value": b"{}"}])
    _read_key(state, key, None)
    hashed = kv_rwset_pb2.HashedRWSet(
        hashed_writes=[
            {
                "key_hash": hashlib.sha256(key.encode()).digest(),
                "value_hash": hashlib.sha256(entry.to_json()).digest(),
            }
        ]
    )
    return {"_lifecycle": _definition(defined), CHAINCODE: state}, {"directory": hashed}


def change_of_party(party_id: str, read: Version, defined: Version) -> dict[str, Any]:
    """Return what a change of a party's record reads and writes."""
    key = f"\x00party\x00{party_id}\x00"
    state = kv_rwset_pb2.KVRWSet(writes=[{"key": key, "value": b"{}"}])
    _read_key(state, key, read)
    return {"_lifecycle": _definition(defined), CHAINCODE: state}


def _results(state: Mapping[str, Any], collections: Mapping[str, Any]) -> Any:
    results = rwset_pb2.TxReadWriteSet()
    for namespace, found in state.items():
        one = results.ns_rwset.add(namespace=namespace, rwset=found.SerializeToString())
        for name, hashed in collections.items() if namespace == CHAINCODE else ():
            one.collection_hashed_rwset.add(collection_name=name, hashed_rwset=hashed.SerializeToString())
    return results


def _definition(place: Version) -> Any:
    state = kv_rwset_pb2.KVRWSet()
    _read_key(state, DEFINITION, place)
    return state


def _read_key(state: Any, key: str, version: Version | None) -> None:
    read = state.reads.add(key=key)
    if version is not None:
        read.version.block_num, read.version.tx_num = version
        read.version.SetInParent()


def _meta(group: Any, name: str, sub_policy: str, rule: int) -> None:
    meta = policies_pb2.ImplicitMetaPolicy(sub_policy=sub_policy, rule=rule)
    group.policies[name].policy.type = 3
    group.policies[name].policy.value = meta.SerializeToString()


def _organisation(group: Any, organisation: Organisation, policies: Mapping[str, str]) -> None:
    group.values["MSP"].value = organisation.config()
    for name, role in policies.items():
        group.policies[name].policy.type = 1
        group.policies[name].policy.value = signed_by([(organisation.msp_id, role)]).SerializeToString()


def _read(block: Any) -> Any:
    from tradelane.gateway.ledger import decode_block

    return decode_block(block.SerializeToString())
