"""The real program, with secrets that stand nowhere else: they are looked for in all it wrote and showed."""

import re
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from meshboard.ledger.file.driver import connect
from meshboard.station.home.host import Host
from meshboard.station.vault.vault import LEDGER_FILE
from meshboard.trust.secret import Secret
from tests.secrets.playing import Player, Shown
from tests.secrets.search import forms, found_in, found_in_files

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PASSPHRASE, NEW_PASSPHRASE, WRONG = (
    "zorblat quixote mandrill",
    "vuvuzela sasquatch kumquat",
    "bumfuzzle gardyloo oxter",
)
CONTACT, POST, PLACE = "555-0142 Wooster, blue gate", "yellowhammer lanterns", "Quagmirehook"
HANDLE, CIRCLE, CHANNEL, WALK_UP, OTHER = "Xanthippe", "Vexillology", "Zugzwang", "Philomena", "Bogdanovka"
TYPED = {
    "passphrase": PASSPHRASE, "new passphrase": NEW_PASSPHRASE, "wrong passphrase": WRONG, "contact": CONTACT,
}  # fmt: skip
WORDS = {
    "post": POST, "place": PLACE, "handle": HANDLE, "circle": CIRCLE, "channel": CHANNEL, "walk-up": WALK_UP,
    "member": OTHER,
}  # fmt: skip
# What people said is shown to who asks for it, on stdout; keys and passphrases never are.
MAY_SHOW = {
    "post need": {"post", "place", "handle", "contact", "walk-up", "pick-up code"},
    "circle new": {"circle"},
    "circle invite": {"circle", "invite code"},
    "circle join": {"circle"},
    "pick-up": {"post", "place", "handle", "contact", "walk-up", "pick-up code"},
    "screens": {"post", "place", "handle", "circle", "walk-up", "channel", "contact"},
}


class Story:
    """What was done once, and what is secret in it."""

    def __init__(self, folder: Path) -> None:
        self.player = player = Player(folder)
        one, two = (PASSPHRASE,), (NEW_PASSPHRASE,)
        player.run(
            "home", "circle", "new", CIRCLE, "--as", HANDLE, "--encrypt", "--channel", CHANNEL, lines=one
        )
        player.run(
            "home", "post", "need", POST, "-p", PLACE, "--contact", "--json", lines=one, contact_fd=CONTACT
        )
        walk_up = player.run(
            "home",
            "post",
            "need",
            POST,
            "--walk-up",
            "--as",
            WALK_UP,
            "--json",
            lines=one,
            contact_fd=CONTACT,
        )
        self.pick_up = _pick_up_code(walk_up)
        player.run("home", "pick-up", walk_up.json()["code"], "show", lines=one, code_fd=self.pick_up)
        self.code = player.run("home", "circle", "invite", "--json", lines=one).json()["code"]
        player.run("home", "circle", "invite", "--file", str(folder / "work" / "invite"), lines=one)
        player.run("home", "status", lines=(WRONG,))
        player.run("other", "circle", "join", "--as", OTHER, "--no-encrypt", code_fd=self.code[:-3])
        player.run("other", "circle", "join", "--as", OTHER, "--no-encrypt", code_fd=self.code)
        journal = folder / "home" / "journal.log"
        player.station("home", PASSPHRASE, until=lambda: journal.exists() and "link" in journal.read_text())
        player.run("home", "lock", "set-passphrase", lines=one + two)
        player.run("home", "backup", str(folder / "work" / "backup"), lines=two)
        player.run("again", "restore", str(folder / "work" / "backup"), lines=two)
        self.secrets = self._secrets(folder / "home")
        self.screens = player.screens(("-m", "meshboard", "--home", str(folder / "home")), _unlock_and_look())
        self.crash = _crash(player)

    @property
    def all_secrets(self) -> dict[str, bytes]:
        """Everything that must not be found."""
        return {**self.secrets, **{name: word.encode() for name, word in WORDS.items()}}

    def _secrets(self, home: Path) -> dict[str, bytes]:
        host = Host(home)
        host.unlock(Secret.of_text(NEW_PASSPHRASE))
        key = host.vault.key()
        assert key is not None
        with closing(connect(home / LEDGER_FILE, "ro", key)) as ledger:
            (kept,) = ledger.execute("SELECT epoch_key, channel_psk, channel_seed FROM circle").fetchall()
            (seed,) = ledger.execute("SELECT seed FROM identity").fetchone()
            invites = [row[0] for row in ledger.execute("SELECT secret FROM invite")]
        keys = {"ledger key": bytes(key.reveal()), "epoch key": kept[0], "channel key": kept[1]}
        keys |= {"channel seed": kept[2], "author's seed": seed}
        keys |= {f"invite secret {place}": secret for place, secret in enumerate(invites)}
        said = {"invite code": self.code[7:41], "pick-up code": self.pick_up}
        return keys | {name: word.encode() for name, word in (TYPED | said).items()}


