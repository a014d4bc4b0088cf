"""Typed calls of the contract `ebl`: the acts on a title, and what its parties may see."""

from tradelane.gateway.trade.ebl.account import Deed, account
from tradelane.gateway.trade.ebl.acting import jointly
from tradelane.gateway.trade.ebl.crossing import export, find_document, find_exit, import_back, is_behind
from tradelane.gateway.trade.ebl.ending import (
    accept,
    accomplish,
    reject,
    replace,
    surrender,
    surrender_for_amendment,
    void,
)
from tradelane.gateway.trade.ebl.holding import endorse, nominate, refuse, sign, transfer
from tradelane.gateway.trade.ebl.issuing import issue
from tradelane.gateway.trade.ebl.picture import svg
from tradelane.gateway.trade.ebl.reading import Chapter, agreements, history, lineage, list_titles, list_up_to, show
from tradelane.gateway.trade.ebl.securing import (
    enforce,
    freeze,
    pledge,
    recover,
    release,
    substitute_pledgee,
    unfreeze,
)

__all__ = [
    "Chapter",
    "Deed",
    "accept",
    "accomplish",
    "account",
    "agreements",
    "endorse",
    "enforce",
    "export",
    "find_document",
    "find_exit",
    "freeze",
    "history",
    "import_back",
    "is_behind",
    "issue",
    "jointly",
    "lineage",
    "list_titles",
    "list_up_to",
    "nominate",
    "pledge",
    "recover",
    "refuse",
    "reject",
    "release",
    "replace",
    "show",
    "sign",
    "substitute_pledgee",
    "surrender",
    "surrender_for_amendment",
    "svg",
    "transfer",
    "unfreeze",
    "void",
]
