"""Requests and answers: what the router lets through and what it says otherwise."""

import json

import pytest

from tests.support.identities import admin_identity, make_identity, party_identity
from tests.support.memory_ledger import NotEndorsed
from tests.support.trade import BANK, CARRIER, EXPORTER, HK, PARTIES, SALT, SH, TITLE, Trade, refused
from tradelane.chaincode.contract.metadata import FUNCTION
from tradelane.model.party import NetworkRecord, PartyView
from tradelane.rules.refusal import Code

RIGHT = {"titleId": TITLE, "recipient": BANK}


async def refusal(trade: Trade, function: str, *args: bytes) -> tuple[Code, int, str, dict[str, str]]:
    with pytest.raises(NotEndorsed) as error:
        await trade.ledger.endorse(trade.chaincode, trade.signer(EXPORTER), function, *args)
    return refused(error.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"titleId":"' + TITLE.encode() + b'","titleId":"' + TITLE.encode() + b'","recipient":"victoria-bank"}',
        b"[" * 100_000,
        b'{"titleId":NaN}',
        b'{"a":' + b"9" * 5000 + b"}",
        json.dumps({**RIGHT, "more": 1}).encode(),
        json.dumps({"titleId": TITLE}).encode(),
        json.dumps({**RIGHT, "titleId": TITLE.upper()}).encode(),
        json.dumps({**RIGHT, "titleId": TITLE + "\n"}).encode(),
        json.dumps({**RIGHT, "recipient": 7}).encode(),
        json.dumps({**RIGHT, "recipient": None}).encode(),
        json.dumps({**RIGHT, "recipient": "../party"}).encode(),
        json.dumps({**RIGHT, "recipient": "a\x00b"}).encode(),
        json.dumps({**RIGHT, "recipient": "x" * 70_000}).encode(),
        json.dumps({"title_id": TITLE, "recipient": 1.5}).encode(),
    ],
)
async def test_unusable_requests(issued: Trade, body: bytes) -> None:
    code, status, message, details = await refusal(issued, "ebl:transfer", body)
    assert (code, status) == (Code.INVALID_REQUEST, 400)
    assert len(message) < 400
    assert details


async def test_a_request_says_which_fields_are_wrong(issued: Trade) -> None:
    body = json.dumps({"titleId": "short", "recipient": 7, "surprise": "canary"}).encode()
    _, _, message, details = await refusal(issued, "ebl:transfer", body)
    assert set(details) == {"titleId", "recipient", "surprise"}
    assert "canary" not in message + json.dumps(details)


@pytest.mark.parametrize("args", [(), (b"{}", b"{}")])
async def test_wrong_number_of_arguments(issued: Trade, args: tuple[bytes, ...]) -> None:
    code, _, message, _ = await refusal(issued, "ebl:transfer", *args)
    assert code is Code.INVALID_REQUEST
    assert f"got {len(args)}" in message


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("ebl:transfr", "ebl:transfer"),
        ("transfer", "ebl:transfer"),
        ("party:shw", "party:show"),
        ("", "document:lodge"),
        ("x" * 10_000, "document:lodge"),
        ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), "document:lodge"),
    ],
)
async def test_unknown_function_names_near_ones(issued: Trade, name: str, near: str) -> None:
    code, status, message, details = await refusal(issued, name, b"{}")
    assert (code, status) == (Code.UNKNOWN_FUNCTION, 400)
    assert near in details["near"]
    assert len(message) < 600


async def test_an_unexpected_error_is_left_to_the_shim(issued: Trade) -> None:
    class Broken:
        args = (b"ebl:show", b'{"titleId":"' + TITLE.encode() + b'"}')
        identity = make_identity(SH, attributes={"tradelane.party": EXPORTER})

        async def get_multiple_states(self, _: object) -> object:
            raise ConnectionError("the peer is gone")

    with pytest.raises(ConnectionError):
        await issued.chaincode.invoke(Broken())  # type: ignore[arg-type]


