"""Homes with a protected ledger, made quickly: one try of their passphrases is cheap."""

from pathlib import Path

from meshboard.domain.commands import PublishPost
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.domain.views import BoardQuery
from meshboard.figures import HOLDING_WAIT_S
from meshboard.station.board.service import Service
from meshboard.station.home.host import Host
from meshboard.station.vault.locks import Protect
from meshboard.station.vault.vault import BeforeStep, Vault
from meshboard.trust.keyslot import Cost
from meshboard.trust.secret import Secret

CHEAP = Cost(8 * 1024, 1)
PASSPHRASE = "lamp river seven quilt"
HANDLE, CIRCLE, TEXT, PLACE = "Nadia", "Quilted Harbour", "lanterns for the stairwell", "Vine crossing"


def words() -> Secret:
    """Return the passphrase anew: whoever takes one may forget it."""
    return Secret.of_text(PASSPHRASE)


def host_of(home: Path, before_step: BeforeStep = lambda _step: None, wait_s: float = HOLDING_WAIT_S) -> Host:
    """Return a host whose new slots are cheap to open."""
    host = Host(home)
    host.vault = Vault(home, CHEAP, before_step, wait_s)
    return host


def unlocked(home: Path) -> Host:
    """Return a host that has the passphrase."""
    host = host_of(home)
    host.unlock(words())
    return host


def new_home(home: Path, protect: Protect | None) -> Host:
    """Do a first start and put up one post; return the host with everything closed."""
    host = host_of(home)
    host.begin(HANDLE, new_circle=CIRCLE, protect=protect)
    post_need(host.open(), TEXT)
    host.close()
    return host


def post_need(board: Service, text: str) -> None:
    """Put up a need."""
    content = PostContent(PostKind.NEED, Category.OTHER, Urgency.NORMAL, text, None, place=PLACE)
    board.run(PublishPost(actor=board.me.actor, content=content))


def texts(host: Host) -> list[str]:
    """Return the texts on a host's board, and close it."""
    try:
        return [post.content.text for post in host.open().board(BoardQuery(live_only=False)).posts]
    finally:
        host.close()


def found_in(folder: Path, *more: bytes) -> set[tuple[str, bytes]]:
    """Return the words and keys that stand in any byte of any file in a folder, and in which."""
    secret = [one.encode(code) for one in (HANDLE, CIRCLE, TEXT, PLACE, "SQLite format", "CREATE TABLE",
              PASSPHRASE) for code in ("utf-8", "utf-16-le", "utf-16-be")]  # fmt: skip
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {
        (file.name, one)
        for file in files
        for one in (*secret, *more)
        if one.lower() in file.read_bytes().lower()
    }
