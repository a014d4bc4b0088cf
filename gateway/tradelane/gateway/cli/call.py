"""`tradelane evaluate` and `tradelane submit`: any function of the chaincode."""

import base64
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from tradelane.gateway.cli import output, records
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work, read_file
from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import InputError
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow

app = typer.Typer()

Function = Annotated[str, typer.Argument(metavar="FUNCTION", help="CONTRACT:FUNCTION, e.g. ebl:show.")]
Arguments = Annotated[list[str] | None, typer.Argument(metavar="[ARGUMENT]...", help="As the function takes them.")]
Transient = Annotated[
    Path | None,
    typer.Option(
        "--transient-file",
        metavar="FILE",
        help='Private inputs: JSON {"name": "text" or {"base64": "..."}}; only endorsers get to see them.',
    ),
]
Endorsers = Annotated[
    list[str] | None,
    typer.Option("--endorsers", metavar="MSP", help="MSP id of an organisation that must endorse; may be repeated."),
]


@app.command(epilog='Example: tradelane evaluate party:show \'{"partyId": "victoria-bank"}\'')
def evaluate(
    context: typer.Context,
    function: Function,
    arguments: Arguments = None,
    transient_file: Transient = None,
    as_json: AsJson = False,
) -> None:
    """Ask a function of the chaincode on your own organisation's peer; nothing is written."""
    work = Work.of(context, as_json)
    answer = work.run(_evaluate(function, arguments or [], transient_of(transient_file)))
    output.answer(answer, as_json=work.as_json)


@app.command(epilog='Example: tradelane submit ebl:accept \'{"titleId": "..."}\' --request-id ID')
def submit(
    context: typer.Context,
    function: Function,
    arguments: Arguments = None,
    transient_file: Transient = None,
    endorsers: Endorsers = None,
    request_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Repeated under the same id, the request takes effect once.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Submit a transaction of any function of the chaincode and wait until it has taken effect."""
    work = Work.of(context, as_json)
    transient = transient_of(transient_file)
    done = work.run(_submit(function, arguments or [], transient, endorsers or [], request_id))
    rows = [("answer", output.readable(done.result))] if done.result else []
    records.committed(done, output.answer_json(done.result), rows, as_json=work.as_json)


def transient_of(path: Path | None) -> dict[str, bytes] | None:
    """Read private inputs from a file.

    Raises:
        InputError: FILE_UNREADABLE, INVALID_TRANSIENT.
    """
    if path is None:
        return None
    try:
        return transient_values(json.loads(read_file(path)))
    except (ValueError, TypeError):
        raise InputError(
            f'The file {path} holds no private inputs; wanted is JSON {{"name": "text"}}, or '
            '{"name": {"base64": "..."}} for bytes.',
            code="INVALID_TRANSIENT",
        ) from None


def transient_values(given: Any) -> dict[str, bytes]:  # noqa: ANN401 -- any JSON value
    """Return private inputs as bytes.

    Raises:
        ValueError, TypeError: They are not of the form that `--transient-file` names.
    """
    if not isinstance(given, dict):
        raise TypeError("not an object")
    return {name: _bytes(value) for name, value in given.items()}


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict) and value.keys() == {"base64"}:
        return base64.b64decode(value["base64"], validate=True)
    raise TypeError("neither text nor base64")


@flow
def _evaluate(
    session: Session, function: str, arguments: list[str], transient: dict[str, bytes] | None
) -> Steps[bytes]:
    return (yield from session.evaluate(function, *arguments, transient=transient))


@flow
def _submit(
    session: Session,
    function: str,
    arguments: list[str],
    transient: dict[str, bytes] | None,
    endorsers: list[str],
    request_id: str | None,
) -> Steps[Committed[bytes]]:
    return (
        yield from session.submit(
            function, *arguments, transient=transient, endorsing_organizations=endorsers, request_id=request_id
        )
    )
