"""A title leaves the channel for another platform and comes back, over HTTPS and on the real ledger."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from examples.story.acts import issuance_request
from tests.support.dcsa import FOLDER, violations
from tests.support.identifiers import fresh_lei
from tests.support.pint import Place, serving
from tests.support.told import Told
from tests.support.waiting import until
from tradelane.gateway import Gateway, Refused, connect, ebl, parties
from tradelane.gateway.dcsa import checksums, issuance, signing
from tradelane.gateway.dcsa.endorsement_chain import Directory
from tradelane.gateway.dcsa.messages import ActingParty
from tradelane.gateway.dcsa.signing import TrustedKeys
from tradelane.gateway.errors import InputError, TransferPending
from tradelane.gateway.pint.channel import ChannelRegistry
from tradelane.gateway.pint.departure import Attachment, Departure, forward
from tradelane.gateway.pint.home import Home, Operator, Peer, Settings, Tls
from tradelane.gateway.pint.http import Sender
from tradelane.gateway.pint.messages import ResponseCode
from tradelane.gateway.pint.platform import Platform
from tradelane.gateway.pint.sending import Outcome, Reply
from tradelane.gateway.pint.store import Store
from tradelane.gateway.trade.endorsement_chain import endorsement_chain
from tradelane.model.title import TitleRecord
from tradelane.network import Role, User
from tradelane.rules.ebl import Standing, standing_of
from tradelane.rules.refusal import Code

pytestmark = pytest.mark.network

CARRIER, EXPORTER, BANK, IMPORTER = "jianghai-line", "wusong-textiles", "victoria-bank", "lantau-imports"
AUTHORITY = "hk-authority"
HERE, THERE = "TRDL", "WAVE"
INVOICE = Attachment("invoice.pdf", b"%PDF invoice", "application/pdf")


@dataclass
class Bridge:
    """Two platforms: ours, through whose operator titles of the channel go out, and another one."""

    told: Told
    operator: Gateway
    homes: dict[str, Home]
    stores: dict[str, Store]
    place: Place
    carrier_key: signing.Signer

    @contextmanager
    def receiving(self, code: str) -> Iterator[Sender]:
        """Serve a platform; yields how the other one reaches it."""
        home = self.homes[code]
        platform = Platform(
            code, home.signer, home.platforms, home.carriers, self.stores[code], ChannelRegistry(self.operator)
        )
        with serving(platform, self.place.endpoint) as url, Sender(url, self.place.tls()) as sender:
            yield sender

    def party(self, party_id: str, platform: str) -> ActingParty:
        names = Directory.of(platform, self.operator.run(parties.list_parties()))
        return names.party(names.parties[party_id].party.ref)

    def issued(self) -> tuple[TitleRecord, str]:
        """Have the carrier sign and issue a title to the exporter; returns it with the carrier's manifest."""
        asked = issuance_request()
        signed = issuance.request_of(asked["document"], asked["issueTo"], self.carrier_key)
        done = self.told.cast.as_party(CARRIER).run(ebl.issue(signed))
        self.told.cast.as_party(EXPORTER).outcome(done.transaction_id)
        return done.result, signed["issuanceManifestSignedContent"]

    def departure(self, holder: str) -> Departure:
        return Departure(self.homes[HERE], self.stores[HERE], self.told.cast.as_party(holder), self.operator)

    def title(self, title_id: str) -> TitleRecord:
        return self.operator.run(ebl.show(title_id))


