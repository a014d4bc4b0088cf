"""The golden files written anew by the official clients: the committed ones are not older than they say."""

import subprocess

import pytest

from tests.interop import programs
from tests.interop.test_golden import (
    CLIENTS,
    GOLDEN,
    Golden,
    check_calls,
    check_commits,
    check_complete,
    check_endorsed,
    check_events,
    check_proposals,
    check_round_trips,
)

pytestmark = pytest.mark.network  # no Fabric, but programs that are installed and built first


@pytest.mark.parametrize("client", CLIENTS)
def test_what_the_official_client_makes_today_is_what_ours_makes(client: str) -> None:
    command = programs.command(client, "golden")
    written = subprocess.run([*command, str(GOLDEN / "cases.json")], capture_output=True, check=True).stdout
    if client == "node":  # Go's client takes the time from the clock
        assert written == (GOLDEN / "node.json").read_bytes()
    golden = Golden.of(client, written)
    for check in (
        check_complete,
        check_proposals,
        check_commits,
        check_events,
        check_round_trips,
        check_calls,
        check_endorsed,
    ):
        check(golden)
