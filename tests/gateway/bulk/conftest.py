"""A session of a peer with a ledger in memory."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.ledger_peer import LedgerPeer
from tests.support.pki import Pair
from tradelane.gateway.bulk.journal import Fsync, Journal
from tradelane.gateway.bulk.run import journal_of
from tradelane.gateway.identity import Identity
from tradelane.gateway.peers import Peers
from tradelane.gateway.session import Session


@pytest.fixture
def peer() -> LedgerPeer:
    return LedgerPeer()


@pytest.fixture(scope="session")
def identity(signer: Pair) -> Identity:
    return Identity.load("ShanghaiMSP", signer.certificate_pem, signer.key_pem)


@pytest.fixture(scope="session")
def session(identity: Identity) -> Session:
    return Session(identity=identity, channel="trade", chaincode="tradelane", peers=Peers(["peer0:7051"]))


@pytest.fixture
def journal_at(session: Session, tmp_path: Path) -> Callable[..., Journal]:
    def open_journal(name: str = "run.journal", source: str | None = None) -> Journal:
        return journal_of(session, tmp_path / name, source, Fsync.INTERVAL)

    return open_journal
