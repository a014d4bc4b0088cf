"""The real network: users, bundles and the commands an administrator types."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from typer.testing import CliRunner, Result

from tests.support.waiting import until
from tradelane.network import Network, Role, User, process
from tradelane.network.certificates import read_certificate
from tradelane.network.cli import app
from tradelane.network.errors import BundleRefused, EndpointFailed, NodeUnknown, OrganisationUnknown, UserExists

pytestmark = pytest.mark.network

ATTRIBUTES = x509.ObjectIdentifier("1.2.3.4.5.6.7.8.1")


def run(network: Network, *arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"TRADELANE_HOME": str(network.paths.root)})


@pytest.fixture(scope="module")
def member(network: Network) -> Path:
    """A user of the Hong Kong organisation, certified once for this module."""
    place = network.paths.profile("hongkong").user("test-member")
    if not place.record.exists():
        network.add_user("hongkong", User("test-member", Role.SIGNER, "victoria-bank"))
    return place.root


def attributes(certificate: x509.Certificate) -> dict[str, str]:
    extension = certificate.extensions.get_extension_for_oid(ATTRIBUTES).value
    assert isinstance(extension, x509.UnrecognizedExtension)
    return dict(json.loads(extension.value)["attrs"])


def units(certificate: x509.Certificate) -> list[str]:
    return [
        str(part.value)
        for part in certificate.subject.get_attributes_for_oid(x509.oid.NameOID.ORGANIZATIONAL_UNIT_NAME)
    ]


def test_a_user_is_certified_with_party_and_role(member: Path) -> None:
    certificate = read_certificate(member / "cert.pem")
    found = attributes(certificate)
    assert (found["tradelane.party"], found["tradelane.role"]) == ("victoria-bank", "signer")
    assert units(certificate) == ["client"]
    record = json.loads((member / "user.json").read_bytes())
    assert record == {"name": "test-member", "partyId": "victoria-bank", "role": "signer"}
    assert {path.name for path in member.iterdir()} == {
        "cert.pem", "key.pem", "tls-cert.pem", "tls-key.pem", "user.json",
    }  # fmt: skip


def test_the_admin_of_each_organisation_is_one_by_unit(network: Network) -> None:
    for organisation in network.topology.with_peer:
        certificate = read_certificate(network.paths.profile(organisation.name).user("admin").certificate)
        assert units(certificate) == ["admin"]
        assert "tradelane.party" not in attributes(certificate)


@pytest.mark.usefixtures("member")
def test_a_name_is_given_once(network: Network) -> None:
    with pytest.raises(UserExists, match="exists already"):
        network.add_user("hongkong", User("test-member", Role.VIEWER, "another"))


def test_a_name_whose_keys_are_gone_is_not_certified_again(network: Network) -> None:
    place = network.paths.profile("shanghai").user("test-lost")
    if not place.root.exists():
        network.add_user("shanghai", User("test-lost", Role.VIEWER, "pudong-trading"))
    place.record.unlink(missing_ok=True)
    with pytest.raises(UserExists, match="its keys are not here"):
        network.add_user("shanghai", User("test-lost", Role.SIGNER, "pudong-trading"))


def test_no_users_for_an_organisation_without_a_peer(network: Network) -> None:
    with pytest.raises(OrganisationUnknown):
        network.add_user("operator", User("alice", Role.SIGNER, "victoria-bank"))


def test_without_its_ca_no_user_is_added(network: Network) -> None:
    process.stop([network.paths.process("ca.hongkong")])
    try:
        with pytest.raises(EndpointFailed):
            network.add_user("hongkong", User("test-too-late", Role.SIGNER, "victoria-bank"))
        assert not network.paths.profile("hongkong").user("test-too-late").root.exists()
    finally:
        network.up()


def files_of(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("member")
def test_a_bundle_is_the_organisations_profile_and_nothing_else(network: Network, tmp_path: Path) -> None:
    network.bundle("hongkong", tmp_path / "bundle")
    bundled = files_of(tmp_path / "bundle")
    assert bundled == files_of(network.paths.profile("hongkong").root)
    own = set(bundled.values())
    others = [
        path.read_bytes()
        for path in network.paths.root.rglob("*key.pem")
        if network.paths.profile("hongkong").root not in path.parents
    ]
    assert len(others) > 30
    assert not own & set(others)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "bundle").rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_a_bundle_of_one_user_holds_nobody_elses_keys(network: Network, tmp_path: Path) -> None:
    assert network.bundle("hongkong", tmp_path / "bundle", ["admin"]) == ("admin",)
    assert [path.name for path in (tmp_path / "bundle" / "users").iterdir()] == ["admin"]
    with pytest.raises(BundleRefused, match="no user nobody"):
        network.bundle("hongkong", tmp_path / "other", ["nobody"])
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("taken", ["file", "directory"])
def test_a_bundle_never_mixes_with_other_files(network: Network, tmp_path: Path, taken: str) -> None:
    target = tmp_path / "taken"
    if taken == "directory":
        target.mkdir()
        (target / "mine").write_text("mine")
    else:
        target.write_text("mine")
    with pytest.raises(BundleRefused, match="not an empty directory"):
        network.bundle("hongkong", target)
    with pytest.raises(BundleRefused, match="cannot be used"):
        network.bundle("hongkong", Path("/sys/bundle"))


def test_status_ends_with_zero_only_if_all_is_well(network: Network) -> None:
    well = run(network, "status", "--json")
    assert well.exit_code == 0
    assert json.loads(well.stdout)["well"] is True
    process.stop([network.paths.process("orderer0.operator")])
    try:
        ill = run(network, "status", "--json")
        assert ill.exit_code == 1
        found = {node["name"]: node for node in json.loads(ill.stdout)["nodes"]}
        assert found["orderer0.operator"]["problems"] == ["does not run"]
        assert "orderer0.operator: does not run" in run(network, "status").stdout
    finally:
        network.up()


def test_status_tells_what_an_administrator_asks(network: Network) -> None:
    def agreed() -> list[dict[str, Any]] | None:
        """The nodes, once the last block of an earlier test has come to all of them."""
        found = json.loads(run(network, "status", "--json").stdout)["nodes"]
        return found if len({node["height"] for node in found if node["kind"] in ("peer", "orderer")}) == 1 else None

    nodes = until(agreed)
    assert [node["leader"] for node in nodes if node["kind"] == "orderer"].count(True) == 1
    assert all(node["reachable"] for node in nodes if node["kind"] == "chaincode")
    assert all(node["expires"].endswith("Z") and node["pid"] and node["endpoint"] for node in nodes)
    text = run(network, "status").stdout
    assert all(node["name"] in text for node in nodes)
    assert "All is well." in text


def test_logs_shows_the_last_lines_of_a_node(network: Network) -> None:
    shown = run(network, "logs", "peer0.hongkong", "--lines", "3")
    assert shown.exit_code == 0
    assert len(shown.stdout.splitlines()) == 3
    with pytest.raises(NodeUnknown, match=r"it has: ca\.hongkong"):
        network.log("peer7.hongkong")
