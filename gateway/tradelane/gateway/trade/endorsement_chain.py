"""The endorsement chain of a title, as DCSA's EBL_END 3.0.4 exports it."""

import json
from typing import Any

from tradelane.gateway.dcsa.endorsement_chain import Directory, export
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade import documents, parties
from tradelane.gateway.trade.ebl.reading import history


@flow
def endorsement_chain(session: Session, title_id: str, *, platform: str) -> Steps[list[dict[str, Any]]]:
    """Return a title's endorsement chain in the shape of EBL_END's answer: a list of one chain, newest act first.

    Args:
        session: Given by `run`.
        title_id: The title.
        platform: This platform's code, as the parties' `eblPlatform`.

    Raises:
        Refused: UNKNOWN_TITLE, NOT_A_PARTY; UNKNOWN_DOCUMENT when the document, whose reference the chain carries, was
            never shared with the caller's organisation.
    """
    entries = (yield from session.run(history(title_id))).entries
    directory = Directory.of(platform, (yield from session.run(parties.list_parties())))
    content = yield from session.run(documents.read_of_title(title_id))
    return export(entries, directory, json.loads(content.content))
