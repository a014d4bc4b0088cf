"""One invocation, from its message to its answer.

The answer is COMPLETED with the chaincode's response, also when the chaincode raised: a peer takes ERROR for a fault of
its own and lets the gateway try the same thing elsewhere. So ERROR is for what a different peer may do better.
"""

import asyncio
import contextlib
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
_NAME_BYTES = 400
"""So much of the first argument is told to the observer; it may have 100 MB."""

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
    seen.function = stub.args[0][:_NAME_BYTES].decode(errors="replace") if stub.args else ""
    response = await _invoke(chaincode, stub, exchange)
    await _forget_cancellation(exchange)
    await stub.finish()  # or fail as a batch has failed before, whatever the chaincode made of that
    try:
        answer = wire.encode_completed(response, stub.event, exchange.tx_id, exchange.channel_id)
    except (AttributeError, TypeError, ValueError) as fault:
        log_fault("the chaincode's answer or event is none that Fabric has", fault, exchange)
        response = INTERNAL_ERROR
        answer = wire.encode_completed(response, None, exchange.tx_id, exchange.channel_id)
    if len(answer) > exchange.message_bytes:
        # The peer would end the stream over it, and with it every other transaction.
        response = ANSWER_TOO_LARGE
        answer = wire.encode_completed(response, None, exchange.tx_id, exchange.channel_id)
    seen.outcome = Outcome.of_status(response.status)
    if message.kind == Kind.INIT and response.status >= _FATAL_FOR_INIT:
        return _error(response.message, exchange)
    return answer


async def _invoke(chaincode: Chaincode, stub: ChaincodeStub, exchange: Exchange) -> Response:
    try:
        return await chaincode.invoke(stub)
    except (ProtocolViolation, BatchRefused):
        raise
    except InvalidArgument as refused:
        return refusal(400, "INVALID_ARGUMENT", str(refused))
    except AttributeRefused as refused:
        return refusal(403, "ATTRIBUTE_REFUSED", str(refused))
    except (KeyboardInterrupt, GeneratorExit):
        raise  # Python's own, not the chaincode's
    except asyncio.CancelledError as fault:
        if exchange.ended:
            raise  # the peer is gone, or the transaction has taken too long
        log_fault("the chaincode cancelled itself", fault, stub)
        return INTERNAL_ERROR
    except BaseExceptionGroup as group:  # what a task group makes of what its tasks raised
        if (violation := _violation(group)) is not None:
            raise violation from group
        log_fault("the chaincode raised", group, stub)
        return INTERNAL_ERROR
    except BaseException as fault:  # noqa: BLE001 - whatever it raises, even SystemExit, its caller gets an answer
        log_fault("the chaincode raised", fault, stub)
        return INTERNAL_ERROR


def _violation(group: BaseExceptionGroup[BaseException]) -> ProtocolViolation | None:
    """Return what a group holds of the peer's faults."""
    for each in group.exceptions:
        if isinstance(each, ProtocolViolation):
            return each
        if isinstance(each, BaseExceptionGroup) and (found := _violation(each)) is not None:
            return found
    return None


async def _forget_cancellation(exchange: Exchange) -> None:
    """Take back what the chaincode did to its own task, which would hit the shim when it next waits."""
    task = asyncio.current_task()
    if exchange.ended or task is None or not task.cancelling():
        return
    while task.cancelling():
        task.uncancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(0)


def log_fault(what: str, fault: BaseException, where: Exchange | ChaincodeStub) -> None:
    """Log the class of an error and the lines it passed, but not its text, which may quote private content."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(fault.__traceback__)]
    _log.error(
        what,
        extra={"channel": where.channel_id, "txid": where.tx_id, "error": type(fault).__qualname__, "frames": frames},
    )


def _error(text: str, exchange: Exchange) -> bytes:
    return wire.encode_message(Kind.ERROR, text.encode(), exchange.tx_id, exchange.channel_id)
