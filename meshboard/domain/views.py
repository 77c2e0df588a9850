"""Views: what a front end shows. Plain values; words in them are safe for a screen."""

from dataclasses import dataclass, field
from enum import Enum

from meshboard.domain.ids import AuthorId, CircleId, ClaimId, PostId
from meshboard.domain.people import Actor
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.domain.standing import ClaimStanding, PostStanding


@dataclass(frozen=True, slots=True)
class PersonView:
    """Who somebody is, as this board knows them."""

    name: str
    """Their handle; where none is known, words such as `somebody`."""
    via: str
    """The station they spoke through when that is not their own (`Hall kiosk`), else empty."""
    is_me: bool
    """True for the person at this screen."""

    def __str__(self) -> str:
        """Return the name with the station it came through: `node Ana (through Hall kiosk)`."""
        return f"{self.name} (through {self.via})" if self.via else self.name


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim on a post."""

    id: ClaimId
    who: PersonView
    standing: ClaimStanding
    quantity: str
    """`5 gal`, or empty where the post has no quantity."""
    note: str
    made_at: int | None
    line_place: int | None
    """Place in the waiting line, 1 = next; None when nothing of it waits."""
    sentence: str
    """In plain words: `Ana brings 5 gal; delivered, not confirmed yet`."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened to a post."""

    at: int | None
    who: PersonView
    sentence: str
    """Without the person's name in front: `claimed 5 gal`."""
    is_request: bool = False
    """True when it was asked through another station and waits for its own to repeat it."""


@dataclass(frozen=True, slots=True)
class PostView:
    """One post, everything a screen may show of it."""

    id: PostId
    code: str
    """4 letters, 5 where two live posts share the first 4."""
    content: PostContent
    standing: PostStanding
    who: PersonView
    """Who posted it."""
    posted_at: int | None
    claims: tuple[ClaimView, ...]
    """Those that count, in rank order, then released ones."""
    heard_by: int
    """How many other stations are known to hold what it says now."""
    is_sent: bool
    """True once its last own change was handed to the radio, or it came from elsewhere."""
    is_mine: bool
    my_claim: ClaimId | None
    """The viewer's own claim that still needs something."""
    actions: tuple["Action", ...]
    """What the viewer can do with it now."""
    history: tuple[HistoryLine, ...] = ()
    """Filled by `Service.post`, empty in lists."""


class Action(Enum):
    """Something a person can do with a post."""

    CLAIM = "claim"
    RELEASE = "release"
    DELIVER = "deliver"
    CONFIRM = "confirm"
    ACCEPT = "accept"
    WITHDRAW = "withdraw"
    EDIT = "edit"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """Which posts to list; the defaults list everything live."""

    kinds: frozenset[PostKind] = frozenset()
    """Empty = all."""
    categories: frozenset[Category] = frozenset()
    urgency_at_least: Urgency = Urgency.LOW
    text: str = ""
    """Every word of it must occur in the post's text, place, unit, code or poster's name, ignoring case."""
    live_only: bool = True
    mine_only: bool = False
    """Posts the viewer posted or carries."""
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A list of posts, most pressing first, then newest."""

    posts: tuple[PostView, ...]
    total: int
    """How many match the query, listed or not."""
    live_total: int
    """How many live posts there are without any filter."""


@dataclass(frozen=True, slots=True)
class StationView:
    """Another station of the circle."""

    author: AuthorId
    name: str
    last_heard_at: int | None
    agrees: bool
    """True when it last said it holds exactly what we hold."""
    entries: int
    """Entries of its log held here."""


@dataclass(frozen=True, slots=True)
class StatusView:
    """How this station, its link and its mesh are."""

    circle_id: CircleId
    circle_name: str
    name: str
    """What this station's member is called."""
    is_owner: bool
    """True when this process drives the radio, False when another one does (or none)."""
    station_runs: bool
    """True when some process drives the radio."""
    link: str
    """`connected`, `no radio`, `lost, trying again` …"""
    link_detail: str
    """One sentence on why and what to do; empty when all is well."""
    node_name: str
    channel_utilisation: float | None
    to_send: int
    """Entries of ours committed and not yet handed to the radio."""
    last_heard_at: int | None
    """When any station was last heard, Unix seconds."""
    stations: tuple[StationView, ...]
    rejected: dict[str, int] = field(default_factory=dict)
    """Frames that changed nothing, by reason."""
    clock_is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Measure:
    """How a post being written fits one frame."""

    used_bytes: int
    limit_bytes: int
    over_bytes: int
    """Bytes to take out before it fits; 0 when it fits."""
    airtime_s: float
    """Seconds of channel one transmission takes."""


@dataclass(frozen=True, slots=True)
class Me:
    """The viewer."""

    actor: Actor
    name: str
