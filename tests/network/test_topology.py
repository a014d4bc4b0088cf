"""The topology: what ships, what may be changed by data alone, and what is refused."""

import json
from pathlib import Path

import pytest

from tradelane.network.errors import OrganisationUnknown, TopologyInvalid
from tradelane.network.ports import ephemeral_range
from tradelane.network.topology import Ports, Topology, load

SINGAPORE = """
[[organisations]]
name = "singapore"
msp_id = "SingaporeMSP"
country = "SG"
"""
HEAD = 'channel = "trade"\nchaincode = "tradelane"\ndomain = "tradelane.example"\n'
ONE = '[[organisations]]\nname = "hongkong"\nmsp_id = "HongKongMSP"\ncountry = "HK"\n'


def written(folder: Path, text: str) -> Path:
    file = folder / "topology.toml"
    file.write_text(text)
    return file


def test_the_built_in_network_has_two_jurisdictions_and_three_consenters(topology: Topology) -> None:
    assert [each.msp_id for each in topology.with_peer] == ["HongKongMSP", "ShanghaiMSP"]
    assert [each.name for each in topology.with_orderer] == ["hongkong", "shanghai", "operator"]
    assert (topology.channel, topology.chaincode) == ("trade", "tradelane")


def test_all_ports_differ_and_keep_out_of_the_kernels_own_range(topology: Topology) -> None:
    every = [port for each in topology.organisations for port in topology.ports(each).model_dump().values()]
    assert len(set(every)) == len(every) == len(Ports.model_fields) * 3
    low, high = ephemeral_range()
    assert not [port for port in every if low <= port <= high]


def test_the_ports_move_with_the_base_port(topology: Topology) -> None:
    moved = topology.at_base_port(20050)
    for each in topology.organisations:
        before, after = topology.ports(each).model_dump(), moved.ports(each).model_dump()
        assert {name: port + 13000 for name, port in before.items()} == after
    assert topology.at_base_port(None) is topology


def test_a_third_jurisdiction_is_added_by_data_alone(tmp_path: Path, topology: Topology) -> None:
    shipped = Path(str(__import__("tradelane.network.topology", fromlist=["x"]).__file__)).with_name("topology.toml")
    grown = load(written(tmp_path, shipped.read_text() + SINGAPORE))
    assert [each.name for each in grown.with_peer] == ["hongkong", "shanghai", "singapore"]
    assert grown.host("peer0", grown.organisation("singapore")) == "peer0.singapore.tradelane.example"
    for each in topology.organisations:  # those who were there keep their ports
        assert grown.ports(grown.organisation(each.name)) == topology.ports(each)


def test_single_ports_may_be_overridden(tmp_path: Path) -> None:
    grown = load(written(tmp_path, HEAD + ONE + "[organisations.ports]\npeer = 9999\n"))
    assert grown.ports(grown.organisations[0]).peer == 9999
    assert grown.ports(grown.organisations[0]).orderer == 7050


def test_an_organisation_may_run_two_peers_and_all_keep_their_other_ports(tmp_path: Path) -> None:
    one, two = (load(written(tmp_path, HEAD + ONE + more)) for more in ("", "peers = 2\n"))
    assert one.ports(one.organisations[0]) == two.ports(two.organisations[0])
    assert [number for _, number in one.every_peer] == [0]
    assert [number for _, number in two.every_peer] == [0, 1]
    ports = two.ports(two.organisations[0])
    assert ports.of_peer(0).requests == 7051
    assert not set(ports.of_peer(0)) & set(ports.of_peer(1))


def test_the_stored_form_reads_back(topology: Topology) -> None:
    stored = json.dumps(topology.model_dump(mode="json", exclude_none=True))
    assert Topology.model_validate(json.loads(stored)) == topology


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("channel = ", "no valid TOML"),
        (HEAD, "organisations"),
        (HEAD + ONE + "peers = 3\n", "peers"),
        (HEAD + ONE + "peers = 0\n", "peers"),
        (HEAD + "organisations = []", "organisations"),
        (HEAD + ONE + ONE, "organisation names must differ"),
        (HEAD + ONE + ONE.replace("hongkong", "kowloon"), "MSP identifiers must differ"),
        (HEAD + ONE + "peer = false\norderer = false", "at least one organisation must run a peer"),
        (HEAD + ONE + "orderer = false", "at least one organisation must run an orderer"),
        (HEAD + ONE + "colour = 'red'", "organisations.0.colour"),
        (HEAD + ONE.replace("HK", "Hongkong"), "organisations.0.country"),
        (HEAD + ONE.replace('"hongkong"', '"../hongkong"'), "organisations.0.name"),
        (HEAD.replace("trade", "Trade") + ONE, "channel"),
        (HEAD + "base_port = 65500\n" + ONE, "base_port 65500 leaves no room"),
        (HEAD + "base_port = '7050'\n" + ONE, "base_port"),
        (HEAD + "base_port = 80\n" + ONE, "base_port"),
        (HEAD + ONE + "[organisations.ports]\npeer = 7050", "ports must differ"),
    ],
)
def test_a_broken_topology_is_refused_by_name_of_the_field(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(TopologyInvalid) as refusal:
        load(written(tmp_path, text))
    assert reason in refusal.value.sentence
    assert refusal.value.sentence.count("\n") == 0


def test_a_missing_topology_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TopologyInvalid, match="cannot be read"):
        load(tmp_path / "absent.toml")


def test_a_base_port_without_room_is_refused(topology: Topology) -> None:
    with pytest.raises(TopologyInvalid, match="--base-port 65500 is refused: base_port"):
        topology.at_base_port(65500)


def test_unknown_organisations_and_those_without_users_are_refused(topology: Topology) -> None:
    with pytest.raises(OrganisationUnknown, match="it has: hongkong, shanghai, operator"):
        topology.organisation("macau")
    with pytest.raises(OrganisationUnknown, match="runs no peer"):
        topology.peer_organisation("operator")
