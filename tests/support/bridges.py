"""Two TradeLane platforms on one channel: each with an operator, a database, keys and certificates of its own."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from examples.story.acts import issuance_request
from tests.support.identifiers import fresh_lei
from tests.support.pint import Place, Wire, serving
from tests.support.told import Told
from tests.support.waiting import until
from tradelane.gateway import Gateway, Refused, connect, ebl, parties
from tradelane.gateway.dcsa import checksums, issuance, signing
from tradelane.gateway.dcsa.endorsement_chain import Directory
from tradelane.gateway.dcsa.issuance import Visualisation
from tradelane.gateway.dcsa.messages import ActingParty
from tradelane.gateway.dcsa.signing import TrustedKeys
from tradelane.gateway.errors import TransferPending
from tradelane.gateway.pint.chains import Chains
from tradelane.gateway.pint.channel import ChannelRegistry
from tradelane.gateway.pint.departure import Departure, forward
from tradelane.gateway.pint.home import Home, Operator, Peer, Settings, Tls
from tradelane.gateway.pint.http import Sender
from tradelane.gateway.pint.platform import Platform
from tradelane.gateway.pint.sending import Outcome, Reply
from tradelane.gateway.pint.store import Held, Store
from tradelane.model.title import TitleRecord
from tradelane.network import Role, User

CARRIER, EXPORTER, BANK, IMPORTER = "jianghai-line", "wusong-textiles", "victoria-bank", "lantau-imports"
OUTSIDER = "kowloon-trading"
HERE, THERE = "TRDL", "WAVE"
HOMES = {HERE: "hongkong", THERE: "shanghai"}
AUTHORITIES = {"hongkong": "hk-authority", "shanghai": "sh-authority"}


class Cast(Protocol):
    """Who takes part."""

    def as_party(self, party_id: str) -> Gateway: ...

    def operator(self, organisation: str) -> tuple[str, Gateway]: ...


@dataclass
class Instance:
    """One platform.

    Attributes:
        home: Its directory.
        store: Its database.
        operator: The connection of its own party, at home in another organisation than the other platform's.
        place: Its certificates.
    """

    home: Home
    store: Store
    operator: Gateway
    place: Place


@dataclass
class Bridge:
    """Both, and what travels between them."""

    cast: Cast
    instances: Mapping[str, Instance]
    carrier_key: signing.Signer

    @contextmanager
    def receiving(self, code: str, store: Store | None = None, chains: Chains | None = None) -> Iterator[str]:
        """Serve a platform, with its own database or another; yields its URL."""
        its = self.instances[code]
        platform = Platform(
            code,
            its.home.signer,
            its.home.platforms,
            its.home.carriers,
            store or its.store,
            self.registry(code),
        )
        with serving(platform, its.place.endpoint, chains) as url:
            yield url

    @contextmanager
    def sender(self, to: str) -> Iterator[Sender]:
        """Serve a platform; yields how the other one reaches it, with its own certificate."""
        with self.receiving(to) as url, Sender(url, self.instances[other(to)].place.tls()) as found:
            yield found

    @contextmanager
    def wire(self, to: str = THERE, store: Store | None = None, chains: Chains | None = None) -> Iterator[Wire]:
        """Serve a platform; yields plain requests at it by the other one."""
        with self.receiving(to, store, chains) as url:
            its = self.instances[other(to)]
            found = Wire(url, its.place.tls(), its.home.platforms, to)
            try:
                yield found
            finally:
                found.client.close()

    def registry(self, code: str) -> ChannelRegistry:
        return ChannelRegistry(self.instances[code].operator, self.instances[code].home.settings.registry)

    def fresh_store(self, name: str) -> Store:
        """Return an empty database of the other platform's."""
        return Store.open(f"{name}-{secrets.token_hex(4)}.db", self.instances[THERE].place.home)

    def party(self, party_id: str, platform: str) -> ActingParty:
        names = Directory.of(platform, self.instances[HERE].operator.run(parties.list_parties()))
        return names.party(names.parties[party_id].party.ref)

    def issued(self, visualisation: bytes | None = None) -> tuple[TitleRecord, str]:
        """Have the carrier sign and issue a title to the exporter; returns it with the carrier's manifest."""
        asked = issuance_request()
        rendered = None if visualisation is None else Visualisation("bill.pdf", visualisation)
        signed = issuance.request_of(asked["document"], asked["issueTo"], self.carrier_key, visualisation=rendered)
        done = self.cast.as_party(CARRIER).run(ebl.issue(signed))
        self.seen_by(EXPORTER, done.result)
        return done.result, signed["issuanceManifestSignedContent"]

    def departure(self, holder: str) -> Departure:
        its = self.instances[HERE]
        return Departure(its.home, its.store, self.cast.as_party(holder), its.operator)

    def title(self, title_id: str) -> TitleRecord:
        return self.instances[HERE].operator.run(ebl.show(title_id))

    def seen_by(self, party_id: str, title: TitleRecord) -> Gateway:
        """Wait until a party's own peer knows this version of a title; returns its connection."""
        gateway = self.cast.as_party(party_id)

        def known() -> bool:
            with suppress(Refused):
                return gateway.run(ebl.show(title.title_id)).sequence >= title.sequence
            return False

        until(known)
        return gateway

    def known_there(self, title: TitleRecord) -> None:
        """Wait until the other platform's peer knows this version of a title that has left once."""
        first, operator = checksums.of_signed(self.held(title.title_id).chain[0]), self.instances[THERE].operator

        def known() -> bool:
            view = operator.run(ebl.find_exit(first))
            return view is not None and view.sequence >= title.sequence

        until(known)

    def held(self, title_id: str) -> Held:
        found = self.instances[HERE].store.title_by_id(title_id)
        assert found is not None
        return found

    def leave(self, title: TitleRecord, holder: str = EXPORTER, **more: Any) -> Outcome:
        """Send a title to the importer at the other platform."""
        with self.sender(THERE) as sender:
            recipient = more.pop("recipient", None) or self.party(IMPORTER, THERE)
            return self.departure(holder).send(title.title_id, THERE, recipient, sender.run, **more)

    def out(self, title: TitleRecord, holder: str = EXPORTER, **more: Any) -> dict[str, Any]:
        """Let a title out without an answer; returns the envelope."""
        recipient = more.pop("recipient", None) or self.party(IMPORTER, THERE)
        with suppress(TransferPending):
            self.departure(holder).send(title.title_id, THERE, recipient, silent, **more)
        self.known_there(self.title(title.title_id))
        sending = self.instances[HERE].store.sending(self.held(title.title_id).document_checksum)
        assert sending is not None
        return sending.envelope

    def come_back(self, document_checksum: str, to: str, by: str = IMPORTER, **more: Any) -> Outcome:
        its = self.instances[THERE]
        held = its.store.title(document_checksum)
        assert held is not None
        with self.sender(HERE) as sender:
            return forward(
                its.home,
                its.store,
                held,
                self.party(by, THERE),
                HERE,
                self.party(to, HERE),
                sender.run,
                **more,
            )


