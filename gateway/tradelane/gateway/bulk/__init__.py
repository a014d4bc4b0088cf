"""Very many transactions: bounded, with a result for each, and resumed from a journal after a crash.

`Gateway.submit_many` is the way in. Each item has a request id made of the journal's id and the item's key, so that the
ledger itself knows an item it has seen: the journal only saves asking it again.
"""

from tradelane.gateway.bulk.journal import Fsync, Journal
from tradelane.gateway.bulk.records import Invocation, Item, ItemResult, Outcome, Progress

__all__ = ["Fsync", "Invocation", "Item", "ItemResult", "Journal", "Outcome", "Progress"]
