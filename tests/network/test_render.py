"""What the rendered configurations must say, whatever else they say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tradelane.network import files, render_authority, render_channel, render_nodes, users
from tradelane.network.nodes import Kind, NodeFactory
from tradelane.network.paths import HomePaths
from tradelane.network.topology import Topology

ROOTS = render_nodes.Roots(Path("/own.pem"), (Path("/other.pem"),))


@pytest.fixture
def configurations(topology: Topology, home: HomePaths) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for each in topology.organisations:
        paths, ports = home.organisation(each.name), topology.ports(each)
        made.append(render_nodes.peer(each, ports, paths.peer, ROOTS, home.builder))
        made.append(render_nodes.orderer(each, ports, paths.orderer, ROOTS))
        made.append(render_authority.server(paths.authority, ports, "password"))
    return made


def leaves(tree: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    match tree:
        case dict():
            for name, branch in tree.items():
                yield from leaves(branch, (*path, str(name)))
        case list():
            for branch in tree:
                yield from leaves(branch, path)
        case _:
            yield ".".join(path).lower(), tree


def test_every_server_listens_on_the_loopback_interface_only(configurations: list[dict[str, Any]]) -> None:
    for configuration in configurations:
        addresses = [value for name, value in leaves(configuration) if name.endswith("address")]
        assert addresses
        assert all(str(address).startswith("127.0.0.1") for address in addresses)


def test_tls_is_on_everywhere_and_clients_must_show_a_certificate(configurations: list[dict[str, Any]]) -> None:
    for configuration in configurations:
        tls = [(name, value) for name, value in leaves(configuration) if ".tls." in f".{name}"]
        demands = [value for name, value in tls if name.endswith(("clientauthrequired", "clientcertrequired"))]
        assert demands
        assert all(value is True for value in demands)
        assert all(value is True for name, value in tls if name.endswith("tls.enabled"))


def test_only_the_own_organisation_reaches_the_administrators_endpoints(topology: Topology, home: HomePaths) -> None:
    each = topology.organisations[0]
    paths, ports = home.organisation(each.name), topology.ports(each)
    peer = render_nodes.peer(each, ports, paths.peer, ROOTS, home.builder)
    orderer = render_nodes.orderer(each, ports, paths.orderer, ROOTS)
    assert peer["operations"]["tls"]["clientRootCAs"]["files"] == ["/own.pem"]
    assert orderer["Admin"]["TLS"]["ClientRootCAs"] == orderer["Operations"]["TLS"]["ClientRootCAs"] == ["/own.pem"]
    assert peer["peer"]["tls"]["clientRootCAs"]["files"] == ["/own.pem", "/other.pem"]
    assert orderer["General"]["TLS"]["ClientRootCAs"] == ["/own.pem", "/other.pem"]


def test_a_peer_never_falls_back_to_docker_and_erases_at_once(topology: Topology, home: HomePaths) -> None:
    each = topology.organisations[0]
    peer = render_nodes.peer(each, topology.ports(each), home.organisation(each.name).peer, ROOTS, home.builder)
    assert peer["vm"]["endpoint"] == ""
    assert [builder["path"] for builder in peer["chaincode"]["externalBuilders"]] == [str(home.builder)]
    assert peer["ledger"]["pvtdataStore"]["purgeInterval"] == 1
    assert peer["ledger"]["snapshots"]["rootDir"].startswith(str(home.root))
    assert peer["peer"]["gossip"]["externalEndpoint"] == "127.0.0.1:7051"


def test_the_rendered_ports_are_those_checked_before_the_start(
    configurations: list[dict[str, Any]], nodes: NodeFactory
) -> None:
    checked = {port for node in nodes.of_kind(Kind.AUTHORITY, Kind.ORDERER, Kind.PEER) for port in node.ports.values()}
    assert all(node.ports["requests"] in checked for node in nodes.of_kind(Kind.PEER))
    text = str(configurations)
    assert all(str(port) in text for port in checked)


def test_the_channel_asks_for_a_majority_and_knows_every_anchor(topology: Topology, home: HomePaths) -> None:
    profile = render_channel.configtx(topology, home)["Profiles"][render_channel.PROFILE]
    application, orderer = profile["Application"], profile["Orderer"]
    assert application["Policies"]["Endorsement"] == {
        "Type": "Signature",
        "Rule": "OutOf(2,'HongKongMSP.peer','ShanghaiMSP.peer')",
    }
    assert application["Policies"]["LifecycleEndorsement"]["Rule"] == "MAJORITY Endorsement"
    assert [each["AnchorPeers"][0]["Port"] for each in application["Organizations"]] == [7051, 7151]
    assert [each["Port"] for each in orderer["EtcdRaft"]["Consenters"]] == [7050, 7150, 7250]
    capabilities = [profile["Capabilities"], orderer["Capabilities"], application["Capabilities"]]
    assert capabilities == [{"V3_0": True}, {"V2_0": True}, {"V2_5": True}]


@pytest.mark.parametrize(("organisations", "majority"), [(1, 1), (2, 2), (3, 2), (4, 3)])
def test_the_majority_is_one_of_the_organisations_with_a_peer(
    topology: Topology, home: HomePaths, organisations: int, majority: int
) -> None:
    first = topology.with_peer[0]
    several = tuple(first.model_copy(update={"msp_id": f"Org{number}MSP"}) for number in range(organisations))
    without = tuple(each for each in topology.organisations if not each.peer)
    widened = topology.model_copy(update={"organisations": (*several, *without)})
    application = render_channel.configtx(widened, home)["Profiles"][render_channel.PROFILE]["Application"]
    peers = ",".join(f"'Org{number}MSP.peer'" for number in range(organisations))
    assert application["Policies"]["Endorsement"] == {"Type": "Signature", "Rule": f"OutOf({majority},{peers})"}


def test_no_client_can_sign_a_block_and_no_client_can_endorse(topology: Topology, home: HomePaths) -> None:
    profile = render_channel.configtx(topology, home)["Profiles"][render_channel.PROFILE]
    for each in profile["Orderer"]["Organizations"]:
        assert each["Policies"]["Writers"]["Rule"] == f"OR('{each['ID']}.orderer')"
    for each in profile["Application"]["Organizations"]:
        assert each["Policies"]["Endorsement"]["Rule"] == f"OR('{each['ID']}.peer')"


def test_shared_collections_belong_to_every_organisation_with_a_peer(topology: Topology) -> None:
    made = render_channel.collections(topology)
    assert [each["name"] for each in made] == ["directory", "remarks"]
    for each in made:
        assert each["policy"] == "OR('HongKongMSP.member','ShanghaiMSP.member')"
        assert (each["memberOnlyRead"], each["memberOnlyWrite"]) == (True, True)
        assert each["endorsementPolicy"] == {"channelConfigPolicy": "/Channel/Application/Endorsement"}


def test_a_registrar_can_certify_no_registrar(topology: Topology, home: HomePaths) -> None:
    each = topology.organisations[0]
    paths = home.organisation(each.name).authority
    for configuration in (
        render_authority.server(paths, topology.ports(each), "password"),
        render_authority.enrolment(paths, "password"),
    ):
        attributes = configuration["registry"]["identities"][0]["attrs"]
        assert attributes["hf.Registrar.Attributes"] == "tradelane.*"
        assert attributes["hf.Registrar.DelegateRoles"] == ""
        assert "hf.IntermediateCA" not in attributes


def test_no_command_line_and_no_environment_holds_a_secret(nodes: NodeFactory) -> None:
    for node in nodes.all():
        text = " ".join(node.command) + str({name: value for name, value in node.environment.items() if name != "PATH"})
        assert "pass" not in text.lower()
        assert "key" not in text.lower()


def test_the_second_peer_is_one_of_its_own_that_finds_the_first(topology: Topology, home: HomePaths) -> None:
    each, paths = topology.organisations[0], home.organisation("hongkong")
    ports = topology.ports(each)
    first, second = (
        render_nodes.peer(each, ports, paths.peer_at(number), ROOTS, home.builder, number) for number in (0, 1)
    )
    assert (first["peer"]["id"], second["peer"]["id"]) == ("peer0.hongkong", "peer1.hongkong")
    own = [[value for name, value in leaves(peer) if name.endswith(("listenaddress", "filesystempath"))]
           for peer in (first, second)]  # fmt: skip
    assert not set(own[0]) & set(own[1])
    assert {peer["peer"]["gossip"]["bootstrap"] for peer in (first, second)} == {first["peer"]["address"]}
    assert second["peer"]["gossip"]["externalEndpoint"] == second["peer"]["address"]


def test_a_network_of_two_peers_names_both_to_users_and_to_the_channel(topology: Topology, home: HomePaths) -> None:
    grown = topology.model_copy(
        update={
            "organisations": (topology.organisations[0].model_copy(update={"peers": 2}), *topology.organisations[1:])
        }
    )
    each = grown.organisations[0]
    files.write(home.organisation(each.name).authority.tls_root.certificate, b"root")
    users.write_profile(grown, home, each)
    profile = json.loads(home.profile(each.name).record.read_bytes())
    assert [peer["serverName"] for peer in profile["peers"]] == [
        f"peer{number}.hongkong.tradelane.example" for number in (0, 1)
    ]
    (application,) = (
        profile["Application"]["Organizations"][0]
        for profile in render_channel.configtx(grown, home)["Profiles"].values()
    )
    anchors = {f"{one['Host']}:{one['Port']}" for one in application["AnchorPeers"]}
    assert anchors == {peer["endpoint"] for peer in profile["peers"]}
