"""PINT's receiving side over HTTP: bodies in, bounded and of the right kind; answers out; problems in DCSA's shape.

Nothing here decides. What a body holds never reaches a log or an error.
"""

import base64
import binascii
import json
import logging
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, TypeVar

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from tradelane.gateway.dcsa.messages import Malformed
from tradelane.gateway.errors import GatewayError
from tradelane.gateway.pint.chains import API_VERSION as CHAINS_VERSION
from tradelane.gateway.pint.chains import Chains, Filter
from tradelane.gateway.pint.envelope import MAX_ADDITIONAL_DOCUMENT_BYTES, MAX_ENVELOPE_BYTES
from tradelane.gateway.pint.platform import Answer, Platform, UnknownEnvelope
from tradelane.model.canonical import JsonError, parse_json

T = TypeVar("T")

API_VERSION: Final = "3.0.0"
_LOG: Final = logging.getLogger("tradelane.gateway.pint")
_MAX_DOCUMENT_BODY: Final = MAX_ADDITIONAL_DOCUMENT_BYTES // 3 * 4 + 1024
_MAX_CODE_BODY: Final = 4096
_REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_DOCUMENT_REFERENCE: Final = re.compile(r"\S(?:.{0,18}\S)?")
_NO_CHAIN: Final = "There is no such endorsement chain for you here."
CERTIFICATE: Final = "certificate"
"""Where a request's scope has, as its state, the SHA-256 of the client certificate that was shown."""
_CHECKSUM: Final = re.compile(r"[0-9a-f]{64}")
_EXPECTED: Final = (Malformed, UnknownEnvelope, GatewayError)
_ERROR_CODES: Final = {400: 7001, 404: 7002, 405: 7003, 413: 7004, 415: 7005, 503: 7010, 500: 7011}


class Problem(Exception):
    """A request that gets an unsigned answer, which binds nobody: the sender tries again until it gets a signed one."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def service(platform: Platform, chains: Chains | None = None) -> FastAPI:
    """Return the ASGI application of a platform's receiving side, and of endorsement chains where it offers them."""
    app = FastAPI(title="TradeLane PINT", version=API_VERSION, openapi_url=None, docs_url=None, redoc_url=None)

    @app.post("/v3/envelopes")
    async def start(request: Request) -> Response:
        content = await _body(request, MAX_ENVELOPE_BYTES)
        return await _answered(lambda: platform.start(content))

    @app.put("/v3/envelopes/{reference}/additional-documents/{checksum}")
    async def add_document(request: Request, reference: str, checksum: str) -> Response:
        _demand(_REFERENCE, reference, HTTPStatus.NOT_FOUND, "There is no such transfer.")
        sentence = "A document's checksum is 64 characters from 0-9 and a-f."
        _demand(_CHECKSUM, checksum, HTTPStatus.BAD_REQUEST, sentence)
        content = _decoded(await _body(request, _MAX_DOCUMENT_BODY))
        return await _answered(lambda: platform.add_document(reference, checksum, content))

    @app.put("/v3/envelopes/{reference}/finish-transfer")
    async def finish(reference: str) -> Response:
        _demand(_REFERENCE, reference, HTTPStatus.NOT_FOUND, "There is no such transfer.")
        return await _answered(lambda: platform.finish(reference))

    @app.post("/v3/receiver-validation")
    async def validate_receiver(request: Request) -> Response:
        code = _parsed(await _body(request, _MAX_CODE_BODY), _MAX_CODE_BODY)
        found = await _performed(lambda: platform.validate_receiver(code))
        if found is None:
            # Deliberately vague: nobody shall learn from it who is a customer here.
            raise Problem(HTTPStatus.NOT_FOUND, "The party is not known here.")
        return JSONResponse({"partyName": found.name}, headers=_version())

    if chains is not None:
        _offer(app, chains)
    for kind in (Problem, HTTPException, *_EXPECTED):
        app.add_exception_handler(kind, _refused)
    return app


