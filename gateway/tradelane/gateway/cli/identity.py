"""`tradelane identity`: the wallet, and Fabric CA: list, show, import, enrol, renew, remove, register, revoke."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column

from tradelane.gateway import enrolment
from tradelane.gateway.authority import Reason, Registration
from tradelane.gateway.cli import output, tables, who
from tradelane.gateway.cli.completion import users
from tradelane.gateway.cli.secrets import once, secret_of
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work, read_file, write_private_file
from tradelane.gateway.errors import InputError, ProfileError
from tradelane.gateway.identity import read_pkcs12
from tradelane.gateway.keys import key_pem
from tradelane.gateway.profile import TokenFile
from tradelane.gateway.wallet import Credentials, Entry, Wallet

app = typer.Typer(
    help="Users' keys and certificates: kept here, certified by the organisation's Fabric CA. On the network's own "
    "machine `tradelane network user add` registers and enrols in one step.",
    no_args_is_help=True,
)

Name = Annotated[
    str, typer.Argument(metavar="NAME@ORG|NAME", help="The user; with --profile its name.", autocompletion=users)
]
SecretFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Enrolment secret in its first line; mode 0600.")]
SecretVariable = Annotated[str | None, typer.Option(metavar="VARIABLE", help="Enrolment secret, by variable's name.")]
PassphraseFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Passphrase in its first line; mode 0600.")]
PassphraseVariable = Annotated[str | None, typer.Option(metavar="VARIABLE", help="Passphrase, by variable's name.")]


@app.command("list", epilog="Example: tradelane identity list shanghai")
def list_identities(
    context: typer.Context,
    organisation: Annotated[str | None, typer.Argument(metavar="[ORG]", help="Instead of --profile.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the users of an organisation's profile, and until when their certificates are valid."""
    work = Work.of(context, as_json)
    wallet = Wallet(_directory(work, organisation))
    found = [_listed(wallet, name) for name in wallet.names()]
    if work.as_json:
        output.print_json([_json(each) if isinstance(each, Entry) else each for each in found])
        return
    tables.table(
        (Column("user", overflow="fold"), "role", "party", "key in", "key", "certificates"),
        [_cells(each) if isinstance(each, Entry) else (each["name"], *[""] * 4, each["problem"]) for each in found],
    )


