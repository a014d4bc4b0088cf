"""The official clients and ours on one network: with nothing but a bundle, and with transactions that change hands."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.interop.official import Official, OfficialError
from tests.support.identifiers import fresh_lei
from tests.support.told import Told
from tradelane.gateway import Gateway, connect, offline, parties
from tradelane.gateway.errors import AccessDenied
from tradelane.gateway.identity import Identity
from tradelane.model.events import EVENT_NAME

pytestmark = pytest.mark.network

ORG, MSP, OTHER_MSP = "shanghai", "ShanghaiMSP", "HongKongMSP"
ADMIN = "admin"
S = TypeVar("S", bound=offline.Signable)


@pytest.fixture(scope="module")
def bundle(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an organisation hands to its users: all that the official clients get."""
    directory = tmp_path_factory.mktemp("bundle") / ORG
    told.network.bundle(ORG, directory, [ADMIN])
    return directory


@pytest.fixture(params=["node", "go"])
def connecting(request: pytest.FixtureRequest, bundle: Path) -> Iterator[Callable[..., Official]]:
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(Official(request.param, bundle, ADMIN, **options))


@pytest.fixture
def gateway(bundle: Path) -> Iterator[Gateway]:
    with connect(bundle, ADMIN) as gateway:
        yield gateway


@pytest.fixture
def keyless(bundle: Path) -> Iterator[Gateway]:
    """Our client, connected, but without the signing key."""
    with connect(bundle, ADMIN) as gateway:
        whole = gateway._session.identity
        gateway._session.identity = Identity.offline(whole.msp_id, whole.certificate_pem)
        yield gateway


@pytest.fixture
def party() -> str:
    return f"party-{secrets.token_hex(6)}"


def admission(party: str) -> dict[str, Any]:
    """Return the act by which an organisation's administrator admits a party: public request, private name."""
    request = {"lei": fresh_lei(), "partyId": party, "roles": ["TRADER"]}
    return {
        "function": "party:admit",
        "argument": json.dumps(request).encode(),
        "transient": {"name": "遠東貿易 Ltd".encode(), "salt": secrets.token_bytes(32)},
        "organisations": [MSP, OTHER_MSP],
    }


def ours(gateway: Gateway, act: dict[str, Any]) -> offline.Proposal:
    return gateway.run(
        offline.new_proposal(
            act["function"],
            act["argument"],
            transient=act["transient"],
            endorsing_organizations=act["organisations"],
        )
    )


def theirs(official: Official, act: dict[str, Any]) -> offline.Proposal:
    content = official.proposal(
        act["function"], act["argument"], transient=act["transient"], organisations=act["organisations"]
    )
    return offline.Proposal.from_bytes(content)


def signed_here(gateway: Gateway, made: S) -> S:
    return made.signed_by(gateway._session.creator, gateway._session.identity.sign)


def signed_there(official: Official, made: S) -> S:
    return made.with_signature(official.sign(made.digest()))


def test_the_official_client_acts_with_a_bundle_alone(
    connecting: Callable[..., Official], gateway: Gateway, party: str
) -> None:
    official, act = connecting(), admission(party)
    options = {"transient": act["transient"], "organisations": act["organisations"]}
    admitted = json.loads(official.transact(act["function"], act["argument"], **options))
    assert admitted["partyId"] == party
    shown = json.loads(official.query("party:show", json.dumps({"partyId": party}).encode()))
    assert shown["party"] == admitted
    view = gateway.run(parties.show(party))
    assert (view.party.party_id, view.name) == (party, "遠東貿易 Ltd")
    with pytest.raises(OfficialError) as refused:
        official.transact(act["function"], act["argument"], **options)
    assert any("PARTY_EXISTS" in said for said in (refused.value.message, *refused.value.peers))


def test_the_official_client_reads_all_events_with_a_bundle_alone(
    connecting: Callable[..., Official], gateway: Gateway, party: str
) -> None:
    official, act = connecting(), admission(party)
    done = gateway.submit(
        act["function"],
        act["argument"],
        transient=act["transient"],
        endorsing_organizations=act["organisations"],
    )
    request = official.events_request("chaincode", done.block_number)
    (event,) = official.events("chaincode", request, 1)
    assert (event["blockNumber"], event["transactionId"]) == (done.block_number, done.transaction_id)
    assert event["name"] == EVENT_NAME
    for kind in ("blocks", "filteredBlocks", "blocksAndPrivateData"):
        request = official.events_request(kind, done.block_number)
        assert official.events(kind, request, 1) == [{"blockNumber": done.block_number}]


