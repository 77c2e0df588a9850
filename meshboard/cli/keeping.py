"""Commands that keep a board from others: encryption, backups, and wiping it."""

from pathlib import Path
from typing import Annotated

import typer

from meshboard.cli.context import Invocation, invocation, unlocked_host
from meshboard.cli.options import AsJson
from meshboard.cli.output import explained, print_json
from meshboard.cli.secrets import ask_new_passphrase, ask_passphrase, is_terminal
from meshboard.config import load_settings
from meshboard.errors import ConfigError, RuleError
from meshboard.station.home.host import Host
from meshboard.station.texts.remote_wipe import read_node_key, switch_off, switch_on
from meshboard.station.vault.backups import back_up, opener_kind
from meshboard.station.vault.backups import restore as restore_home
from meshboard.station.vault.locks import Protect, Protection
from meshboard.station.vault.protecting import protect_home, unprotect_home
from meshboard.station.vault.vault import Vault
from meshboard.station.vault.wiping import wipe as wipe_home
from meshboard.trust.keyslot import SlotKind
from meshboard.trust.secret import Secret

WIPE_WORD = "wipe"
_WORDS = {
    Protection.NONE: "This board is not encrypted: whoever has the machine can read it. "
    "Encrypt it: meshboard lock set-passphrase",
    Protection.PASSPHRASE: "This board is encrypted and opens with a passphrase.",
    Protection.KEY_FILE: "This board is encrypted and opens with the key file {key_file}. "
    "Whoever has both can read it: take the stick with you.",
}
_WHAT_FLASH_KEEPS = (
    "What stood on the disk before was overwritten and removed. SD cards, sticks and SSDs may keep old "
    "copies all the same, out of reach of this program."
)

