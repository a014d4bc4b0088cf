"""Who holds which certificate in an organisation: nodes, the administrator, the chaincode link, the users."""

from __future__ import annotations

from collections.abc import Callable

from tradelane.network import authorities, files, parallel, render_channel
from tradelane.network.authority import Applicant, Authority, AuthorityName, IdentityType
from tradelane.network.certificates import Pair
from tradelane.network.nodes import peer_name
from tradelane.network.paths import HomePaths, MspPaths, TlsPaths
from tradelane.network.render_authority import REGISTRAR
from tradelane.network.topology import Organisation, Topology

ADMINISTRATOR = "network-administrator"


class Registry:
    """Certifies for one organisation, through its registrar."""

    def __init__(self, topology: Topology, home: HomePaths, organisation: Organisation) -> None:
        self._topology = topology
        self._home = home
        self._organisation = organisation

    def enrol_registrar(self, name: AuthorityName) -> None:
        """Have the registrar certified at one of the CAs, with the password from its file."""
        password = self._home.organisation(self._organisation.name).authority.registrar_password.read_text()
        pair = self._reach(name).enrol(Applicant(REGISTRAR), password)
        pair.write(authorities.registrar_place(self._home, self._organisation, name))

    def certify_identity(self, applicant: Applicant) -> Pair:
        """Certify a signing identity.

        Raises:
            AuthorityRefused: The name is taken, or the CA declines for another reason it names.
        """
        return self._certify(AuthorityName.ENROLMENT, applicant)

    def certify_tls(self, name: str, place: TlsPaths, *, server: bool) -> None:
        """Certify a TLS key and write it; a server's answers for its name and the loopback interface."""
        hosts = authorities.hosts(name) if server else ()
        self._certify(AuthorityName.TLS, Applicant(name, hosts=hosts)).write(place)

    def write_msp(self, msp: MspPaths, pair: Pair | None = None) -> None:
        """Write a membership directory: the organisation's roots and, for a member, its own identity."""
        authority = self._home.organisation(self._organisation.name).authority
        for source, target in ((authority.enrolment_root, msp.roots), (authority.tls_root, msp.tls_roots)):
            files.write(target, source.certificate.read_bytes())
        files.write_json(msp.config, render_channel.node_roles())
        if pair:
            pair.write_apart(msp.certificate, msp.key)

    def _certify(self, name: AuthorityName, applicant: Applicant) -> Pair:
        registrar = authorities.registrar(self._home, self._organisation, name)
        return self._reach(name).certify(registrar, applicant)

    def _reach(self, name: AuthorityName) -> Authority:
        return authorities.reach(self._topology, self._home, self._organisation, name)


def enrol_registrars(topology: Topology, home: HomePaths) -> None:
    """Have every organisation's registrar certified at both of its CAs."""
    every = [(organisation, name) for organisation in topology.organisations for name in AuthorityName]
    parallel.each(lambda one: Registry(topology, home, one[0]).enrol_registrar(one[1]), every)


def enrol_nodes(topology: Topology, home: HomePaths) -> None:
    """Certify every node, administrator and chaincode link of every organisation."""
    tasks = [task for organisation in topology.organisations for task in _tasks(topology, home, organisation)]
    parallel.each(lambda task: task(), tasks)


def _tasks(topology: Topology, home: HomePaths, organisation: Organisation) -> list[Callable[[], None]]:
    registry = Registry(topology, home, organisation)
    paths = home.organisation(organisation.name)

    def host(node: str) -> str:
        return topology.host(node, organisation)

    def member(name: str, kind: IdentityType, msp: MspPaths) -> Callable[[], None]:
        return lambda: registry.write_msp(msp, registry.certify_identity(Applicant(name, kind)))

    def tls(name: str, place: TlsPaths, *, server: bool) -> Callable[[], None]:
        return lambda: registry.certify_tls(name, place, server=server)

    tasks = [
        lambda: registry.write_msp(paths.msp),
        member(ADMINISTRATOR, IdentityType.ADMIN, paths.admin.msp),
        tls(ADMINISTRATOR, paths.admin.tls, server=False),
    ]
    if organisation.orderer:
        tasks += [
            member(host("orderer0"), IdentityType.ORDERER, paths.orderer.msp),
            tls(host("orderer0"), paths.orderer.tls, server=True),
        ]
    if organisation.peer:
        for number in range(organisation.peers):
            name, place = host(peer_name(number)), paths.peer_at(number)
            tasks += [member(name, IdentityType.PEER, place.msp), tls(name, place.tls, server=True)]
        tasks += [
            tls(host("chaincode"), paths.chaincode.server, server=True),
            tls(host("peer0-to-chaincode"), paths.chaincode.client, server=False),
        ]
    return tasks
