"""Intents: what a handheld's message asks for."""

from dataclasses import dataclass
from enum import Enum

from meshboard.domain.posts import Category, PostContent, PostKind, Quantity


class Verb(Enum):
    """What can be done with one post; the value is the word to type."""

    SHOW = "show"
    TAKE = "take"
    DONE = "done"
    DROP = "drop"
    CANCEL = "cancel"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Publish:
    """Put this on the board."""

    content: PostContent


@dataclass(frozen=True, slots=True)
class ListPosts:
    """List what is live; None = every category, every kind."""

    category: Category | None = None
    kind: PostKind | None = None


@dataclass(frozen=True, slots=True)
class Show:
    """Show one post, and how it stands."""

    code: str


@dataclass(frozen=True, slots=True)
class Take:
    """Promise to do a post, or part of it."""

    code: str
    quantity: Quantity | None
    """None = all that is left."""


@dataclass(frozen=True, slots=True)
class Done:
    """Say that it is done: the helper that they delivered, the poster that they have it."""

    code: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Give one's claim back."""

    code: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Take one's own post down; None = the last one posted."""

    code: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """Add a remark to a post."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class My:
    """List what one has posted or carries."""


@dataclass(frozen=True, slots=True)
class More:
    """Send the rest of the last answer."""


@dataclass(frozen=True, slots=True)
class Help:
    """Say what can be typed."""


@dataclass(frozen=True, slots=True)
class WhichOne:
    """A verb came without a code."""

    verb: Verb


@dataclass(frozen=True, slots=True)
class Thanks:
    """A nod that needs no answer: `ok`, `thx`, a thumb up."""


@dataclass(frozen=True, slots=True)
class Noise:
    """The words of a machine, or a test of the radio: never answered."""


@dataclass(frozen=True, slots=True)
class Yes:
    """Do what was read back."""


@dataclass(frozen=True, slots=True)
class No:
    """Leave what was read back."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Not understood; nothing is done on a guess."""

    text: str


@dataclass(frozen=True, slots=True)
class ReadBack:
    """Ask first whether to do `act`; of a post with a `code`, `Show` stands for no act at all."""

    act: Publish | Take | Done | Drop | Cancel | Show
    code: str | None = None
    otherwise: Publish | None = None
    """Without a code: the same words as the other kind, for whoever answers `need` or `offer`. With one: the
    need it may be where the post is the sender's own, which is not to be read as given up."""


Intent = (
    Publish
    | ListPosts
    | Show
    | Take
    | Done
    | Drop
    | Cancel
    | Note
    | My
    | More
    | Help
    | WhichOne
    | Thanks
    | Noise
    | Yes
    | No
    | Unclear
    | ReadBack
)
