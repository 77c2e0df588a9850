"""Keeps a board readable: what is muted here, what members flag, what is beyond the limits."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from meshboard.domain.commands import AddNote, ClaimPost, Command, PublishPost
from meshboard.domain.entries import Entry
from meshboard.domain.ids import AuthorId, PostId
from meshboard.domain.limits import (
    Beyond,
    Counted,
    Excess,
    Person,
    excess_of_one_more,
    is_open_promise,
    log_place,
)
from meshboard.domain.merge import PostRecord
from meshboard.domain.people import Actor, Party, party_of
from meshboard.domain.text import shown_line
from meshboard.errors import RuleError
from meshboard.figures import HELD_OF_STRANGERS, RECALLED
from meshboard.ledger.board.mutes import Mute
from meshboard.ledger.board.post_search import Scope
from meshboard.station.board.strangers import StrangersHour, counted_as
from meshboard.station.board.viewpoint import beyond_words
from meshboard.station.circle.circle_people import UNNAMED
from meshboard.station.circle.desk import Desk

NAMED = 3  # how many people are named for having too much up: one line of a narrow screen
_WHO = {Party.MEMBER: "person", Party.WALK_UP: "person", Party.STRANGER: "unknown handheld"}


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a board leaves out now."""

    scope: Scope
    beyond: Beyond

    @property
    def any(self) -> bool:
        """Say whether anything may be left out."""
        return bool(self.scope.beyond or self.scope.muted)


@dataclass(frozen=True, slots=True)
class MutedView:
    """Somebody whose posts and notes are hidden at this station."""

    id: int
    """Names the mute, to undo it."""
    name: str
    is_station: bool
    """True when everybody who speaks through that station is muted."""


