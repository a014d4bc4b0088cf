"""Who belongs to an organisation, and in which role: certificates up to the roots in the channel's configuration.

As Fabric's MSP decides it. Like Fabric it does not ask whether a certificate had expired when it signed: the ledger
knows no time that all agree on. `verify` names the certificates that were out of their period by the transaction's
own time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from tradelane.gateway.certificate import units
from tradelane.gateway.errors import ProofError
from tradelane.gateway.ledger import SerializedIdentity

_MAX_CHAIN = 8
_UNREADABLE = (
    ValueError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class Unit:
    """The organisational unit that makes a certificate's holder a client, peer, admin or orderer."""

    name: str
    issuer: x509.Certificate | None
    """The CA that must have issued it, if the configuration says so."""


@dataclass(frozen=True, slots=True)
class Member:
    """A signer who belongs to an organisation."""

    msp_id: str
    role: str
    """client, peer, admin or orderer; `member` where the organisation does not tell."""
    certificate: x509.Certificate = field(repr=False)

    def is_one(self, msp_id: str, role: str) -> bool:
        """Tell whether this is somebody of an organisation in a role."""
        return self.msp_id == msp_id and role in {"member", self.role}


@dataclass(frozen=True, slots=True)
class Membership:
    """An organisation's membership rules."""

    msp_id: str
    roots: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...]
    revoked: frozenset[tuple[str, int]]
    """Issuer and serial number."""
    admins: frozenset[bytes]
    """Certificates of administrators who are named one by one, PEM."""
    units: Mapping[str, Unit] | None
    """By role; None where the organisation does not tell roles by unit."""
    _known: dict[bytes, Member] = field(default_factory=dict, repr=False, compare=False)

    def member(self, signer: SerializedIdentity) -> Member:
        """Return a signer as a member of this organisation.

        Raises:
            ProofError: CERTIFICATE_UNREADABLE; NOT_A_MEMBER: no chain of certificates to the organisation's roots,
                revoked, a CA's, or of no single role.
        """
        known = self._known.get(signer.certificate_pem)
        if known is None:
            known = self._known[signer.certificate_pem] = self._examined(signer.certificate_pem)
        return known

    def _examined(self, pem: bytes) -> Member:
        try:
            certificate = x509.load_pem_x509_certificate(pem)
            is_authority, chain = _is_authority(certificate), self._chain(certificate)
        except _UNREADABLE:
            raise ProofError(f"A certificate of {self.msp_id} cannot be read.", code="CERTIFICATE_UNREADABLE") from None
        if is_authority:
            raise self._stranger(certificate, "it is a CA's")
        for one in chain[:-1]:
            if (one.issuer.rfc4514_string(), one.serial_number) in self.revoked:
                raise self._stranger(certificate, "it was revoked")
        return Member(self.msp_id, self._role(certificate, pem, chain), certificate)

    def _chain(self, certificate: x509.Certificate) -> tuple[x509.Certificate, ...]:
        """Return the certificates from a signer's up to a root, that one included."""
        chain = [certificate]
        while len(chain) < _MAX_CHAIN:
            issuer = self._issuer(chain[-1])
            if issuer is None:
                break
            chain.append(issuer)
            if issuer in self.roots:
                return tuple(chain)
        raise self._stranger(certificate, "no root of the organisation has issued it")

    def _issuer(self, certificate: x509.Certificate) -> x509.Certificate | None:
        for candidate in (*self.roots, *self.intermediates):
            if candidate.subject != certificate.issuer or not _is_authority(candidate):
                continue
            try:
                certificate.verify_directly_issued_by(candidate)
            except (InvalidSignature, ValueError, TypeError):
                continue
            return candidate
        return None

    def _role(self, certificate: x509.Certificate, pem: bytes, chain: tuple[x509.Certificate, ...]) -> str:
        if self.units is None:
            return "admin" if pem in self.admins else "member"
        held = units(certificate)
        roles = [
            role
            for role, unit in self.units.items()
            if unit.name in held and (unit.issuer is None or unit.issuer in chain[1:])
        ]
        if len(roles) != 1:
            raise self._stranger(certificate, "its units make it no client, peer, admin or orderer, or several")
        return "admin" if pem in self.admins else roles[0]

    def _stranger(self, certificate: x509.Certificate, why: str) -> ProofError:
        return ProofError(
            f"The certificate {certificate.subject.rfc4514_string()} does not count for {self.msp_id}: {why}.",
            code="NOT_A_MEMBER",
        )


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
