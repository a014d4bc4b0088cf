"""The contracts: functions that clients call, each a thin way from a request to a rule and its writes."""

from tradelane.chaincode.contract.router import build

__all__ = ["build"]
