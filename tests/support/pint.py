"""Platforms for tests of transfers: each a receiving service over HTTPS with client certificates, on loopback."""

import base64
import functools
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.tls import Authority, write_pair
from tests.support.trade import CARRIER, EXPORTER, IMPORTER, PARTIES, example_document
from tests.support.waiting import until
from tradelane.gateway.dcsa import checksums, signing
from tradelane.gateway.dcsa.endorsement_chain import Directory
from tradelane.gateway.dcsa.issuance import manifest_of
from tradelane.gateway.dcsa.messages import ActingParty, DocumentMetadata, Transaction, read
from tradelane.gateway.dcsa.signing import Signer, TrustedKeys
from tradelane.gateway.errors import Refused, Step
from tradelane.gateway.pint import chain, envelope
from tradelane.gateway.pint.chains import Chains
from tradelane.gateway.pint.http import tls_context
from tradelane.gateway.pint.platform import Platform
from tradelane.gateway.pint.registry import Control, Receiver, Return
from tradelane.gateway.pint.serving import Endpoint, server
from tradelane.gateway.pint.store import Store
from tradelane.model.dcsa.parties import IdentifyingCode
from tradelane.model.party import PartyRecord, PartyRef, PartyRole, PartyView

CHANNEL = "urn:tradelane:ctr:v1:" + "c" * 64
"""The channel as control tracking registry."""
HERE, THERE = "TRDL", "WAVE"
"""The sender's and the receiver's platform code."""
DOCUMENT = example_document()
CHECKSUM = checksums.of_json(DOCUMENT)
ISSUE_TO = {
    "partyName": "Wusong",
    "sendToPlatform": HERE,
    "identifyingCodes": [{"codeListProvider": "ZZZ", "partyCode": EXPORTER}],
}
CARRIER_KEY = signing.generate()


def party(party_id: str, platform: str) -> ActingParty:
    """Return a party of the examples as a message names it, on a platform."""
    return directory(platform).party(PartyRef(party_id=party_id, msp_id="HongKongMSP"))


def directory(platform: str) -> Directory:
    views = [
        PartyView(
            party=PartyRecord(party_id=each, msp_id="HongKongMSP", lei=row["lei"], roles=(PartyRole.TRADER,)),
            name=row["name"],
        )
        for each, row in PARTIES.items()
    ]
    return Directory.of(platform, views)


def transaction(
    code: str, actor: ActingParty, recipient: ActingParty | None = None, at: int = 0, **more: Any
) -> Transaction:
    """Return a transaction, so many seconds after the first."""
    value: dict[str, Any] = {"actionCode": code, "actor": actor.value(), **more}
    value["actionDateTime"] = f"2026-03-01T12:{at // 60:02}:{at % 60:02}.000Z"
    if recipient is not None:
        value["recipient"] = recipient.value()
    return read(Transaction, value)


def left_for(platform: str = THERE, to: str = IMPORTER) -> list[Transaction]:
    """Return issue to the exporter, who transfers to a party of another platform."""
    here = party(EXPORTER, HERE)
    return [
        transaction("ISSUE", party(CARRIER, HERE), here),
        transaction("TRANSFER", here, party(to, platform), at=60),
    ]


@dataclass
class Register:
    """The channel's answers, in the place of a ledger: parties by code, titles by where they are."""

    parties: dict[tuple[str, str], Receiver] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)
    exits: dict[str, str] = field(default_factory=dict)
    """Titles by the checksum of each entry with which they left."""
    documents: dict[str, str] = field(default_factory=dict)
    """Titles by the checksum of their document."""
    uri: str = CHANNEL
    behind: bool = False
    """Whether others on the channel know more."""
    returned: list[Return] = field(default_factory=list)
    refuses: str | None = None
    """The code with which the ledger refuses what comes back."""
    meanwhile: Control | None = None
    """Where another process has put the title, as the refusal comes."""

    @classmethod
    def of_examples(cls) -> "Register":
        found = cls()
        for party_id, row in PARTIES.items():
            for code in (("GLEIF", row["lei"]), ("ZZZ", party_id)):
                found.parties[code] = Receiver(party_id, row["name"])
        return found

    def receiver(self, codes: Sequence[IdentifyingCode]) -> Receiver | None:
        named = {self.parties.get((code.code_list_provider, code.party_code)) for code in codes}
        return named.pop() if len(named) == 1 else None

    def control(self, title_id: str) -> Control:
        return self.controls[title_id]

    def left_with(self, entry: str) -> Control | None:
        return self.controls[self.exits[entry]] if entry in self.exits else None

    def is_behind(self, entry: str) -> bool:
        return self.behind

    def over(self, document: Mapping[str, Any], issued_in: str | None = None) -> Control | None:
        checksum = checksums.of_json(document)
        return self.controls[self.documents[checksum]] if checksum in self.documents else None

    def export(self, title_id: str, entry: str, platform: str = THERE) -> None:
        """Let a title out, as the ledger would."""
        self.exits[entry], self.documents[CHECKSUM] = title_id, title_id
        self.controls[title_id] = Control(title_id, entry, None, platform)

    def take_back(self, coming: Return) -> None:
        if self.refuses is not None:
            self.controls[coming.title_id] = self.meanwhile or self.controls[coming.title_id]
            raise Refused("refused", code=self.refuses, status=422, step=Step.ENDORSE, transaction_id="")
        self.controls[coming.title_id] = Control(coming.title_id, None, coming.entry)
        self.returned.append(coming)


