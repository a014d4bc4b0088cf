"""Contract `document` whole: importing its parts declares their functions on it."""

from tradelane.chaincode.contract import attachments
from tradelane.chaincode.contract.document import document

__all__ = ["attachments", "document"]
