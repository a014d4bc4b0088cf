"""Logs as JSON lines."""

import json
import logging
import sys

from tradelane.chaincode.logs import JsonFormatter


def test_a_record_is_one_json_line_with_its_own_fields() -> None:
    record = logging.makeLogRecord(
        {"name": "shim", "levelno": logging.WARNING, "levelname": "WARNING", "msg": "%s\nline", "args": ("one",)}
        | {"created": 0.5, "channel": "trade", "txid": "ab", "path": object}
    )
    text = JsonFormatter().format(record)
    assert "\n" not in text
    assert json.loads(text) == {
        "time": "1970-01-01T00:00:00.500+00:00",
        "level": "warning",
        "logger": "shim",
        "message": "one\nline",
        "channel": "trade",
        "txid": "ab",
        "path": "<class 'object'>",
    }


def test_of_an_exception_only_the_class_is_logged() -> None:
    try:
        raise ValueError("canary-4711")
    except ValueError:
        record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
    text = JsonFormatter().format(record)
    assert json.loads(text)["error"] == "ValueError"
    assert "canary" not in text