@pytest.fixture(scope="module")
def bridge(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    operator, user = f"bridge-{secrets.token_hex(4)}", f"bridge-{secrets.token_hex(4)}"
    told.network.add_user("hongkong", User(user, Role.SIGNER, operator))
    lei = fresh_lei()
    admitted = parties.admit(operator, lei=lei, name="Harbour Bridge Limited", roles=["PLATFORM"])
    told.cast.as_admin("hongkong").run(admitted)
    told.cast.as_party(AUTHORITY).run(parties.licence(operator, role="PLATFORM"))
    profile = told.network.paths.profile("hongkong").root
    place, carrier_key = Place(tmp_path_factory.mktemp("bridge")), signing.generate()
    with ExitStack() as stack:
        gateway = stack.enter_context(connect(profile, user))
        homes = dict(_homes(place.home, operator, str(profile), user, carrier_key))
        stores = {code: Store.open(f"{code}.db", place.home) for code in homes}
        for store in stores.values():
            stack.callback(store.close)
        yield Bridge(told, gateway, homes, stores, place, carrier_key)


def _homes(
    directory: Path, operator: str, profile: str, user: str, carrier_key: signing.Signer
) -> Iterator[tuple[str, Home]]:
    signers = {code: signing.generate() for code in (HERE, THERE)}
    platforms = TrustedKeys({code: [signing.published(key)] for code, key in signers.items()})
    carriers = TrustedKeys({"JHL": [signing.published(carrier_key)]})
    for code, other in ((HERE, THERE), (THERE, HERE)):
        settings = Settings(
            platform=code,
            operator=Operator(party_id=operator, profile=profile, user=user),
            tls=Tls(certificate="client-cert.pem", key="client-key.pem", roots="roots.pem"),
            peers={other: Peer(url="https://localhost", keys=())},
        )
        yield code, Home(directory, settings, signers[code], platforms, carriers)


def leave(bridge: Bridge, title: TitleRecord, manifest: str | None, holder: str = EXPORTER, **more: Any) -> Outcome:
    with bridge.receiving(THERE) as sender:
        recipient = more.pop("recipient", None) or bridge.party(IMPORTER, THERE)
        return bridge.departure(holder).send(
            title.title_id, THERE, recipient, sender.run, issuance_manifest=manifest, **more
        )


def come_back(bridge: Bridge, document_checksum: str, to: str) -> Outcome:
    held = bridge.stores[THERE].title(document_checksum)
    assert held is not None
    with bridge.receiving(HERE) as sender:
        return forward(
            bridge.homes[THERE],
            bridge.stores[THERE],
            held,
            bridge.party(IMPORTER, THERE),
            HERE,
            bridge.party(to, HERE),
            sender.run,
        )


def test_out_and_back_with_an_unbroken_chain(bridge: Bridge) -> None:
    title, manifest = bridge.issued()
    outcome = leave(bridge, title, manifest, attachments=[INVOICE])
    assert (outcome.code, outcome.received) == (ResponseCode.RECE, (checksums.of_bytes(INVOICE.content),))
    away = bridge.title(title.title_id)
    assert standing_of(away) is Standing.EXPORTED
    assert away.abroad is not None
    held = bridge.stores[HERE].title_by_id(title.title_id)
    assert held is not None
    assert away.abroad.entry == checksums.of_signed(held.chain[-1])

    # Nobody disposes of it here meanwhile.
    with pytest.raises(Refused) as refused:
        bridge.told.cast.as_party(EXPORTER).run(ebl.transfer(title.title_id, to=BANK, share=False))
    assert refused.value.reason is Code.WRONG_STATE
    with pytest.raises(InputError, match="Nobody is in control"):
        leave(bridge, title, manifest)

    assert come_back(bridge, held.document_checksum, BANK).code is ResponseCode.RECE
    back = bridge.title(title.title_id)
    assert back.possessor is not None
    assert (standing_of(back), back.possessor.party_id) == (Standing.ISSUED, BANK)
    returned = bridge.stores[HERE].title_by_id(title.title_id)
    assert returned is not None
    assert returned.chain[:1] == held.chain
    assert back.returned_by == checksums.of_signed(returned.chain[1])

    # And out once more: the chain goes on from where it was, with nothing told twice.
    bank = bridge.told.cast.as_party(BANK)
    assert bank.run(ebl.show(title.title_id)).possessor == back.possessor
    assert leave(bridge, back, None, BANK).code is ResponseCode.RECE
    again = bridge.stores[THERE].title(held.document_checksum)
    assert again is not None
    assert again.chain[:2] == returned.chain
    third = bridge.homes[THERE].platforms.verify(again.chain[2]).payload
    assert [each["actionCode"] for each in third["transactions"]] == ["TRANSFER"]


def test_a_double_send_is_disputed_and_changes_nothing(bridge: Bridge) -> None:
    title, manifest = bridge.issued()
    assert leave(bridge, title, manifest).code is ResponseCode.RECE
    held = bridge.stores[HERE].title_by_id(title.title_id)
    assert held is not None
    before = bridge.title(title.title_id)
    # What somebody with the platform's key, but without the ledger, would send: the same title to another party.
    from tradelane.gateway.pint import chain, envelope
    from tradelane.gateway.pint.sending import transfer

    home = bridge.homes[HERE]
    entry = home.platforms.verify(held.chain[0]).payload
    forged = {**entry, "transactions": [*entry["transactions"]]}
    last = dict(forged["transactions"][-1])
    last["recipient"] = bridge.party(BANK, THERE).value()
    forged["transactions"][-1] = last
    value = envelope.build(held.document, [home.signer.sign(forged)], home.signer)
    assert len(chain.verify(value["envelopeTransferChain"], home.platforms, home.carriers).entries) == 1
    with bridge.receiving(THERE) as sender:
        outcome = sender.run(transfer(value, {}, home.platforms, THERE))
    assert outcome.code is ResponseCode.DISE
    assert bridge.title(title.title_id) == before


def test_what_the_other_platform_rejects_is_back_with_its_holder(bridge: Bridge) -> None:
    title, manifest = bridge.issued()
    stranger = bridge.party(IMPORTER, THERE).value()
    stranger["identifyingCodes"] = [{"codeListProvider": "GLEIF", "partyCode": fresh_lei()}]
    outcome = leave(bridge, title, manifest, recipient=ActingParty.model_validate(stranger))
    assert outcome.code is ResponseCode.BENV
    back = bridge.title(title.title_id)
    assert (standing_of(back), back.possessor) == (Standing.ISSUED, title.possessor)
    exporter = bridge.told.cast.as_party(EXPORTER)
    until(lambda: exporter.run(ebl.show(title.title_id)).sequence == back.sequence)
    assert leave(bridge, back, manifest).code is ResponseCode.RECE


def test_a_transfer_without_an_answer_goes_on_with_the_same_envelope(bridge: Bridge) -> None:
    title, manifest = bridge.issued()
    recipient = bridge.party(IMPORTER, THERE)
    departure = bridge.departure(EXPORTER)

    def silent(steps: Any) -> Outcome:
        next(steps)
        while True:
            steps.send(Reply(0))

    with pytest.raises(TransferPending):
        departure.send(title.title_id, THERE, recipient, silent, issuance_manifest=manifest)
    assert standing_of(bridge.title(title.title_id)) is Standing.EXPORTED
    exporter = bridge.told.cast.as_party(EXPORTER)
    until(lambda: exporter.run(ebl.show(title.title_id)).abroad)
    with pytest.raises(InputError, match="on its way to WAVE"):
        departure.send(title.title_id, "IQAX", recipient, silent)
    assert leave(bridge, title, None).code is ResponseCode.RECE


def test_a_refusal_of_the_ledger_leaves_no_trace(bridge: Bridge) -> None:
    title, manifest = bridge.issued()
    with pytest.raises(Refused) as refused:
        leave(bridge, title, manifest, holder=CARRIER)
    assert refused.value.reason is Code.NOT_IN_CONTROL
    assert leave(bridge, title, manifest).code is ResponseCode.RECE


def test_the_exported_chain_fits_dcsas_schema(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    exporter = bridge.told.cast.as_party(EXPORTER)
    (exported,) = exporter.run(endorsement_chain(title.title_id, platform=HERE))
    assert [link["actionCode"] for link in exported["endorsementChain"]] == ["ISSUE"]
    assert exported["endorsementChain"][0]["recipient"]["identifyingCodes"][0]["codeListProvider"] == "GLEIF"
    if FOLDER is not None:
        assert violations("END", "EndorsementChain", exported) == []