@app.command(epilog="Example: tradelane identity show hkbank-clerk@hongkong")
def show(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Show a user: certificate, where the key is, until when both certificates are valid."""
    work = Work.of(context, as_json)
    wallet, user = _wallet(work, name)
    _show(wallet.entry(user), as_json=work.as_json)


@app.command("import", epilog="Example: tradelane identity import li-wei@shanghai --pkcs12 li-wei.p12 --tls-cert "
             "tls-cert.pem --tls-key tls-key.pem --passphrase-env P12")  # fmt: skip
def import_identity(
    context: typer.Context,
    name: Name,
    tls_cert: Annotated[Path, typer.Option(metavar="FILE", help="TLS client certificate, PEM.")],
    tls_key: Annotated[Path, typer.Option(metavar="FILE", help="Its private key, PEM.")],
    cert: Annotated[Path | None, typer.Option(metavar="FILE", help="Signing certificate, PEM.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its private key, PEM.")] = None,
    pkcs12: Annotated[Path | None, typer.Option(metavar="FILE", help="Both in one file instead.")] = None,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseVariable = None,
    as_json: AsJson = False,
) -> None:
    """Take in a user whose keys and certificates were made elsewhere.

    An encrypted PEM key stays encrypted; what comes from PKCS#12 is kept as PEM of mode 0600.
    """
    work = Work.of(context, as_json)
    wallet, user = _wallet(work, name)
    passphrase = once(secret_of("passphrase", passphrase_file, passphrase_env))
    if pkcs12 is not None and cert is None and key is None:
        certificate_pem, found = read_pkcs12(read_file(pkcs12), passphrase)
        signing = key_pem(found)
    elif pkcs12 is None and cert is not None and key is not None:
        certificate_pem, signing = read_file(cert), read_file(key)
    else:
        raise InputError("Give either --pkcs12 or both --cert and --key.", code="USAGE")
    kept = Credentials(certificate_pem, signing, read_file(tls_cert), read_file(tls_key))
    _show(wallet.add(user, kept, passphrase=passphrase), as_json=work.as_json)


@app.command(epilog="Example: tradelane identity enrol li-wei@shanghai --secret-file secret.txt")
def enrol(
    context: typer.Context,
    name: Name,
    enrolment_id: Annotated[str | None, typer.Option("--id", help="Whom the CA knows, if not NAME.")] = None,
    secret_file: SecretFile = None,
    secret_env: SecretVariable = None,
    encrypt: Annotated[bool, typer.Option("--encrypt", help="Encrypt the key files with a passphrase.")] = False,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseVariable = None,
    token: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help='A key in a PKCS#11 token that shall sign: JSON {"module","token","keyLabel","pinVariable"}.',
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a user's keys here and have them certified against the secret that `identity register` gave."""
    work = Work.of(context, as_json)
    wallet, user = _wallet(work, name)
    passphrase = secret_of("passphrase", passphrase_file, passphrase_env) if encrypt else None
    entry = enrolment.enrol(
        wallet,
        user,
        secret_of("enrolment secret", secret_file, secret_env),
        enrolment_id=enrolment_id,
        token=_token(token) if token else None,
        passphrase=once(passphrase) if passphrase else None,
    )
    _show(entry, as_json=work.as_json)


@app.command(epilog="Example: tradelane identity renew li-wei@shanghai --within-days 30")
def renew(
    context: typer.Context,
    name: Name,
    within_days: Annotated[
        int | None, typer.Option(min=0, help="Only when a certificate ends within so many days.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseVariable = None,
    as_json: AsJson = False,
) -> None:
    """Exchange certificates, while they are valid, for new ones with new keys; a key in a token stays."""
    work = Work.of(context, as_json)
    wallet, user = _wallet(work, name)
    given = passphrase_file is not None or passphrase_env is not None
    passphrase = once(secret_of("passphrase", passphrase_file, passphrase_env)) if given else None
    within = timedelta(days=within_days) if within_days is not None else None
    entry = enrolment.renew(wallet, user, within=within, passphrase=passphrase)
    if work.as_json:
        output.print_json({"renewed": entry is not None, **_json(entry or wallet.entry(user))})
    else:
        tables.pairs([("renewed", "yes" if entry else "no, not due yet"), *_rows(entry or wallet.entry(user))])


@app.command(epilog="Example: tradelane identity remove li-wei@shanghai --yes")
def remove(
    context: typer.Context,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a user's keys and certificates here. They stay valid until `identity revoke`."""
    work = Work.of(context, as_json)
    wallet, user = _wallet(work, name)
    wallet.home(user)
    if not yes:
        typer.confirm(f"Delete the keys of {name}?", abort=True, err=True)
    wallet.remove(user)
    if work.as_json:
        output.print_json({"removed": user})
    else:
        tables.pairs([("removed", user)])


@app.command(epilog="Example: tradelane --as registrar@shanghai identity register li-wei --party shbank --role signer")
def register(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Enrolment id.")],
    party: Annotated[str | None, typer.Option(help="The party the user acts for.")] = None,
    role: Annotated[str | None, typer.Option(help="signer or viewer.")] = None,
    kind: Annotated[str, typer.Option("--type", help="client, or admin for an administrator.")] = "client",
    affiliation: Annotated[str, typer.Option(help="A department the CA knows.")] = "",
    attribute: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Into the certificate; may be repeated.")
    ] = None,
    max_enrolments: Annotated[int, typer.Option(min=-1, help="How often the secret serves.")] = 1,
    secret_out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the secret there, mode 0600, instead of showing it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody enrol, once: shows the secret to hand them. The caller is a registrar of the CA."""
    work = Work.of(context, as_json)
    actor = work.actor()
    who_ = Registration(
        name,
        type=kind,
        affiliation=affiliation,
        attributes=_attributes(party, role, attribute or []),
        max_enrolments=max_enrolments,
    )
    secret = enrolment.register(Wallet(actor.directory), actor.user, who_)
    shown = {"name": name, "secret": secret}
    if secret_out is not None:
        write_private_file(secret_out, secret.encode() + b"\n")
        shown = {"name": name, "secretFile": str(secret_out)}
    if work.as_json:
        output.print_json(shown)
    else:
        tables.pairs([("registered", name), *list(shown.items())[1:]])


@app.command(epilog="Example: tradelane --as registrar@shanghai identity revoke li-wei --reason keycompromise")
def revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Enrolment id.")],
    reason: Annotated[Reason, typer.Option(help="Goes into the CA's list.")] = Reason.UNSPECIFIED,
    crl: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write both CAs' lists of revoked certificates.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Revoke all of somebody's certificates, so that they can neither renew nor enrol.

    Peers go on accepting them until the channel's configuration of the organisation holds the CA's list.
    """
    work = Work.of(context, as_json)
    actor = work.actor()
    done = enrolment.revoke(Wallet(actor.directory), actor.user, name, reason=reason)
    if crl is not None:
        write_private_file(crl, done.crl_pem + done.tls_crl_pem)
    if work.as_json:
        output.print_json({"revoked": name, "serials": list(done.serials)})
    else:
        tables.pairs([("revoked", name), *(("certificate", each) for each in done.serials)])


def _wallet(work: Work, name: str) -> tuple[Wallet, str]:
    actor = who.actor(name, work.settings.profile)
    return Wallet(actor.directory), actor.user


def _directory(work: Work, organisation: str | None) -> Path:
    if organisation is None:
        return work.settings.profile or work.actor().directory
    return who.actor(f"-@{organisation}", None).directory


def _token(path: Path) -> TokenFile:
    try:
        return TokenFile.from_json(read_file(path))
    except ValueError:
        raise InputError(
            f'The file {path} is no JSON like {{"module","token","keyLabel","pinVariable"}}.', code="TOKEN_MALFORMED"
        ) from None


def _attributes(party: str | None, role: str | None, others: list[str]) -> dict[str, str]:
    found = {name: value for name, value in (("tradelane.party", party), ("tradelane.role", role)) if value}
    for each in others:
        name, separator, value = each.partition("=")
        if not name or not separator:
            raise InputError(f"The attribute {each!r} is not NAME=VALUE.", code="USAGE")
        found[name] = value
    return found


def _listed(wallet: Wallet, name: str) -> Entry | dict[str, str]:
    """A user whose files are spoiled does not hide the others."""
    try:
        return wallet.entry(name)
    except ProfileError as error:
        return {"name": name, "problem": error.code}


def _cells(entry: Entry) -> tuple[str, ...]:
    validity = _validity(entry, datetime.now(UTC))
    return entry.name, entry.role or "", entry.party_id or "", entry.key_place, entry.key_kind, validity


def _validity(entry: Entry, now: datetime) -> str:
    end = min(entry.not_after, entry.tls_not_after)
    if end < now:
        return f"expired {end:%Y-%m-%d}"
    return f"until {end:%Y-%m-%d} ({(end - now).days} days)"


def _show(entry: Entry, *, as_json: bool) -> None:
    if as_json:
        output.print_json(_json(entry))
    else:
        tables.pairs(_rows(entry))


def _json(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "enrolmentId": entry.enrolment_id,
        "partyId": entry.party_id,
        "role": entry.role,
        "key": entry.key_kind,
        "keyIn": entry.key_place,
        "serial": entry.serial,
        "notBefore": entry.not_before.isoformat(),
        "notAfter": entry.not_after.isoformat(),
        "tlsNotAfter": entry.tls_not_after.isoformat(),
    }


def _rows(entry: Entry) -> list[tuple[str, str]]:
    return [
        ("user", entry.name),
        ("certified as", entry.enrolment_id),
        ("role", entry.role or "-"),
        ("party", entry.party_id or "-"),
        ("key", f"{entry.key_kind}, in {entry.key_place}"),
        ("serial", entry.serial),
        ("certificate", f"{entry.not_before:%Y-%m-%d %H:%M} to {entry.not_after:%Y-%m-%d %H:%M} UTC"),
        ("TLS certificate", f"to {entry.tls_not_after:%Y-%m-%d %H:%M} UTC"),
    ]
