"""Three attacks on a title that must fail: at commit, at commit, and in the contract."""

from examples.story.account import Account, StoryFailed
from examples.story.acts import BANK, EXPORTER, IMPORTER, OUTSIDERS, TitleWay
from examples.story.cast import Cast
from tradelane.gateway import Gateway, Proposal, documents, ebl
from tradelane.model.title_requests import TransferRequest

BOTH = ("HongKongMSP", "ShanghaiMSP")
ATTEMPTS_AT_ONE_BLOCK = 5
# The second where the first also changed who must endorse the title, as it can among three jurisdictions or more.
LOST_TO_ANOTHER = ("MVCC_READ_CONFLICT", "ENDORSEMENT_POLICY_FAILURE")


def transfer_twice(cast: Cast, account: Account) -> None:
    """Endorse two transfers of one title, hand both to the orderers at once; exactly one may take effect.

    Orderers cut a block every 200 ms, so two transactions may fall on both sides of a cut; then it is tried again
    with a fresh title, since the case to show is the one inside one block.
    """
    for _ in range(ATTEMPTS_AT_ONE_BLOCK):
        way = TitleWay.issued(cast, account)
        exporter = cast.as_party(EXPORTER)
        way.until_known_to(BANK)
        for recipient in (BANK, IMPORTER):  # each is made to believe that the title is coming
            exporter.run(documents.share(way.title_id, to=recipient))
        endorsed = [exporter.endorse(_transfer(exporter, way, to, BOTH)) for to in (BANK, IMPORTER)]
        commits = [exporter.submit_endorsed(transaction) for transaction in endorsed]
        outcomes = [exporter.status(commit) for commit in commits]
        if len({outcome.block_number for outcome in outcomes}) == 1:
            break
    else:
        raise StoryFailed("two transfers never came into one block")
    lost = [outcome for outcome in outcomes if not outcome.successful]
    if len(lost) != 1 or lost[0].code not in LOST_TO_ANOTHER:
        raise StoryFailed(f"a double transfer ended as {[outcome.code for outcome in outcomes]}")
    _require_control(exporter, way, BANK if outcomes[0].successful else IMPORTER)
    account.denied(f"second transfer in block {lost[0].block_number}", EXPORTER, lost[0].code)


def transfer_with_one_jurisdiction(cast: Cast, account: Account) -> None:
    """Have only one's own jurisdiction endorse a transfer: it is ordered, and invalid at commit."""
    way = TitleWay.issued(cast, account)
    exporter = cast.as_party(EXPORTER)
    transaction = exporter.endorse(_transfer(exporter, way, BANK, ("ShanghaiMSP",)))
    outcome = exporter.status(exporter.submit_endorsed(transaction))
    if outcome.code != "ENDORSEMENT_POLICY_FAILURE":
        raise StoryFailed(f"a transfer endorsed by one jurisdiction ended as {outcome.code}")
    _require_control(exporter, way, EXPORTER)
    account.denied(f"endorsed by Shanghai only, block {outcome.block_number}", EXPORTER, outcome.code)


def read_without_entitlement(cast: Cast, account: Account, way: TitleWay) -> None:
    """Have parties of neither side ask their own peers for the document, which those peers hold."""
    document_id = way.latest.result.document_id
    for outsider in OUTSIDERS:
        reader = cast.as_party(outsider)
        account.refused(
            "read the document",
            outsider,
            lambda reader=reader: reader.run(documents.read(document_id)),  # type: ignore[misc]
        )


def _transfer(gateway: Gateway, way: TitleWay, to: str, organisations: tuple[str, ...]) -> Proposal:
    request = TransferRequest(title_id=way.title_id, recipient=to)
    return gateway.new_proposal("ebl:transfer", request, endorsing_organizations=organisations)


def _require_control(gateway: Gateway, way: TitleWay, party_id: str) -> None:
    holder = gateway.run(ebl.show(way.title_id)).possessor
    if holder is None or holder.party_id != party_id:
        raise StoryFailed(f"{holder.party_id if holder else 'nobody'} is in control instead of {party_id}")