@functools.cache
def issuance_manifest(visualisation: bytes | None = None) -> str:
    """Return what the carrier signed once, at issue."""
    return CARRIER_KEY.sign(manifest_of(DOCUMENT, ISSUE_TO, visualisation).value())


class Keys:
    """The signing keys of two platforms and a carrier, and what each trusts."""

    def __init__(self) -> None:
        self.signers = {HERE: signing.generate(), THERE: signing.generate()}
        self.platforms = TrustedKeys({code: [signing.published(key)] for code, key in self.signers.items()})
        self.carriers = TrustedKeys({"JHL": [signing.published(CARRIER_KEY)]})


class Letters:
    """Builds envelopes as one platform."""

    def __init__(self, keys: Keys, platform: str = HERE) -> None:
        self.signer: Signer = keys.signers[platform]
        self.platform = platform

    def first(self, transactions: Sequence[Transaction] | None = None, **more: Any) -> str:
        """Return the first entry of the example's chain."""
        manifest = issuance_manifest(more.pop("visualisation", None))
        return chain.next_entry(
            more.pop("signer", self.signer),
            self.platform,
            CHECKSUM,
            (),
            transactions if transactions is not None else left_for(),
            issuance_manifest=more.pop("manifest", manifest),
            registry=more.pop("registry", None),
        )

    def then(self, entries: Sequence[str], *transactions: Transaction) -> list[str]:
        """Return a chain with one more entry."""
        return [*entries, chain.next_entry(self.signer, self.platform, CHECKSUM, entries, transactions)]

    def envelope(
        self, entries: Sequence[str] | None = None, *supporting: DocumentMetadata, **more: Any
    ) -> dict[str, Any]:
        return envelope.build(DOCUMENT, entries or [self.first()], self.signer, supporting=supporting, **more)


class Wire:
    """Plain requests at a platform, and its signed answers read."""

    def __init__(self, url: str, tls: ssl.SSLContext, keys: TrustedKeys, platform: str) -> None:
        self.client = httpx.Client(base_url=url, verify=tls, timeout=30, trust_env=False)
        self._keys, self._platform = keys, platform

    def start(self, value: Any) -> httpx.Response:
        return self.client.post("/v3/envelopes", json=value)

    def document(self, reference: str, checksum: str, content: bytes) -> httpx.Response:
        body = base64.b64encode(content).decode()
        return self.client.put(f"/v3/envelopes/{reference}/additional-documents/{checksum}", json=body)

    def finish(self, reference: str) -> httpx.Response:
        return self.client.put(f"/v3/envelopes/{reference}/finish-transfer")

    def answer(self, response: httpx.Response) -> dict[str, Any]:
        """Return what was signed, once the signature is found to be the platform's."""
        content = response.json()
        assert isinstance(content, str), content
        signed = self._keys.verify(content)
        assert signed.owner == self._platform
        return dict(signed.payload)

    def code(self, response: httpx.Response) -> tuple[int, str]:
        return response.status_code, self.answer(response)["responseCode"]


@contextmanager
def serving(platform: Platform, endpoint: Endpoint, chains: Chains | None = None) -> Iterator[str]:
    """Run a platform's service in a thread; yields its base URL."""
    found = server(platform, endpoint, chains)
    thread = threading.Thread(target=found.run)
    thread.start()
    try:
        until(lambda: found.started)
        port = found.servers[0].sockets[0].getsockname()[1]
        yield f"https://localhost:{port}"
    finally:
        found.should_exit = True
        thread.join()


@dataclass
class Receiving:
    """A platform that receives, and what it stands on."""

    url: str
    wire: Wire
    register: Register
    store: Store


class Place:
    """Certificates on disk, from which platforms are opened."""

    def __init__(self, home: Path, authority: str = "ca.platforms.example") -> None:
        self.home = home
        self.authority = Authority(authority)
        (home / "roots.pem").write_bytes(self.authority.certificate)
        self.server_key, self.server_certificate = write_pair(self.authority.issue(), home, "server")
        self.client_key, self.client_certificate = write_pair(self.authority.issue("sender"), home, "client")

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.server_certificate, self.server_key, self.home / "roots.pem")

    def tls(self) -> ssl.SSLContext:
        return tls_context(self.client_certificate, self.client_key, self.home / "roots.pem")

    @contextmanager
    def receiving(
        self,
        keys: Keys,
        code: str = THERE,
        register: Register | None = None,
        chains: Callable[[Store], Chains] | None = None,
    ) -> Iterator[Receiving]:
        register = register or Register.of_examples()
        store = Store.open(f"{code}.db", self.home)
        platform = Platform(code, keys.signers[code], keys.platforms, keys.carriers, store, register)
        with serving(platform, self.endpoint, None if chains is None else chains(store)) as url:
            wire = Wire(url, self.tls(), keys.platforms, code)
            try:
                yield Receiving(url, wire, register, store)
            finally:
                wire.client.close()
        store.close()


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()
