"""fabric-sdk-py 1.0.0 against our chaincode: what still works for its users, and where it ends.

docs/moving-from-fabric-sdk-py.md tells its users the same.
"""

import json
import secrets
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cryptography
import pytest

from tests.interop.fabric_sdk_py import environment
from tests.support.identifiers import fresh_lei
from tests.support.told import Told
from tradelane.gateway import Refused, connect, parties
from tradelane.network import Network
from tradelane.network.authority import AuthorityName

pytestmark = pytest.mark.network

ORG, OTHER = "shanghai", "hongkong"
Ask = Callable[..., Any]


@pytest.fixture
def ask(told: Told, tmp_path: Path) -> Ask:
    """Has fabric-sdk-py query or invoke a function as Shanghai's administrator, on the peers of some organisations."""
    python, network = environment.interpreter(), told.network
    paths = network.paths.profile(ORG)
    user = paths.root / "users" / "admin"

    def ask(do: str, function: str, argument: object, *organisations: str, **more: Any) -> Any:
        request = {
            "do": do,
            "channel": network.topology.channel,
            "chaincode": network.topology.chaincode,
            "function": function,
            "arguments": [json.dumps(argument)],
            "transient": {},
            "waitForEvent": False,
            "peers": [_peer(network, name) for name in organisations],
            "orderers": [_orderer(network)],
            "tls": {"certificate": str(user / "tls-cert.pem"), "key": str(user / "tls-key.pem")},
            "store": str(tmp_path / "store"),
            "user": {
                "name": "admin",
                "organisation": ORG,
                "mspId": "ShanghaiMSP",
                "certificate": str(user / "cert.pem"),
                "key": str(user / "key.pem"),
            },
        }
        done = subprocess.run(
            [python, environment.PROGRAM],
            input=json.dumps(request | more),
            env=environment.VARIABLES,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


def _peer(network: Network, organisation: str) -> dict[str, str]:
    """What a profile says of its peer: another organisation's has to be asked for, for a bundle does not hold it."""
    root = network.paths.profile(organisation).root
    profile = json.loads((root / "profile.json").read_bytes())
    return profile["peers"][0] | {"roots": str(root / profile["tlsRoots"])}  # type: ignore[no-any-return]


def _orderer(network: Network) -> dict[str, str]:
    organisation = network.topology.peer_organisation(ORG)
    return {
        "endpoint": f"127.0.0.1:{network.topology.ports(organisation).orderer}",
        "serverName": network.topology.host("orderer0", organisation),
        "roots": str(network.paths.organisation(ORG).authority.tls_root.certificate),
    }


def admission(party: str) -> dict[str, Any]:
    return {"lei": fresh_lei(), "partyId": party, "roles": ["TRADER"]}


def private() -> dict[str, str]:
    return {"name": b"Sdk Trading Ltd".hex(), "salt": secrets.token_bytes(32).hex()}


def test_a_query_works(ask: Ask, told: Told) -> None:
    listed = json.loads(ask("query", "party:list", {}, ORG)["ok"])
    with connect(told.network.paths.profile(ORG).root, "admin") as gateway:
        assert {each["party"]["partyId"] for each in listed} == {
            each.party.party_id for each in gateway.run(parties.list_parties())
        }


def test_an_invocation_endorsed_by_both_organisations_takes_effect(ask: Ask, told: Told) -> None:
    party = f"sdk-{secrets.token_hex(6)}"
    answer = ask("invoke", "party:admit", admission(party), ORG, OTHER, transient=private(), waitForEvent=True)
    assert json.loads(answer["ok"])["partyId"] == party
    with connect(told.network.paths.profile(ORG).root, "admin") as gateway:
        assert gateway.run(parties.show(party)).party.party_id == party


def test_the_chain_can_be_asked_for_its_height_and_blocks(ask: Ask) -> None:
    height = ask("height", "", {}, ORG)["ok"]
    assert ask("block", "", {}, ORG, block=str(height - 1)) == {"ok": height - 1}


def test_a_refusal_of_an_invocation_comes_back_like_a_result(ask: Ask) -> None:
    party = f"sdk-{secrets.token_hex(6)}"
    asked = admission(party) | {"roles": ["NOBODY"]}
    answer = ask("invoke", "party:admit", asked, ORG, OTHER, transient=private(), waitForEvent=True)
    assert "INVALID_REQUEST" in answer["ok"]


def test_a_refusal_of_a_query_is_an_error_without_a_class(ask: Ask) -> None:
    answer = ask("query", "party:show", {"partyId": "nobody-at-all"}, ORG)
    assert "UNKNOWN_PARTY" in answer["error"]


def test_an_endorsement_too_few_looks_like_success_unless_the_event_is_waited_for(ask: Ask, told: Told) -> None:
    party, other = (f"sdk-{secrets.token_hex(6)}" for _ in range(2))
    answer = ask("invoke", "party:admit", admission(party), ORG, transient=private())
    assert json.loads(answer["ok"])["partyId"] == party
    answer = ask("invoke", "party:admit", admission(other), ORG, transient=private(), waitForEvent=True)
    assert "ENDORSEMENT_POLICY_FAILURE" in answer["error"]
    with connect(told.network.paths.profile(ORG).root, "admin") as gateway:
        for nobody in (party, other):  # the second is in a later block than the first
            with pytest.raises(Refused):
                gateway.run(parties.show(nobody))


def enrolment(network: Network) -> dict[str, Any]:
    """What its `CAService` needs to enrol the registrar."""
    authority = network.paths.organisation(ORG).authority
    port = network.topology.ports(network.topology.organisation(ORG)).ca
    return {
        "do": "enrol",
        "url": f"https://127.0.0.1:{port}",
        "roots": str(authority.tls_root.certificate),
        "ca": AuthorityName.ENROLMENT.value,
        "name": "registrar",
        "secret": authority.registrar_password.read_text().strip(),
    }


def enrolled(network: Network, **variables: str) -> Any:
    done = subprocess.run(
        [environment.interpreter(), environment.PROGRAM],
        input=json.dumps(enrolment(network)),
        env=environment.VARIABLES | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_enrolment_works_with_the_cryptography_of_its_environment(network: Network) -> None:
    answer = enrolled(network)
    assert answer["ok"]["enrolled"].startswith("-----BEGIN CERTIFICATE-----")


def test_enrolment_fails_with_todays_cryptography_before_the_ca_is_asked(network: Network, tmp_path: Path) -> None:
    """It hands over the class of a curve where cryptography wants a curve; what it was pinned to only warned."""
    (tmp_path / "cryptography").symlink_to(Path(cryptography.__file__).parent)
    answer = enrolled(network, PYTHONPATH=str(tmp_path))
    assert "TypeError: curve must be an EllipticCurve instance" in answer["error"]
