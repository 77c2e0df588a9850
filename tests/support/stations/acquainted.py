"""A circle whose founder vouched, before anything else, for everybody a test may name."""

from collections.abc import Sequence

from meshboard.clock import Clock
from meshboard.domain.circle_facts import AuthorVouched, CircleFounded, StationIntroduced
from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import member_key
from meshboard.ledger.ledger import Ledger
from meshboard.station.circle.desk import Desk
from meshboard.trust.boxes import BoxKey
from meshboard.trust.circle import Circle, RadioPlan, make_circle
from meshboard.trust.identity import AuthorKey
from tests.support.entries.signed import BOX_KEY, FOUNDER_SEED, Writer

NAMES = (
    "Ana",
    "Ben",
    "Bo",
    "Cam",
    "Cem",
    "Dora",
    "Eve",
    "Hall",
    "Hall kiosk",
    "Kiosk",
    "Library",
    "ana",
    "bo",
    "cam",
)


def seed_of(name: str) -> bytes:
    return name.encode().ljust(32, b".")


def circle_of(name: str, key: bytes, plan: RadioPlan | None = None) -> Circle:
    return make_circle(name, key, AuthorKey(FOUNDER_SEED).author, plan)


def settle_in(ledger: Ledger, circle: Circle, name: str, clock: Clock, others: Sequence[bytes] = ()) -> Desk:
    """Make this the station of somebody who was let in, and has said who they are; `others` were too."""
    ledger.circles.add(circle, seed_of(name))
    ledger.append(_beginning(circle, others), None)
    desk = Desk(ledger, circle, clock)
    desk.write(StationIntroduced(name, BoxKey(seed_of(name), circle.id).public), desk.member)
    return desk


def _beginning(circle: Circle, others: Sequence[bytes]) -> list[SignedEntry]:
    founder = Writer(FOUNDER_SEED, circle.id)
    founder.write(CircleFounded("Founder", "UTC", BOX_KEY), time_s=None)
    for seed in (*map(seed_of, NAMES), *others):
        founder.write(AuthorVouched(member_key(AuthorKey(seed).author)), time_s=None)
    return founder.written
