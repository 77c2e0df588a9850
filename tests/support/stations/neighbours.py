"""Stations of one circle whose entries are handed around by hand: real ledgers and services, no radio."""

from dataclasses import dataclass
from pathlib import Path

from meshboard.domain.commands import AcceptClaim, ClaimPost
from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.people import Actor
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.domain.views import PostView
from meshboard.ledger.ledger import Ledger
from meshboard.station.board.service import Service
from meshboard.station.circle.desk import Desk
from meshboard.station.home.host import Host
from tests.support.stations.acquainted import circle_of, settle_in

STREET = circle_of("Street", bytes(range(32)))
NOON = 1_800_000_000
DAY_S = 24 * 3600
NEED = PostContent(PostKind.NEED, Category.MEDICAL, Urgency.NORMAL, "insulin for the weekend")


@dataclass
class HandClock:
    """A clock set by hand."""

    wall: int | None = NOON
    monotonic: float = 1000.0

    def wall_s(self) -> int | None:
        return self.wall

    def monotonic_s(self) -> float:
        return self.monotonic


class Neighbour:
    """One station: its file, its desk and its service."""

    def __init__(self, folder: Path, name: str, clock: HandClock | None = None) -> None:
        self.name = name
        self.path = folder / f"{name}.sqlite"
        self.clock = clock or HandClock()
        if not self.path.exists():
            with Ledger.create(self.path) as ledger:
                settle_in(ledger, STREET, name, self.clock)
        self.open(folder)

    def open(self, folder: Path) -> None:
        """Open the ledger, as after a restart."""
        self.ledger = Ledger.open(self.path)
        self.desk = Desk(self.ledger, STREET, self.clock)
        self.service = Service(self.desk, Host(folder / "nobody").radio)

    @property
    def me(self) -> Actor:
        return self.service.me.actor

    def claim(self, post: PostId, actor: Actor | None = None, signed_as: str = "") -> ClaimId:
        claimed = self.service.run(ClaimPost(actor=actor or self.me, post=post, signed_as=signed_as))
        assert claimed.my_claim is not None
        return claimed.my_claim

    def accept(self, claim: ClaimId, actor: Actor | None = None) -> PostView:
        return self.service.run(AcceptClaim(actor=actor or self.me, claim=claim))

    def bytes_on_disk(self) -> bytes:
        """Return every byte of the ledger's files."""
        files = sorted(self.path.parent.glob(self.path.name + "*"))
        return b"".join(file.read_bytes() for file in files)


def tell(*stations: Neighbour) -> None:
    """Let everybody hear everything, and settle what is due, until nothing new is said."""
    pairs = [(one, other) for one in stations for other in stations if one is not other]
    while sum(_hear(one, other) for one, other in pairs):
        for station in stations:
            station.service.contacts.settle()


def _hear(hearer: Neighbour, speaker: Neighbour) -> bool:
    store = speaker.ledger.store(STREET.id)
    news = False
    for log, held in store.holdings().items():
        for first, last in held.ranges:
            news |= bool(hearer.ledger.append(store.entries(log, first, last), None).new)
    return news