async def test_metadata_describes_every_function(trade: Trade) -> None:
    response = await trade.ledger.evaluate(trade.chaincode, make_identity(HK), HK, FUNCTION)
    found = json.loads(response.payload)
    functions = {
        f"{name}:{transaction['name']}": transaction
        for name, contract in found["contracts"].items()
        for transaction in contract["transactions"]
    }
    submitted = {name for name, function in functions.items() if "submit" in function["tag"]}
    assert submitted == {
        "organisation:register",
        "organisation:prepare",
        "party:admit",
        "party:join",
        "party:licence",
        "document:lodge",
        "document:share",
        "document:lodgeAttachment",
        "document:attach",
        "document:shareAttachment",
        "ebl:issue",
        "ebl:endorse",
        "ebl:transfer",
        "ebl:surrender",
        "ebl:sign",
        "ebl:nominate",
        "ebl:refuse",
        "ebl:pledge",
        "ebl:release",
        "ebl:enforce",
        "ebl:substitutePledgee",
        "ebl:surrenderForAmendment",
        "ebl:accept",
        "ebl:reject",
        "ebl:replace",
        "ebl:accomplish",
        "ebl:void",
        "ebl:freeze",
        "ebl:unfreeze",
        "ebl:recover",
        "ebl:export",
        "ebl:import",
    }
    assert set(functions) - submitted == {
        "organisation:list",
        "party:show",
        "party:find",
        "party:list",
        "document:lodgement",
        "document:read",
        "document:attachments",
        "document:lodgedAttachment",
        "document:attachment",
        "ebl:show",
        "ebl:history",
        "ebl:agreements",
        "ebl:list",
        "ebl:findExit",
        "ebl:findDocument",
    }
    schemas = found["components"]["schemas"]
    for function in functions.values():
        assert function["description"].endswith(".")
        assert function["parameters"][0]["schema"]["$ref"].rsplit("/", 1)[1] in schemas
    assert functions["party:list"]["returns"]["type"] == "array"
    assert functions["document:lodge"]["transient"] == ["document", "salt"]
    assert "pattern" in schemas["TransferRequest"]["properties"]["titleId"]


async def test_queries_of_parties(trade: Trade) -> None:
    for who in (EXPORTER, admin_identity(HK), party_identity(SH, CARRIER, "viewer")):
        by_id = PartyView.from_json(await trade.evaluate(who, "party:show", {"partyId": BANK}))
        by_lei = PartyView.from_json(await trade.evaluate(who, "party:find", {"lei": PARTIES[BANK]["lei"]}))
        assert by_id == by_lei
        assert by_id.name == PARTIES[BANK]["name"]
        listed = json.loads(await trade.evaluate(who, "party:list"))
        assert [row["party"]["partyId"] for row in listed] == sorted(PARTIES)
        network = NetworkRecord.from_json(await trade.evaluate(who, "organisation:list"))
        assert network.msp_ids == (HK, SH)


@pytest.mark.parametrize("function", ["party:list", "organisation:list"])
async def test_a_stranger_asks_nothing(trade: Trade, function: str) -> None:
    with pytest.raises(NotEndorsed) as error:
        await trade.evaluate(make_identity(HK), function)
    assert refused(error.value)[0] is Code.NOT_IDENTIFIED


@pytest.mark.parametrize("attribute", ["", "Not An Id", "a", "x" * 80])
async def test_a_certificate_with_a_malformed_party_identifies_nobody(trade: Trade, attribute: str) -> None:
    stranger = make_identity(HK, attributes={"tradelane.party": attribute, "tradelane.role": "signer"})
    with pytest.raises(NotEndorsed) as error:
        await trade.evaluate(stranger, "party:list")
    assert refused(error.value)[0] is Code.NOT_IDENTIFIED


@pytest.mark.parametrize(
    ("transient", "field"),
    [
        ({"salt": SALT}, "transient.name"),
        ({"name": b"Newcomer Limited"}, "transient.salt"),
        ({"name": b"Newcomer Limited", "salt": SALT[1:]}, "transient.salt"),
        ({"name": b"Newcomer Limited", "salt": SALT * 2}, "transient.salt"),
        ({"name": b"\xff", "salt": SALT}, "transient.name"),
        ({"name": b" padded ", "salt": SALT}, "transient.name"),
        ({"name": b"x" * 71, "salt": SALT}, "transient.name"),
    ],
)
async def test_unusable_transient_values(trade: Trade, transient: dict[str, bytes], field: str) -> None:
    request = {"partyId": "newcomer", "lei": "529900T8BM49AURSDO55", "roles": ["TRADER"]}
    with pytest.raises(NotEndorsed) as error:
        await trade.submit(admin_identity(HK), "party:admit", request, transient)
    code, _, _, details = refused(error.value)
    assert code is Code.INVALID_REQUEST
    assert list(details) == [field]


async def test_events_hold_opaque_ids_only(issued: Trade) -> None:
    await issued.act(EXPORTER, "transfer", recipient=BANK)
    events = [outcome.event for outcome in issued.ledger.events if outcome.event]
    assert {name for name, _ in events} == {"tradelane.v1"}
    assert json.loads(events[-1][1]) == [
        {
            "type": "title",
            "titleId": TITLE,
            "actionCode": "TRANSFER",
            "status": "ISSUED",
            "actor": EXPORTER,
            "recipient": BANK,
            "possessor": BANK,
            "sequence": 2,
        }
    ]
    kinds = [fact["type"] for _, payload in events for fact in json.loads(payload)]
    assert kinds.count("organisation") == 2
    assert kinds.count("party") == len(PARTIES) + 1
