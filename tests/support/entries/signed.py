"""Make real, signed entries, and a small world of stations that write them."""

from dataclasses import dataclass, field
from decimal import Decimal

from meshboard.domain.circle_facts import StationIntroduced
from meshboard.domain.entries import Fact, LogId, PostPublished, SignedEntry, Stamp
from meshboard.domain.ids import CircleId, ClaimId, PostId
from meshboard.domain.people import Actor
from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, Urgency
from meshboard.trust.circle import Circle, make_open_circle
from meshboard.trust.identity import AuthorKey
from meshboard.wire.entry_bytes import FIRST_LINK, Draft, link_after, sign_entry

CIRCLE = make_open_circle("Fifth Street", bytes(range(32)))
OTHER_CIRCLE = make_open_circle("Kitchen", bytes(range(1, 33)))
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
        return self.write(StationIntroduced(name))

    def publish(self, text: str = "Need water", **changes: object) -> SignedEntry:
        return self.write(PostPublished(content(text, **changes)))


def writer(number: int = 1, circle: Circle = CIRCLE, incarnation: int = 0) -> Writer:
    return Writer(bytes([number]) * 32, circle.id, incarnation)


def post_of(signed: SignedEntry) -> PostId:
    return PostId(signed.entry.id)


def claim_of(signed: SignedEntry) -> ClaimId:
    return ClaimId(signed.entry.id)