lock_app = typer.Typer(help="Say how this board is encrypted, and change it.", no_args_is_help=True)
EncryptOption = Annotated[
    bool | None,
    typer.Option(
        "--encrypt/--no-encrypt", help="Encrypt this board with a passphrase, or leave it readable.",
        show_default="asked",
    ),
]  # fmt: skip
KeyFileOption = Annotated[
    Path | None,
    typer.Option("--key-file", help="Encrypt this board with a key file instead, made if it is not there."),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(lock_app, name="lock")
    app.command()(backup)
    app.command()(restore)
    app.command()(wipe)


def first_protection(
    host: Host, options: Invocation, encrypt: bool | None, key_file: Path | None
) -> Protect | None:
    """Return how a first start shall protect the ledger; ask where nothing was said and somebody is there.

    A home that has a board already keeps what it has.
    """
    if host.has_ledger:
        return None
    if key_file is not None:
        if encrypt is False:
            raise ConfigError("--key-file and --no-encrypt contradict each other. Leave one out.")
        return Protect(key_file=key_file)
    if encrypt is None and options.passphrase_fd is None:
        encrypt = _asked()
    if encrypt is False:
        return None
    return Protect(passphrase=ask_new_passphrase(options.passphrase_fd))


def _asked() -> bool:
    if not is_terminal():
        raise ConfigError(
            "Say whether this board shall be encrypted: --encrypt (with --passphrase-fd N), --key-file PATH "
            "for an unattended kiosk, or --no-encrypt."
        )
    return typer.confirm(
        "Encrypt this board? Then nobody reads it without a passphrase (a kiosk: say no, and --key-file)",
        default=True,
        err=True,
    )


@lock_app.command("status")
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Say how this board is protected; needs no passphrase."""
    home = invocation(context).home
    with explained():
        protection, key_file = Vault(home).protection, load_settings(home).key_file
        if as_json:
            print_json({"protection": protection.value, "key_file": key_file or None})
        else:
            typer.echo(_WORDS[protection].format(key_file=key_file))


@lock_app.command("set-passphrase")
def set_passphrase(context: typer.Context) -> None:
    """Encrypt this board with a passphrase, or change the one it has (first the old one, then the new)."""
    options = invocation(context)
    with explained():
        host = unlocked_host(options)
        was = _protection_of_a_board(host)
        protect_home(host.vault, Protect(passphrase=ask_new_passphrase(options.passphrase_fd)))
        typer.echo(
            "From now on this board opens with the new passphrase. Nobody can give it back if it is lost."
        )
        if was is Protection.NONE:
            typer.echo(_WHAT_FLASH_KEEPS)
        elif was is Protection.KEY_FILE:
            typer.echo("The key file is of no use any more; destroy it.")


@lock_app.command("use-key-file")
def use_key_file(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Where the key file is or shall be made: on a stick.")],
) -> None:
    """Let a key file open this board without a question: for a kiosk nobody attends."""
    with explained():
        host = unlocked_host(invocation(context))
        was = _protection_of_a_board(host)
        protect_home(host.vault, Protect(key_file=path))
        typer.echo(
            f"From now on this board opens with the key file {path.absolute()}. "
            "Keep a copy elsewhere: without it the board is lost. Whoever has machine and stick reads it."
        )
        if was is Protection.NONE:
            typer.echo(_WHAT_FLASH_KEEPS)


@lock_app.command("remove")
def remove(context: typer.Context) -> None:
    """Write this board in the clear again."""
    with explained():
        host = unlocked_host(invocation(context))
        _protection_of_a_board(host)
        unprotect_home(host.vault)
        typer.echo("This board is not encrypted any more: whoever has the machine can read it.")


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A new file, best on a stick.")],
    own_passphrase: Annotated[
        bool, typer.Option("--own-passphrase", help="Give the backup a passphrase of its own.")
    ] = False,
) -> None:
    """Write everything this station holds to one encrypted file, even while the station runs."""
    options = invocation(context)
    with explained():
        host = unlocked_host(options)
        is_plain = _protection_of_a_board(host) is Protection.NONE
        if is_plain:
            typer.echo(
                "This board is not encrypted, but its backup is: choose a passphrase for it.", err=True
            )
        new = ask_new_passphrase(options.passphrase_fd) if own_passphrase or is_plain else None
        back_up(host.vault, file, new)
        typer.echo(f"The backup is {file}. Try it out: meshboard --home OTHER-FOLDER restore {file}")


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The backup.")],
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help="The key file that opens it, where one does.")
    ] = None,
) -> None:
    """Make this home the station a backup was made of; it must not have a board yet."""
    options = invocation(context)
    with explained():
        passphrase: Secret | None = None
        if opener_kind(file) is SlotKind.PASSPHRASE:
            passphrase = ask_passphrase("Passphrase of the backup", options.passphrase_fd)
        restore_home(Vault(options.home), file, passphrase, key_file)
        typer.echo(
            "The station is back, with a new log of its own. Never run it beside the one it came from."
        )


def wipe(
    context: typer.Context,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    from_handheld: Annotated[
        str | None,
        typer.Option(
            "--from-handheld", metavar="KEY",
            help="Wipe nothing now: let the handheld with this public key do it by texting: wipe CODE",
        ),
    ] = None,
    no_handheld: Annotated[
        bool, typer.Option("--no-handheld", help="Wipe nothing: let no handheld do it any more.")
    ] = False,
) -> None:  # fmt: skip
    """Destroy this board: its key first, then every file. Needs no passphrase and cannot be taken back."""
    home = invocation(context).home
    with explained():
        if from_handheld is not None or no_handheld:
            _let_handheld_wipe(invocation(context), None if no_handheld else from_handheld)
            return
        if not is_sure:
            typer.echo(f"This destroys the board in {home}, its keys and the key file it uses.", err=True)
            if typer.prompt(f"Type the word {WIPE_WORD}", err=True).strip().casefold() != WIPE_WORD:
                raise RuleError("Nothing was wiped.")
        for line in wipe_home(home).words():
            typer.echo(line)


def _let_handheld_wipe(options: Invocation, node_key: str | None) -> None:
    host = unlocked_host(options)
    _protection_of_a_board(host)
    with host.vault.open_ledger(checked=False) as ledger:
        if node_key is None:
            switch_off(ledger)
            typer.echo("No handheld can wipe this board.")
            return
        read_node_key(node_key)  # before anybody thinks of a code for it
        code = ask_passphrase("A code for it", options.passphrase_fd)
        if options.passphrase_fd is None and ask_passphrase("The same once more", None) != code:
            raise RuleError("The two were not the same. Nothing was changed; try again.")
        switch_on(ledger, node_key, code)
    typer.echo(
        "That handheld can wipe this board now: a direct message with the word wipe and the code, while a "
        "station or its screens run here. Five wrong codes make it wait for ten minutes."
    )


def _protection_of_a_board(host: Host) -> Protection:
    if not host.is_ready:
        host.open()  # says how to begin
    return host.protection()
