"""An organisation's own store of large files, of which the channel keeps name, size and checksum only.

A file is called by its checksum (SHA-256), so it is written once, whoever writes it, and checked whenever it is read.
"""

from tradelane.gateway.store.base import Store
from tradelane.gateway.store.files import FileStore
from tradelane.gateway.store.keeping import keep, receive
from tradelane.gateway.store.opening import open_store

__all__ = ["FileStore", "Store", "keep", "open_store", "receive"]