def test_made_here_signed_there_submitted_here(
    connecting: Callable[..., Official], keyless: Gateway, party: str
) -> None:
    official = connecting()
    proposal = signed_there(official, ours(keyless, admission(party)))
    transaction = signed_there(official, keyless.run(offline.endorse(proposal)))
    commit = signed_there(official, keyless.run(offline.submit(transaction)))
    status = keyless.run(offline.status(commit))
    assert (status.successful, status.transaction_id) == (True, proposal.transaction_id)
    assert json.loads(transaction.result)["partyId"] == party


def test_made_there_signed_here_submitted_there(
    connecting: Callable[..., Official], gateway: Gateway, party: str
) -> None:
    official = connecting(keyless=True)
    proposal = theirs(official, admission(party))
    with pytest.raises(OfficialError):
        official.endorse(proposal.to_bytes())
    endorsed = official.endorse(signed_here(gateway, proposal).to_bytes())
    transaction = offline.Transaction.from_bytes(endorsed)
    assert (transaction.transaction_id, transaction.channel) == (proposal.transaction_id, proposal.channel)
    commit = offline.Commit.from_bytes(official.submit(signed_here(gateway, transaction).to_bytes()))
    status = official.status(signed_here(gateway, commit).to_bytes())
    assert (status["successful"], status["code"]) == (True, 0)
    assert gateway.run(parties.show(party)).party.party_id == party


def test_made_here_signed_here_submitted_there(
    connecting: Callable[..., Official], gateway: Gateway, party: str
) -> None:
    official = connecting(keyless=True)
    proposal = signed_here(gateway, ours(gateway, admission(party)))
    transaction = offline.Transaction.from_bytes(official.endorse(proposal.to_bytes()))
    official.submit(signed_here(gateway, transaction).to_bytes())
    assert gateway.outcome(proposal.transaction_id).successful


def test_made_there_signed_there_submitted_here(
    connecting: Callable[..., Official], keyless: Gateway, party: str
) -> None:
    official = connecting()
    proposal = signed_there(official, theirs(official, admission(party)))
    transaction = signed_there(official, keyless.run(offline.endorse(proposal)))
    commit = keyless.run(offline.submit(transaction))
    # The question for the outcome crosses over, too.
    status = official.status(signed_there(official, commit).to_bytes())
    assert (status["successful"], status["code"]) == (True, 0)


def test_an_evaluation_changes_hands(connecting: Callable[..., Official], gateway: Gateway, keyless: Gateway) -> None:
    official = connecting()
    asked: dict[str, Any] = {"function": "party:list", "argument": b"{}", "transient": {}, "organisations": [MSP]}
    answer = gateway.evaluate(asked["function"], asked["argument"])
    assert keyless.run(offline.evaluate(signed_there(official, ours(keyless, asked)))) == answer
    assert official.evaluate(signed_here(gateway, theirs(official, asked)).to_bytes()) == answer


EVENTS: dict[str, tuple[Callable[..., Any], type[offline.EventsRequest[Any]]]] = {
    "chaincode": (offline.chaincode_events_request, offline.ChaincodeEventsRequest),
    "blocks": (offline.block_events_request, offline.BlockEventsRequest),
    "filteredBlocks": (offline.filtered_block_events_request, offline.FilteredBlockEventsRequest),
    "blocksAndPrivateData": (offline.block_and_private_data_events_request, offline.BlockAndPrivateDataEventsRequest),
}


@pytest.mark.parametrize("kind", EVENTS)
def test_a_request_for_events_made_here_is_served_there(
    connecting: Callable[..., Official], gateway: Gateway, kind: str
) -> None:
    official = connecting(keyless=True)
    request = signed_here(gateway, gateway.run(EVENTS[kind][0](start_block=1)))
    with gateway.events(request) as events:
        ours = [_number(event) for event in islice(events, 2)]
    assert [event["blockNumber"] for event in official.events(kind, request.to_bytes(), 2)] == ours


@pytest.mark.parametrize("kind", EVENTS)
def test_a_request_for_events_made_and_signed_there_is_served_here(
    connecting: Callable[..., Official], keyless: Gateway, kind: str
) -> None:
    official = connecting()
    request = EVENTS[kind][1].from_bytes(official.events_request(kind, 1))
    signed = signed_there(official, request)
    with keyless.events(signed) as events:
        ours = [_number(event) for event in islice(events, 2)]
    assert [event["blockNumber"] for event in official.events(kind, signed.to_bytes(), 2)] == ours


def _number(event: Any) -> int:
    found = getattr(event, "block", event)
    return int(found.block_number if hasattr(found, "block_number") else found.number)


def test_what_was_altered_on_the_way_is_refused(
    connecting: Callable[..., Official], gateway: Gateway, keyless: Gateway, party: str
) -> None:
    official = connecting()
    proposal = ours(keyless, admission(party))
    other = ours(keyless, admission(f"{party}-x"))
    swapped = proposal.with_signature(official.sign(other.digest()))
    with pytest.raises(AccessDenied):
        keyless.run(offline.endorse(swapped))