def _pick_up_code(shown: Shown) -> str:
    code = shown.json()["pick_up_code"]
    assert isinstance(code, str)
    return code


def _unlock_and_look() -> Callable[[bytes], bytes | None]:
    pressed: list[int] = []

    def keys(drawn: bytes) -> bytes | None:
        if not pressed and b"assphrase" in drawn:
            pressed.append(1)
            return NEW_PASSPHRASE.encode() + b"\r"
        if pressed and POST.partition(" ")[0].encode() in drawn:
            return None
        return b""

    return keys


def _crash(player: Player) -> Shown:
    kept = player.folder / "work" / "kept"
    kept.write_text(CONTACT)
    script = str(Path(__file__).with_name("crashing.py"))
    return player.screens((script, str(player.folder / "other"), str(kept)), lambda _drawn: b"")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(tmp_path_factory.mktemp("story"))


def test_everything_was_done(story: Story) -> None:
    told = [
        shown.stderr
        for shown in story.player.shown
        if b"Traceback" in shown.stderr or b"Usage" in shown.stderr
    ]

    assert told == []
    assert POST.partition(" ")[0].encode() in story.screens.stdout, story.screens.stdout[-2000:]
    assert (story.player.folder / "again" / LEDGER_FILE).exists()
    assert (story.player.folder / "other" / LEDGER_FILE).exists()
    assert b"LookupError" in story.crash.stdout


def test_where_they_may_be_they_are_found(story: Story) -> None:
    posted = next(shown for shown in story.player.shown if shown.command.endswith("post need"))
    invited = next(shown for shown in story.player.shown if shown.command.endswith("circle invite"))

    assert {"post", "place", "handle"} <= found_in(posted.stdout, story.all_secrets)
    assert "invite code" in found_in(invited.stdout, story.all_secrets)
    assert {name for _, name in found_in_files(story.player.folder / "other", story.all_secrets)} >= {
        "channel key",
        "epoch key",
        "member",
    }


def test_no_file_of_an_encrypted_home_has_a_word_or_a_key(story: Story) -> None:
    for home in ("home", "again"):
        assert found_in_files(story.player.folder / home, story.all_secrets) == set()


def test_nothing_else_that_was_written_has_a_word_or_a_key(story: Story) -> None:
    for place in ("user", "tmp", "xdg"):
        assert found_in_files(story.player.folder / place, story.all_secrets) == set()
    backup = (story.player.folder / "work" / "backup").read_bytes()
    assert found_in(backup, story.all_secrets) == set()
    assert {file.name for file in (story.player.folder / "work").iterdir()} == {"backup", "invite"}


def test_a_plain_home_has_them_in_its_ledger_only(story: Story) -> None:
    found = found_in_files(story.player.folder / "other", story.all_secrets)

    assert {file for file, _ in found} <= {LEDGER_FILE, f"{LEDGER_FILE}-wal"}
    assert not {name for _, name in found} & (
        story.secrets.keys() - {"epoch key", "channel key", "channel seed"}
    )


def test_what_one_command_is_asked_for_no_other_shows(story: Story) -> None:
    for shown in story.player.shown:
        may = next((names for start, names in MAY_SHOW.items() if start in shown.command), set())
        assert found_in(shown.stdout, story.all_secrets) <= may, shown.command
        assert found_in(shown.stderr, story.all_secrets) == set(), shown.command


def test_arguments_environment_and_titles_have_no_secret(story: Story) -> None:
    for shown in story.player.shown:
        assert found_in(shown.to_others, story.secrets) == set(), shown.command
    titles = b"".join(
        title
        for shown in story.player.shown
        for title in re.findall(rb"\x1b\](?:0|1|2);([^\x07\x1b]*)", shown.stdout)
    )
    assert found_in(titles, story.all_secrets) == set()


def test_a_crash_on_screen_shows_where_and_no_value(story: Story) -> None:
    shown = story.crash.stdout

    assert b"Please report" in shown
    assert b"ValueError" in shown
    assert found_in(shown, story.secrets) == set()


def test_everything_is_its_owners_alone_whatever_the_umask(story: Story) -> None:
    folder = story.player.folder
    written = [
        file
        for place in ("home", "again", "other", "work/backup", "work/invite")
        for file in (folder / place, *(folder / place).rglob("*"))
    ]
    open_to_others = [file for file in written if stat.S_IMODE(file.stat().st_mode) & 0o077]

    assert len(written) > 8
    assert open_to_others == []


def test_the_search_finds_a_secret_in_every_form() -> None:
    secrets = {"word": b"yellowhammer"}
    hidden = [b"..." + form + b"..." for form in forms(secrets["word"])]

    assert all(found_in(content, secrets) for content in hidden)
    assert len(hidden) == 8
    assert found_in(b"YellowHammer", secrets)
    assert not found_in(b"yellow hammer", secrets)
