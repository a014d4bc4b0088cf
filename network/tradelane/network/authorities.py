"""An organisation's two CAs: their roots, their configuration, and how they are reached."""

from __future__ import annotations

import secrets

from tradelane.network import certificates, files, render_authority
from tradelane.network.authority import Authority, AuthorityName
from tradelane.network.certificates import Pair
from tradelane.network.https import Endpoint
from tradelane.network.paths import HomePaths, TlsPaths
from tradelane.network.topology import LOOPBACK, Organisation, Topology


def make(topology: Topology, home: HomePaths, organisation: Organisation) -> None:
    """Make the roots of both CAs, the server's certificate and the configuration of the process."""
    paths = home.organisation(organisation.name).authority
    ports = topology.ports(organisation)
    roots = {}
    for name, place in ((AuthorityName.TLS, paths.tls_root), (AuthorityName.ENROLMENT, paths.enrolment_root)):
        subject = topology.host(name.value, organisation)
        roots[name] = certificates.new_root(subject, organisation.msp_id, organisation.country)
        roots[name].write(place)
    host = topology.host("ca-server", organisation)
    certificates.new_server(roots[AuthorityName.TLS], host, hosts(host)).write(paths.tls)
    password = secrets.token_urlsafe(24)
    files.write(paths.registrar_password, password)
    files.write_json(paths.config, render_authority.server(paths, ports, password))
    files.write_json(paths.enrolment_config, render_authority.enrolment(paths, password))


def reach(topology: Topology, home: HomePaths, organisation: Organisation, name: AuthorityName) -> Authority:
    """One of the organisation's CAs, to send requests to."""
    paths = home.organisation(organisation.name).authority
    return Authority(name, Endpoint(topology.ports(organisation).ca, paths.tls_root.certificate))


def registrar(home: HomePaths, organisation: Organisation, name: AuthorityName) -> Pair:
    """The registrar's identity at one of the organisation's CAs."""
    return certificates.read_pair(registrar_place(home, organisation, name))


def registrar_place(home: HomePaths, organisation: Organisation, name: AuthorityName) -> TlsPaths:
    """Where the registrar's identity lies."""
    return home.organisation(organisation.name).authority.registrar(name.value)


def hosts(name: str) -> tuple[str, ...]:
    """What a server's certificate answers for: its own name and this machine's loopback."""
    return (name, "localhost", LOOPBACK)
