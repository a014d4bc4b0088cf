"""What one organisation's users take with them: its profile, in a directory of their own."""

from __future__ import annotations

from pathlib import Path

from tradelane.network import files
from tradelane.network.errors import BundleRefused, HomeUnusable
from tradelane.network.paths import HomePaths, ProfilePaths
from tradelane.network.topology import Topology


def write(topology: Topology, home: HomePaths, organisation: str, target: Path) -> None:
    """Write an organisation's profile and users into an empty directory.

    Only the files of the profile's form are copied, so nothing of another organisation, of the CAs or of the nodes can
    slip in. The users' keys are in it: hand it to that organisation and to nobody else.

    Raises:
        OrganisationUnknown: The organisation is unknown or runs no peer.
        BundleRefused: The target holds something already, or cannot be written.
    """
    known = topology.peer_organisation(organisation)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BundleRefused(
            f"The bundle is not written: {target} is not an empty directory. Name one that is empty or does not exist.",
            directory=str(target),
        )
    source, copy = home.profile(known.name), ProfilePaths(target)
    try:
        with files.usable(target):
            for path in _parts(source):
                files.write(copy.root / path.relative_to(source.root), path.read_bytes())
    except HomeUnusable as error:
        raise BundleRefused(
            f"The bundle is not written: {target} cannot be used ({error.details['reason']})."
        ) from error


def _parts(profile: ProfilePaths) -> list[Path]:
    parts = [profile.record, profile.tls_roots]
    for record in sorted(profile.users.glob("*/user.json")):
        user = profile.user(record.parent.name)
        parts += [user.certificate, user.key, user.tls.certificate, user.tls.key, user.record]
    return parts
