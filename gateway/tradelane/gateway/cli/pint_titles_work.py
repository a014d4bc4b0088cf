"""What the commands of `pint_titles` do; loaded when one of them runs, as it needs the extra `pint`."""

import io
import json
from pathlib import Path
from typing import Any, Final

from tradelane.gateway.cli.pint_work import connect_operator, opened, sender_to
from tradelane.gateway.cli.work import Work, read_file, write_private_file
from tradelane.gateway.client import connect
from tradelane.gateway.errors import InputError
from tradelane.gateway.pint.along import missing_on_channel, plain_name
from tradelane.gateway.pint.notice import Notice
from tradelane.gateway.pint.sending import Outcome
from tradelane.gateway.pint.settling import Settlement, open_disputes
from tradelane.gateway.pint.settling import settle as settle_dispute
from tradelane.gateway.pint.store import Held, Store
from tradelane.gateway.store import keep, open_store
from tradelane.gateway.trade import attachments
from tradelane.model.attachment import Description

__all__ = ["adopt", "disputes", "export", "notify", "settle"]

DOCUMENT: Final = "transport-document.json"
CHAIN: Final = "envelope-transfer-chain.json"


def export(home: Path, name: str, to: Path) -> list[tuple[str, str, str]]:
    """Write what has come in with a title into a new directory; returns name, checksum and what became of each."""
    with opened(home) as (_, store):
        held = _held(store, name)
        try:
            to.mkdir(mode=0o700)
        except OSError as error:
            raise InputError(f"The directory {to} cannot be made: {error.strerror}.", code="FILE_UNWRITABLE") from error
        write_private_file(to / DOCUMENT, json.dumps(held.document, indent=2, ensure_ascii=False).encode())
        write_private_file(to / CHAIN, json.dumps(held.chain, indent=2).encode())
        rows = [(DOCUMENT, held.document_checksum, "written"), (CHAIN, "", "written")]
        taken = {DOCUMENT, CHAIN}
        for each in store.received(held.document_checksum):
            content = store.document(held.document_checksum, each.document_checksum)
            free = plain_name(each.name, each.document_checksum)
            free = f"{each.document_checksum[:8]} {free}" if free.casefold() in taken else free
            taken.add(free.casefold())
            if content is not None:
                write_private_file(to / free, content)
            rows.append((free, each.document_checksum, "not here" if content is None else "written"))
        return rows


def adopt(work: Work, home: Path, title_id: str) -> list[Description]:
    """Attach what came with a title and is not attached to it on the channel."""
    actor = work.actor()
    files = open_store(actor.directory)
    with opened(home) as (_, store), connect(actor.directory, actor.user) as holder:
        done = []
        for file in missing_on_channel(holder, store, title_id):
            keep(io.BytesIO(file.content or b""), file.name, files, file.media_type)
            done.append(holder.run(attachments.attach(title_id, file)).result)
        return done


def notify(work: Work, home: Path, title_id: str, url: str | None) -> Outcome:
    """Tell the platform from which a title was surrendered of its acceptance."""
    actor = work.actor()
    with opened(home) as (place, store), connect(actor.directory, actor.user) as carrier:
        notice = Notice(place, store, carrier)
        with sender_to(place, notice.platform(title_id), url) as sender:
            return notice.send(title_id, sender.run)


def disputes(home: Path) -> list[dict[str, Any]]:
    """Return what is disputed, and what was signed of it."""
    with opened(home) as (_, store):
        return [
            {
                "documentChecksum": each.document_checksum,
                "transportDocumentReference": each.reference,
                "direction": "sent" if each.sent else "received",
                "platform": each.other,
                "reason": each.reason,
                "signed": each.evidence,
                **({} if each.title_id is None else {"titleId": each.title_id}),
            }
            for each in open_disputes(store)
        ]


def settle(home: Path, name: str, favour: str, agreement: Path) -> dict[str, Any]:
    """Carry out a settlement; returns where the title is then."""
    content = read_file(agreement)
    with opened(home) as (place, store), connect_operator(place) as operator:
        held = settle_dispute(store, operator, name, Settlement(favour), content)
        known = {} if held.title_id is None else {"titleId": held.title_id}
        return {"documentChecksum": held.document_checksum, **known, "here": held.here}


def _held(store: Store, name: str) -> Held:
    held = store.title(name) or store.title_by_id(name)
    if held is None:
        raise InputError("No such title has come in or left by this platform.", code="NOT_IN_STORE")
    return held
