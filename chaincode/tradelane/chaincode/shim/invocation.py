"""One invocation, from its message to its answer.

The answer is COMPLETED with the chaincode's response, also when the chaincode raised: a peer takes ERROR for a fault of
its own and lets the gateway try the same thing elsewhere. So ERROR is for what a different peer may do better.
"""

import asyncio
import logging
import traceback

from tradelane.chaincode.shim import wire
from tradelane.chaincode.shim.errors import AttributeRefused, BatchRefused, InvalidArgument, ProtocolViolation
from tradelane.chaincode.shim.exchange import Exchange
from tradelane.chaincode.shim.interface import Chaincode, Response
from tradelane.chaincode.shim.observer import Outcome, Seen
from tradelane.chaincode.shim.response import ANSWER_TOO_LARGE, INTERNAL_ERROR, refusal
from tradelane.chaincode.shim.stub import ChaincodeStub
from tradelane.chaincode.shim.wire import Features, Kind, Message

_FATAL_FOR_INIT = 500

_log = logging.getLogger(__name__)


async def answer_invocation(chaincode: Chaincode, message: Message, exchange: Exchange, features: Features) -> bytes:
    """Run the chaincode and return the encoded answer."""
    with exchange.observer.invocation() as seen:
        try:
            return await _answer(chaincode, message, exchange, features, seen)
        except (ProtocolViolation, BatchRefused) as fault:
            log_fault("invocation answered with ERROR", fault, exchange)
            reason = str(fault)
        except Exception as fault:  # noqa: BLE001 - without an answer the peer would wait for its time-out
            log_fault("the shim failed", fault, exchange)
            reason = "the shim failed; its operator's log says why"
        seen.outcome = Outcome.ERROR
        return _error(reason, exchange)


async def _answer(chaincode: Chaincode, message: Message, exchange: Exchange, features: Features, seen: Seen) -> bytes:
    signed = message.proposal
    header = wire.parse_proposal(signed.proposal) if signed is not None else None
    stub = ChaincodeStub(exchange, features, wire.parse_input(message.payload), header, signed)
    seen.function = stub.args[0].decode(errors="replace") if stub.args else ""
    response = await _invoke(chaincode, stub)
    await stub.flush()
    seen.outcome = Outcome.of_status(response.status)
    if message.kind == Kind.INIT and response.status >= _FATAL_FOR_INIT:
        return _error(response.message, exchange)
    answer = wire.encode_completed(response, stub.event, exchange.tx_id, exchange.channel_id)
    if len(answer) <= exchange.message_bytes:
        return answer
    # The peer would end the stream over it, and with it every other transaction.
    seen.outcome = Outcome.FAILED
    return wire.encode_completed(ANSWER_TOO_LARGE, None, exchange.tx_id, exchange.channel_id)


async def _invoke(chaincode: Chaincode, stub: ChaincodeStub) -> Response:
    try:
        return await chaincode.invoke(stub)
    except (ProtocolViolation, BatchRefused):
        raise
    except InvalidArgument as refused:
        return refusal(400, "INVALID_ARGUMENT", str(refused))
    except AttributeRefused as refused:
        return refusal(403, "ATTRIBUTE_REFUSED", str(refused))
    except asyncio.CancelledError as fault:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        log_fault("the chaincode cancelled itself", fault, stub)
        return INTERNAL_ERROR
    except Exception as fault:  # noqa: BLE001 - whatever the chaincode raises, its caller gets an answer
        log_fault("the chaincode raised", fault, stub)
        return INTERNAL_ERROR


def log_fault(what: str, fault: BaseException, where: Exchange | ChaincodeStub) -> None:
    """Log the class of an error and the lines it passed, but not its text, which may quote private content."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(fault.__traceback__)]
    _log.error(
        what,
        extra={"channel": where.channel_id, "txid": where.tx_id, "error": type(fault).__qualname__, "frames": frames},
    )


def _error(text: str, exchange: Exchange) -> bytes:
    return wire.encode_message(Kind.ERROR, text.encode(), exchange.tx_id, exchange.channel_id)
