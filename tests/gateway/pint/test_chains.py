"""GET /endorsement-chains: for the parties of a title that has crossed, told from its signed entries and the ledger."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, delete

from tests.gateway.conftest import USER
from tests.gateway.contracts import TITLE, Contracts, title
from tests.gateway.pint.test_bad_requests import problem
from tests.support.dcsa import FOLDER, violations
from tests.support.loopback_gateway import Script
from tests.support.pint import CHECKSUM, DOCUMENT, HERE, THERE, Keys, Letters, Place, Receiving, party, transaction
from tests.support.trade import BANK, IMPORTER
from tradelane.gateway import client
from tradelane.gateway.client import Gateway
from tradelane.gateway.dcsa import checksums
from tradelane.gateway.errors import InputError
from tradelane.gateway.pint.chains import Chains, Filter, readers_of
from tradelane.gateway.pint.http import tls_context
from tradelane.gateway.pint.receiving import Accepted
from tradelane.gateway.pint.store import REFERENCES, Held, Store
from tradelane.gateway.retry import NO_RETRY

REFERENCE = DOCUMENT["transportDocumentReference"]


@pytest.fixture
def contracts(script: Script) -> Contracts:
    script.chaincode = found = Contracts()
    return found


@pytest.fixture
def operator(profile: Path, contracts: Contracts) -> Iterator[Gateway]:
    with client.connect(profile, USER, retry=NO_RETRY) as found:
        yield found


def crossed(store: Store, entries: list[str], *, here: bool) -> None:
    held = Held(CHECKSUM, tuple(entries), here=here, document=DOCUMENT, title_id=TITLE, holder=BANK, version=1)
    store.accept(None, held, "0" * 64, Accepted(entries[-1], ()))


@pytest.fixture
def offered(place: Place, keys: Keys, operator: Gateway) -> Iterator[Receiving]:
    readers = readers_of({"shcarrier": [place.client_certificate]})
    with place.receiving(keys, HERE, chains=lambda s: Chains(HERE, keys.platforms, s, operator, readers)) as found:
        yield found


def away(contracts: Contracts) -> None:
    abroad = {
        "operator": {"partyId": "hkbank", "mspId": "HongKongMSP"},
        "platform": THERE,
        "entry": "1" * 64,
        "since": "2026-03-02T00:00:00.000Z",
    }
    shown: dict[str, Any] = title(abroad=abroad)
    contracts.answers["ebl:show"] = {name: value for name, value in shown.items() if name != "possessor"}


def asked(at: Receiving, reference: str = REFERENCE, **query: str) -> Any:
    return at.wire.client.get(f"/endorsement-chains/{reference}", params=query)


def test_a_party_of_the_title_gets_its_chain(offered: Receiving, contracts: Contracts, letters: Letters) -> None:
    away(contracts)
    crossed(offered.store, [letters.first()], here=False)
    response = asked(offered)
    (chain,) = response.json()
    if FOLDER is not None:
        assert violations("END", "EndorsementChain", chain) == []
    assert (response.status_code, response.headers["API-Version"]) == (200, "3.0.4")
    assert [link["actionCode"] for link in chain["endorsementChain"]] == ["TRANSFER", "ISSUE"]
    assert chain["transportDocumentReference"] == REFERENCE
    assert offered.wire.client.get(f"/v3/endorsement-chains/{REFERENCE}").json() == [chain]


def test_what_was_done_abroad_and_here_since_is_in_it(
    offered: Receiving, contracts: Contracts, letters: Letters, keys: Keys
) -> None:
    there = Letters(keys, THERE)
    moved = transaction("TRANSFER", party(IMPORTER, THERE), party(BANK, HERE), at=120)
    entries = there.then([letters.first()], moved)
    crossed(offered.store, entries, here=True)
    by = checksums.of_signed(entries[-1])
    last = {"actionDateTime": "2026-03-02T00:00:00.000Z", "actor": {"partyId": "hkbank", "mspId": "HongKongMSP"}}
    back = title("hkbank", returnedBy=by, sequence=3, lastAction={**last, "actionCode": "IMPORT"})
    signed = title("hkbank", returnedBy=by, sequence=4, lastAction={**last, "actionCode": "SIGN"})
    versions = [title(), back, signed]
    contracts.answers |= {
        "ebl:show": signed,
        "ebl:history": {"entries": [{"transactionId": f"{n}" * 64, "title": each} for n, each in enumerate(versions)]},
        "party:list": [],
    }
    (chain,) = asked(offered).json()
    assert [link["actionCode"] for link in chain["endorsementChain"]] == ["SIGN", "TRANSFER", "TRANSFER", "ISSUE"]
    assert [link["actor"]["eblPlatform"] for link in chain["endorsementChain"]] == [HERE, THERE, HERE, HERE]


def test_who_is_no_party_of_it_hears_what_everybody_hears(
    offered: Receiving, contracts: Contracts, letters: Letters
) -> None:
    away(contracts)
    crossed(offered.store, [letters.first()], here=False)
    nothing = asked(offered, "NO-SUCH")
    assert (nothing.status_code, problem(nothing)) == (404, "There is no such endorsement chain for you here.")
    shown: Any = contracts.answers["ebl:show"]
    contracts.answers["ebl:show"] = {**shown, "parties": ["shexporter", "hkbank"]}
    response = asked(offered)
    assert (response.status_code, problem(response)) == (404, problem(nothing))


def test_a_platform_that_is_trusted_is_not_yet_a_reader(
    offered: Receiving, contracts: Contracts, letters: Letters, place: Place
) -> None:
    import httpx

    from tests.support.tls import write_pair

    away(contracts)
    crossed(offered.store, [letters.first()], here=False)
    key, certificate = write_pair(place.authority.issue("another"), place.home, "another")
    context = tls_context(certificate, key, place.home / "roots.pem")
    with httpx.Client(base_url=offered.url, verify=context, trust_env=False) as other:
        assert other.get(f"/endorsement-chains/{REFERENCE}").status_code == 404


def test_without_readers_there_is_no_such_route(receiving: Receiving) -> None:
    assert receiving.wire.client.get(f"/endorsement-chains/{REFERENCE}").status_code == 404


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Filter(), True),
        (Filter(sub_reference="2"), True),
        (Filter(sub_reference="3"), False),
        (Filter(scac="YMLU"), True),
        (Filter(scac="MAEU"), False),
    ],
)
def test_chains_are_filtered(wanted: Filter, fits: bool) -> None:
    document = {"transportDocumentSubReference": "2", "carrierCode": "YMLU", "carrierCodeListProvider": "NMFTA"}
    assert wanted.fits(document) is fits
    assert Filter(scac="YMLU").fits({**document, "carrierCodeListProvider": "SMDG"}) is False


def test_a_certificate_belongs_to_one_party(place: Place, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="belongs to both"):
        readers_of({"one-party": [place.client_certificate], "another": [place.client_certificate]})
    with pytest.raises(InputError, match="no certificate"):
        readers_of({"one-party": [tmp_path / "absent.pem"]})


@pytest.mark.parametrize("opened_anew", [False, True])
def test_titles_of_an_earlier_release_are_known_by_reference(
    tmp_path: Path, letters: Letters, *, opened_anew: bool
) -> None:
    store = Store.open("pint.db", tmp_path)
    crossed(store, [letters.first()], here=True)
    with create_engine(f"sqlite:///{tmp_path / 'pint.db'}").begin() as connection:
        connection.execute(delete(REFERENCES))
    assert store.titles_of(REFERENCE) == ()
    if opened_anew:
        store.close()
        store = Store.open("pint.db", tmp_path)
    else:
        held = store.title(CHECKSUM)
        assert held is not None
        store.answered(held, held, "RECE", "signed")
    assert [each.title_id for each in store.titles_of(REFERENCE)] == [TITLE]
    store.close()
