"""TradeLane's chaincode with one function more: titles in bulk, so that a large ledger is there in minutes."""

import os
import sys

from tradelane.chaincode.contract import build
from tradelane.chaincode.service import run
from tradelane.chaincode.shim.interface import Chaincode, Response, Stub
from tradelane.chaincode.state import keys, titles
from tradelane.model.party import NetworkRecord, PartyRecord, PartyRole
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action, LastAction
from tradelane.rules.endorsement import endorsement_rule

HK, SH = "HongKongMSP", "ShanghaiMSP"
NETWORK = NetworkRecord(msp_ids=(HK, SH))
CARRIER, EXPORTER, IMPORTER = (
    PartyRecord(party_id=party_id, msp_id=msp_id, lei="529900T8BM49AURSDO55", roles=(role,))
    for party_id, msp_id, role in (
        ("bench-carrier", SH, PartyRole.CARRIER),
        ("bench-exporter", SH, PartyRole.TRADER),
        ("bench-importer", HK, PartyRole.TRADER),
    )
)
_NOW = "2026-03-01T12:00:00.000Z"


def title(number: int, series: int) -> TitleRecord:
    """Return the n-th title of a series, to the exporter's order and in its hands."""
    title_id = f"{series:08x}{number:024x}"
    return TitleRecord(
        title_id=title_id,
        document_id=title_id,
        commitment="c" * 64,
        is_to_order=True,
        status=TitleStatus.ISSUED,
        issuer=CARRIER.ref,
        possessor=EXPORTER.ref,
        endorsee=EXPORTER.ref,
        endorsee_may_endorse=True,
        first_possessor=EXPORTER.ref,
        parties=(CARRIER.party_id, EXPORTER.party_id),
        sequence=1,
        last_action=LastAction(
            action_code=Action.ISSUE, actor=CARRIER.ref, recipient=EXPORTER.ref, action_date_time=_NOW
        ),
        endorsement=endorsement_rule(CARRIER.ref, EXPORTER.ref, NETWORK),
    )


class Seeded:
    """TradeLane's chaincode, and `bench:seed SERIES FIRST COUNT`."""

    def __init__(self, chaincode: Chaincode) -> None:
        self._chaincode = chaincode

    async def invoke(self, stub: Stub) -> Response:
        """Seed, or leave it to TradeLane."""
        if stub.args[0] != b"bench:seed":
            return await self._chaincode.invoke(stub)
        series, begin, count = (int(each) for each in stub.args[1:])
        async with stub.write_batch():
            await stub.put_state(keys.network().key, NETWORK.to_json())
            for party in (CARRIER, EXPORTER, IMPORTER):
                await stub.put_state(keys.party(party.party_id).key, party.to_json())
            for number in range(begin, begin + count):
                await titles.save_title(stub, None, title(number, series))
        return Response(200)


if __name__ == "__main__":
    sys.exit(run(os.environ, Seeded(build())))
