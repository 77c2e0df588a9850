"""Make real, signed entries, and a small world of stations that write them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from meshboard.domain.circle_facts import AuthorVouched, CircleFounded, StationIntroduced
from meshboard.domain.entries import Fact, LogId, PostPublished, SignedEntry, Stamp
from meshboard.domain.ids import CircleId, ClaimId, PostId, member_key
from meshboard.domain.people import Actor
from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, Urgency
from meshboard.figures import MAX_INCARNATIONS
from meshboard.trust.circle import Circle, make_circle
from meshboard.trust.identity import AuthorKey
from meshboard.wire.entry_bytes import FIRST_LINK, Draft, link_after, sign_entry

FOUNDER_SEED = bytes([255]) * 32
CIRCLE = make_circle("Fifth Street", bytes(range(32)), AuthorKey(FOUNDER_SEED).author)
OTHER_CIRCLE = make_circle("Kitchen", bytes(range(1, 33)), AuthorKey(FOUNDER_SEED).author)
MEMBERS = range(1, 10)
"""The writers that `founding` lets in, unless it is told others."""
BOX_KEY = b"k" * 32
EARLIER_LOG = MAX_INCARNATIONS - 1
FOUNDED = 1 + 2 * len(MEMBERS)
"""How many entries `founding` has."""
NOON = 1_760_000_000
"""An ordinary time of day, Unix seconds."""
SALT = bytes(8)


def content(text: str = "Need water", **changes: object) -> PostContent:
    said: dict[str, object] = {
        "kind": PostKind.NEED,
        "category": Category.WATER,
        "urgency": Urgency.NORMAL,
        "text": text,
        "quantity": Quantity(Decimal(10), "gal"),
    }
    return PostContent(**(said | changes))  # type: ignore[arg-type]


@dataclass
class Writer:
    """One station that signs entries, numbering them itself."""

    seed: bytes
    circle: CircleId = CIRCLE.id
    incarnation: int = 0
    salt_key: bytes = b""
    written: list[SignedEntry] = field(default_factory=list)

    @property
    def key(self) -> AuthorKey:
        return AuthorKey(self.seed)

    @property
    def log(self) -> LogId:
        return LogId(self.key.author, self.incarnation)

    def write(
        self,
        fact: Fact,
        *,
        number: int | None = None,
        count: int | None = None,
        time_s: int | None = NOON,
        actor: Actor | None = None,
    ) -> SignedEntry:
        place = number or len(self.written) + 1
        signed = self.sign(fact, place, place if count is None else count, time_s=time_s, actor=actor)
        self.written.append(signed)
        return signed

    def sign(
        self, fact: Fact, number: int, count: int, *, time_s: int | None = NOON, actor: Actor | None = None
    ) -> SignedEntry:
        draft = Draft(
            circle=self.circle,
            log=self.log,
            number=number,
            stamp=Stamp(count, time_s),
            actor=actor or Actor.member(self.key.author),
            fact=fact,
            salt=SALT,
            link=self._link(number),
            salt_key=self.salt_key,
        )
        return sign_entry(draft, self.key)

    def _link(self, number: int) -> bytes:
        before = [one for one in self.written if one.entry.number == number - 1]
        return link_after(before[0]) if before else FIRST_LINK

    def introduce(self, name: str) -> SignedEntry:
        return self.write(StationIntroduced(name, BOX_KEY))

    def publish(self, text: str = "Need water", **changes: object) -> SignedEntry:
        return self.write(PostPublished(content(text, **changes)))


def writer(number: int = 1, circle: Circle = CIRCLE, incarnation: int = 0) -> Writer:
    return Writer(bytes([number]) * 32, circle.id, incarnation)


def founding(circle: Circle = CIRCLE, members: Iterable[int] = MEMBERS) -> list[SignedEntry]:
    """Return what a circle began with: its founder vouches for these writers, and they for the founder.

    They do so in a log of their own, so that what a test has them write is numbered from 1.
    """
    founder = Writer(FOUNDER_SEED, circle.id)
    founder.write(CircleFounded("Founder", "UTC", BOX_KEY))
    back = AuthorVouched(member_key(founder.key.author))
    writers = [writer(number, circle, incarnation=EARLIER_LOG) for number in members]
    for one in writers:
        founder.write(AuthorVouched(member_key(one.key.author)))
    return [*founder.written, *(one.write(back) for one in writers)]


def post_of(signed: SignedEntry) -> PostId:
    return PostId(signed.entry.id)


def claim_of(signed: SignedEntry) -> ClaimId:
    return ClaimId(signed.entry.id)