def _offer(app: FastAPI, chains: Chains) -> None:
    @app.get("/endorsement-chains/{reference}")
    @app.get("/v3/endorsement-chains/{reference}")
    async def endorsement_chain(request: Request, reference: str) -> Response:
        _demand(_DOCUMENT_REFERENCE, reference, HTTPStatus.NOT_FOUND, _NO_CHAIN)
        query = request.query_params
        wanted = Filter(query.get("transportDocumentSubReference"), query.get("carrierSCACCode"))
        certificate = request.scope.get("state", {}).get(CERTIFICATE)
        found = await _performed(lambda: chains.answer(reference, certificate, wanted))
        if not found:
            # Deliberately the same for a title that there is none of, and one of others.
            raise Problem(HTTPStatus.NOT_FOUND, _NO_CHAIN)
        return JSONResponse(found, headers={"API-Version": CHAINS_VERSION})


async def _answered(work: Callable[[], Answer]) -> Response:
    answer = await _performed(work)
    if answer.signed is not None:
        return JSONResponse(answer.signed, answer.status, headers=_version())
    if answer.value is not None:
        return JSONResponse(dict(answer.value), answer.status, headers=_version())
    return Response(status_code=answer.status, headers=_version())


async def _performed(work: Callable[[], T]) -> T:
    try:
        return await run_in_threadpool(work)
    except _EXPECTED:
        raise
    except Exception as error:  # noqa: BLE001 -- its text may repeat what a body held, so no log gets to see it
        _LOG.error("failed: %s", type(error).__name__)
        raise Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here; try again.") from None


async def _body(request: Request, limit: int) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body is to be application/json.")
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > limit:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body has more than {limit} bytes.")
    return bytes(content)


def _parsed(content: bytes, limit: int) -> object:
    try:
        return parse_json(content, limit)
    except JsonError as error:
        raise Malformed(str(error)) from None


def _decoded(content: bytes) -> bytes:
    try:
        text = json.loads(content)
        if not isinstance(text, str):
            raise TypeError
        return base64.b64decode(text, validate=True)
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise Problem(HTTPStatus.BAD_REQUEST, "A document travels as a JSON string of its Base64 form.") from None


def _demand(pattern: re.Pattern[str], value: str, status: HTTPStatus, sentence: str) -> None:
    if not pattern.fullmatch(value):
        raise Problem(status, sentence)


def _version() -> dict[str, str]:
    return {"API-Version": API_VERSION}


async def _refused(request: Request, error: Exception) -> Response:
    match error:
        case Problem():
            return _problem(request, error.status, error.sentence)
        case Malformed():
            return _problem(request, HTTPStatus.BAD_REQUEST, str(error))
        case HTTPException():
            return _problem(request, HTTPStatus(error.status_code), HTTPStatus(error.status_code).description)
        case UnknownEnvelope():
            return _problem(request, HTTPStatus.NOT_FOUND, "There is no such transfer; start it anew.")
        case _:
            _LOG.warning("not answered for now: %s", getattr(error, "code", type(error).__name__))
            return _problem(request, HTTPStatus.SERVICE_UNAVAILABLE, "Not now; try again with the same envelope.")


def _problem(request: Request, status: HTTPStatus, sentence: str) -> Response:
    """Return DCSA's ErrorResponse."""
    detail = {
        "errorCode": _ERROR_CODES.get(status.value, 7000),
        "errorCodeText": status.phrase[:100],
        "errorCodeMessage": sentence[:5000],
    }
    value = {
        "httpMethod": request.method,
        "requestUri": request.url.path,
        "statusCode": status.value,
        "statusCodeText": status.phrase[:50],
        "statusCodeMessage": sentence[:200],
        "providerCorrelationReference": str(uuid.uuid4()),
        "errorDateTime": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "errors": [detail],
    }
    return JSONResponse(value, status.value, headers=_version())
