"""How a call ends, by the headers of its answer or the loss of its stream: one row per way."""

import base64

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.loopback_calls import Refusal, status_bytes
from tradelane.gateway.errors import PeerDetail
from tradelane.gateway.faults import LEFT
from tradelane.gateway.rpc import Failure
from tradelane.gateway.wire import ending
from tradelane.http2.client.stream import Loss
from tradelane.http2.status import Status

GRPC = {b":status": b"200", b"content-type": b"application/grpc+proto"}


def test_an_answer_that_went_well_is_no_failure() -> None:
    assert ending.of_beginning(GRPC) is None
    assert ending.of_end({b"grpc-status": b"0", b"grpc-message": b""}, began=True) is None
    assert ending.of_end({**GRPC, b"grpc-status": b"0"}, began=False) is None


@pytest.mark.parametrize(
    ("http", "status"),
    [
        (b"400", "INTERNAL"), (b"401", "UNAUTHENTICATED"), (b"403", "PERMISSION_DENIED"), (b"404", "UNIMPLEMENTED"),
        (b"429", "UNAVAILABLE"), (b"502", "UNAVAILABLE"), (b"503", "UNAVAILABLE"), (b"504", "UNAVAILABLE"),
        (b"500", "UNKNOWN"), (b"302", "UNKNOWN"), (b"204", "UNKNOWN"),
    ],
)  # fmt: skip
def test_an_answer_of_http_alone_has_the_status_that_grpc_says_it_means(http: bytes, status: str) -> None:
    expected = Failure(status, f"the peer answered with HTTP status {http.decode()}")
    assert ending.of_beginning({**GRPC, b":status": http}) == expected
    assert ending.of_end({**GRPC, b":status": http}, began=False) == expected


def test_other_content_and_compressed_content_are_no_answers() -> None:
    html = ending.of_beginning({b":status": b"200", b"content-type": b"text/html"})
    packed = ending.of_beginning({**GRPC, b"grpc-encoding": b"gzip"})
    assert html is not None
    assert packed is not None
    assert (html.status, packed.status) == ("UNKNOWN", "INTERNAL")
    assert ending.of_beginning({**GRPC, b"grpc-encoding": b"identity"}) is None


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.OK])
def test_every_status_has_its_name(status: Status) -> None:
    found = ending.of_end({b"grpc-status": str(int(status)).encode()}, began=True)
    assert found == Failure(status.name, "")


@pytest.mark.parametrize("number", [b"17", b"-1", b"", b"zero", b"00", b"\xff"])
def test_a_status_that_is_none_is_unknown(number: bytes) -> None:
    assert ending.of_end({b"grpc-status": number}, began=True) == Failure("UNKNOWN", "")


def test_an_end_without_a_status_is_unknown() -> None:
    assert ending.of_end({}, began=True) == Failure("UNKNOWN", "the peer ended the call without a status")
    assert ending.of_end(GRPC, began=False) == Failure("UNKNOWN", "the peer ended the call without a status")


@pytest.mark.parametrize(
    ("said", "meant"), [(b"100 %25 sch%C3%B6n%0a", "100 % schön\n"), (b"50% off %", "50% off %"), (b"%ff", "\ufffd")]
)
def test_words_are_percent_decoded(said: bytes, meant: str) -> None:
    assert ending.of_end({b"grpc-status": b"2", b"grpc-message": said}, began=True) == Failure("UNKNOWN", meant)


@pytest.mark.parametrize("padding", [b"", b"="])
def test_details_are_read_with_and_without_padding(padding: bytes) -> None:
    packed = status_bytes(Refusal(grpc.StatusCode.ABORTED, "words", [("peer:1", "MSP", "said")]))
    encoded = base64.b64encode(packed)
    found = ending.of_end(
        {b"grpc-status": b"10", b"grpc-status-details-bin": encoded if padding else encoded.rstrip(b"=")}, began=True
    )
    assert found == Failure("ABORTED", "", (PeerDetail("peer:1", "MSP", "said"),))


@given(st.dictionaries(st.sampled_from([b":status", b"content-type", b"grpc-status", b"grpc-message",
                                        b"grpc-status-details-bin", b"grpc-encoding"]), st.binary(max_size=40)),
       st.booleans())  # fmt: skip
def test_whatever_the_headers_hold_nothing_raises(headers: dict[bytes, bytes], began: bool) -> None:
    ending.of_beginning(headers)
    ending.of_end(headers, began=began)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (None, "UNAVAILABLE"), (0, "INTERNAL"), (1, "INTERNAL"), (2, "INTERNAL"), (3, "INTERNAL"), (4, "INTERNAL"),
        (5, "UNKNOWN"), (6, "INTERNAL"), (7, "UNAVAILABLE"), (8, "CANCELLED"), (9, "INTERNAL"), (10, "INTERNAL"),
        (11, "RESOURCE_EXHAUSTED"), (12, "PERMISSION_DENIED"), (13, "INTERNAL"), (99, "INTERNAL"),
    ],
)  # fmt: skip
def test_a_lost_stream_has_the_status_of_its_code(code: int | None, status: str) -> None:
    assert ending.of_loss(Loss("words", code, unprocessed=False)) == Failure(status, "words")


def test_a_connection_that_the_program_closed_is_known() -> None:
    assert ending.of_loss(Loss(LEFT.message, None, unprocessed=True)) is LEFT