def other(code: str) -> str:
    return THERE if code == HERE else HERE


def silent(steps: Any) -> Outcome:
    """A receiver that does not answer."""
    next(steps)
    while True:
        steps.send(Reply(0))


@contextmanager
def bridge_of(cast: Cast, directory: Path, registry: str | None = None) -> Iterator[Bridge]:
    """Set up both platforms; `registry` is the channel's name where no first block is there to make it of."""
    carrier_key = signing.generate()
    signers = {code: signing.generate() for code in (HERE, THERE)}
    platforms = TrustedKeys({code: [signing.published(key)] for code, key in signers.items()})
    carriers = TrustedKeys({"JHL": [signing.published(carrier_key)]})
    for code in (HERE, THERE):
        (directory / code).mkdir()
    places = {code: Place(directory / code, f"ca.{code.lower()}.example") for code in (HERE, THERE)}
    roots = b"".join(place.authority.certificate for place in places.values())
    with ExitStack() as stack:
        instances = {}
        for code, place in places.items():
            (place.home / "roots.pem").write_bytes(roots)
            operator, gateway = cast.operator(HOMES[code])
            settings = Settings(
                platform=code,
                registry=registry,
                operator=Operator(party_id=operator, profile="unused", user="unused"),
                tls=Tls(certificate="client-cert.pem", key="client-key.pem", roots="roots.pem"),
                peers={other(code): Peer(url="https://localhost", keys=())},
            )
            store = Store.open("pint.db", place.home)
            stack.callback(store.close)
            home = Home(place.home, settings, signers[code], platforms, carriers)
            instances[code] = Instance(home, store, gateway, place)
        yield Bridge(cast, instances, carrier_key)


@dataclass
class NetworkCast:
    """The parties of a network on which the story was told, and operators."""

    told: Told
    stack: ExitStack

    def as_party(self, party_id: str) -> Gateway:
        return self.told.cast.as_party(party_id)

    def operator(self, organisation: str) -> tuple[str, Gateway]:
        """Admit and license a party as PLATFORM; returns its id and its connection."""
        name = f"bridge-{secrets.token_hex(4)}"
        self.told.network.add_user(organisation, User(name, Role.SIGNER, name))
        admitted = parties.admit(name, lei=fresh_lei(), name=f"Bridge of {organisation}", roles=["PLATFORM"])
        self.told.cast.as_admin(organisation).run(admitted)
        self.as_party(AUTHORITIES[organisation]).run(parties.licence(name, role="PLATFORM"))
        profile = self.told.network.paths.profile(organisation).root
        return name, self.stack.enter_context(connect(profile, name))