class Moderation:
    """What one circle's board at this station leaves out, and why."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clock = desk.clock
        self._contacts = desk.ledger.contacts
        self._mutes = desk.ledger.mutes
        self._limits = desk.ledger.limits
        self._posts = desk.ledger.posts
        self._circle = desk.circle.id
        self._strangers = StrangersHour(desk.circle.plan, desk.clock, self._written_before)

    def mute(self, post: PostId, *, whole_station: bool = False) -> None:
        """Hide at this station what the person behind a post says, or everybody at their station."""
        record = self._posts.record(post)
        if record is None:
            raise RuleError("There is no such post on this board. Look at the list and try its code again.")
        author = record.entry.author
        if author == self._desk.author:
            raise RuleError("You cannot mute your own station.")
        self._mutes.add(self._circle, Mute(author, None if whole_station else record.entry.actor))

    def unmute(self, number: int) -> None:
        """Show somebody again."""
        if not any(mute.id == number for mute in self._mutes.all(self._circle)):
            raise RuleError("Nobody is muted under that number. See them: meshboard muted")
        self._mutes.remove(self._circle, number)

    def muted(self) -> tuple[MutedView, ...]:
        """Return whom this station mutes."""
        return tuple(
            MutedView(mute.id, self._name(mute.author, mute.actor), is_station=mute.actor is None)
            for mute in self._mutes.all(self._circle)
        )

    def scope(self, viewer: Actor, now_s: int | None) -> Hidden:
        """Return whose board is asked for, with what it leaves out."""
        mutes = self._mutes.all(self._circle)
        muted = frozenset((mute.author, mute.actor) for mute in mutes)
        beyond = self._limits.beyond(self._circle, now_s)
        own = Person(self._desk.author, viewer)
        left_out = frozenset(post for post, excess in beyond.posts.items() if excess.person != own)
        return Hidden(Scope(self._circle, viewer, now_s, left_out, muted), beyond)

    def hidden_words(self, hidden: Hidden, *, is_left_out: bool) -> tuple[str, ...]:
        """Return for whom something is hidden, a line each; `is_left_out`: here too, not only elsewhere."""
        own = len(hidden.beyond.posts) - len(hidden.scope.beyond)
        lines = (f"{own} of yours hidden on the other boards",) if own else ()
        return (*lines, *self._left_out_words(hidden)) if is_left_out else lines

    def _left_out_words(self, hidden: Hidden) -> tuple[str, ...]:
        others = [hidden.beyond.posts[post] for post in hidden.scope.beyond]
        strangers = [excess for excess in others if excess.party is Party.STRANGER]
        known = [excess for excess in others if excess.party is not Party.STRANGER]
        muted = [view.name for view in self.muted()]
        return (
            *_lines_of_one(Counter(self._known_name(excess) for excess in known)),
            *([_strangers_line(strangers)] if strangers else []),
            *([f"muted here: {', '.join(muted)}"] if muted else []),
        )

    def _known_name(self, excess: Excess) -> str:
        author, actor = excess.person
        if excess.is_of_all:
            return f"people at the keyboard of {self._name(author, None)}"
        return f"the same person, {self._name(author, actor)}"

    def refuse_beyond(self, command: Command, record: PostRecord | None) -> None:
        """Raise RuleError for what every board would hide at once: better said than found out.

        What is beyond only for what others have up is taken in: it shows when some of that closes.
        """
        self._strangers.refuse(command)
        match command:
            case PublishPost():
                self._refuse_post(command)
            case AddNote() if record is not None:
                notes = [log_place(note) for note in record.notes]
                excess = excess_of_one_more(notes, self._person(command), Counted.NOTE)
                if excess is not None:
                    raise RuleError(
                        f"One more would be {beyond_words(excess)}. Change the post, or say it in person."
                    )
            case ClaimPost():
                self._refuse_claim(command)
            case _:
                pass

    def note_done(self, command: Command) -> None:
        """Note that a command was done."""
        self._strangers.note(command)

    def _refuse_post(self, command: PublishPost) -> None:
        counted = counted_as(command.content)
        person = self._person(command)
        every = self._limits.live_posts(self._circle, person.author, self._clock.wall_s())
        live = [post.at for post in every if post.is_critical == (counted is Counted.CRITICAL)]
        excess = excess_of_one_more(live, person, counted)
        if excess is not None and excess.party is Party.STRANGER and not excess.is_of_all:
            raise RuleError(
                f"You have {excess.limit} {counted.value} up, as many as any board shows of one "
                f"{_WHO[excess.party]}. Withdraw one that is over first."
            )
        together = sum(party_of(place.person.actor) is Party.STRANGER for place in live)
        if (
            excess is not None
            and excess.party is Party.STRANGER
            and together >= HELD_OF_STRANGERS * excess.limit
        ):
            raise RuleError(
                f"Not posted: this board holds {together} {counted.value} of handhelds it does not know, and "
                "takes no more. Go to it, or tell who keeps it."
            )

    def _refuse_claim(self, command: ClaimPost) -> None:
        author, now_s = self._desk.author, self._clock.wall_s()
        posts = self._contacts.carried_through(self._circle, author, now_s)
        promises = [
            log_place(claim.entry)
            for record in self._posts.records(posts).values()
            for claim in record.claims
            if is_open_promise(claim) and claim.entry.author == author
        ]
        excess = excess_of_one_more(promises, self._person(command), Counted.CLAIM)
        if excess is not None and not excess.is_of_all:
            raise RuleError(
                f"You have promised {excess.limit} things, as many as count at once of one "
                f"{_WHO[excess.party]}. Deliver or give back one of them first."
            )

    def _written_before(self) -> list[Entry]:
        desk = self._desk
        held = desk.store.holdings().get(desk.read_log())
        last = held.ranges[-1][1] if held else 0
        return [signed.entry for signed in desk.own_entries_after(max(0, last - RECALLED))]

    def _person(self, command: Command) -> Person:
        return Person(self._desk.author, command.actor)

    def _name(self, author: AuthorId, actor: Actor | None) -> str:
        """Return what a person, or with None a station, is called."""
        station = self._desk.station_names().get(author, UNNAMED)
        if actor is None or actor == Actor.member(author):
            return station
        signed_as = shown_line(self._mutes.name_of(self._circle, author, actor)) or "somebody"
        return f"{signed_as} (through {station})"


def _lines_of_one(counts: Counter[str]) -> Iterable[str]:
    most_first = counts.most_common()
    yield from (f"{count} more from {name}" for name, count in most_first[:NAMED])
    if rest := most_first[NAMED:]:
        yield f"{sum(count for _, count in rest)} more from {len(rest)} others"


def _strangers_line(hidden: Sequence[Excess]) -> str:
    critical = sum(excess.counted is Counted.CRITICAL for excess in hidden)
    what = "post" if len(hidden) == 1 else "posts"
    if critical == len(hidden):
        return f"{critical} critical {what} of unknown handhelds hidden"
    words = f"{len(hidden)} {what} of unknown handhelds hidden"
    return f"{words}, {critical} of them critical" if critical else words
