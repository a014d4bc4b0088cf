"""Contract `ebl` whole: importing its parts declares their functions on it."""

from tradelane.chaincode.contract import ebl_crossing, ebl_queries, ebl_security, ebl_surrender
from tradelane.chaincode.contract.ebl import ebl

__all__ = ["ebl", "ebl_crossing", "ebl_queries", "ebl_security", "ebl_surrender"]
