"""Views: what a front end shows. Plain values; words in them are safe for a screen."""

from dataclasses import dataclass, field
from enum import Enum

from meshboard.domain.ids import ClaimId, PostId
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
    on_accepting: str = ""
    """Who can read the contact once this is accepted; empty where there is none, or it was accepted."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened to a post."""

    at: int | None
    who: PersonView
    sentence: str
    """Without the person's name in front: `claimed 5 gal`."""
    is_request: bool = False
    """True when it was asked through another station: it changes nothing until said through its own."""


@dataclass(frozen=True, slots=True)
class ReaderView:
    """A station that was handed a contact: whoever keeps it can read it."""

    claim: ClaimId
    who: PersonView
    """Whose claim it was handed for."""
    station: str
    handed_at: int | None


@dataclass(frozen=True, slots=True)
class ContactView:
    """How the poster can be reached, as far as the viewer may know."""

    text: str = field(repr=False)
    """The contact itself, for the poster and for whom it was handed to; empty for everybody else."""
    sentence: str
    """In plain words where it stands: `given to whom you accept; nobody has it yet`."""
    readers: tuple[ReaderView, ...] = ()
    """Every station it was handed to, in that order."""
    is_handed_unasked: bool = False
    """True when the poster's station hands it to the first member who takes the post."""


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
    contact: ContactView | None = None
    """None where the poster gave none."""
    flagged_by: tuple[PersonView, ...] = ()
    """The members who think it should be hidden."""
    hidden: str = ""
    """Why a board shows this line in place of its words: `hidden by 2 members`; empty = it is shown."""
    beyond: str = ""
    """The bound for which boards leave it out, in words (`domain.limits`); empty = it is within them. Who
    posted it sees it all the same, at the station where they did."""
    hidden_notes: str = ""
    """How many notes are not shown, and why; empty where all are."""

    @property
    def is_hidden(self) -> bool:
        """Say whether its words are to be shown only to who asks for them."""
        return bool(self.hidden)


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
    FLAG = "flag"
    UNFLAG = "unflag"
    MUTE = "mute"
    CONTACT = "contact"


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
    with_hidden: bool = False
    """Also what is muted here and what is beyond the limits (`domain.limits`)."""


@dataclass(frozen=True, slots=True)
class Board:
    """A list of posts: live ones before what is over, then most pressing first, then newest."""

    posts: tuple[PostView, ...]
    total: int
    """How many match the query, listed or not."""
    live_total: int
    """How many live posts there are without any filter."""
    hidden: tuple[str, ...] = ()
    """What else matches and is hidden, in words: `3 more from the same person: Bo`."""
    hidden_count: int = 0
    """How many posts those are."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A walk-up who is at this station now, and the post they came about."""

    actor: Actor
    post: PostView


@dataclass(frozen=True, slots=True)
class FrameFit:
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
