"""Keeps a board readable: what is muted here, what members flag, what is beyond the limits."""

from dataclasses import dataclass

from meshboard.domain.commands import AddNote, ClaimPost, Command, PublishPost
from meshboard.domain.ids import AuthorId, PostId
from meshboard.domain.limits import (
    CLAIMS_OF_ONE_PERSON,
    CRITICAL_OF_ONE_PERSON,
    NOTES_OF_ONE_PERSON,
    POSTS_OF_ONE_PERSON,
    Beyond,
    Person,
    is_open_promise,
)
from meshboard.domain.merge import PostRecord
from meshboard.domain.people import Actor
from meshboard.domain.posts import Urgency
from meshboard.domain.text import shown_line
from meshboard.domain.views import MutedView
from meshboard.errors import RuleError
from meshboard.ledger.mutes import Mute
from meshboard.ledger.posts import Scope
from meshboard.station.desk import Desk
from meshboard.station.people import UNNAMED

NAMED = 3  # how many people are named for having too much up: one line of a narrow screen


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a board leaves out now."""

    scope: Scope
    beyond: Beyond

    @property
    def any(self) -> bool:
        """Say whether anything may be left out."""
        return bool(self.beyond.posts or self.scope.muted)


class Moderation:
    """What one circle's board at this station leaves out, and why."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._circle = desk.circle.id

    def mute(self, post: PostId, *, whole_station: bool = False) -> None:
        """Hide at this station what the person behind a post says, or everybody at their station."""
        record = self._desk.ledger.posts.record(post)
        if record is None:
            raise RuleError("There is no such post on this board. Look at the list and try its code again.")
        author = record.entry.log.author
        if author == self._desk.log.author:
            raise RuleError("You cannot mute your own station.")
        self._desk.ledger.mutes.add(self._circle, Mute(author, None if whole_station else record.entry.actor))

    def unmute(self, number: int) -> None:
        """Show somebody again."""
        if not any(mute.id == number for mute in self._desk.ledger.mutes.all(self._circle)):
            raise RuleError("Nobody is muted under that number. See them: meshboard muted")
        self._desk.ledger.mutes.remove(self._circle, number)

    def muted(self) -> tuple[MutedView, ...]:
        """Return whom this station mutes."""
        return tuple(
            MutedView(mute.id, self._name(mute.author, mute.actor), is_station=mute.actor is None)
            for mute in self._desk.ledger.mutes.all(self._circle)
        )

    def scope(self, viewer: Actor, now_s: int | None) -> Hidden:
        """Return whose board is asked for, with what it leaves out."""
        mutes = self._desk.ledger.mutes.all(self._circle)
        muted = frozenset((mute.author, mute.actor) for mute in mutes)
        beyond = self._desk.ledger.limits.beyond(self._circle, now_s)
        return Hidden(Scope(self._circle, viewer, now_s, beyond.posts, muted), beyond)

    def hidden_words(self, hidden: Hidden) -> tuple[str, ...]:
        """Return for whom something is hidden, a line each."""
        people = hidden.beyond.people
        lines = [
            f"{count} more from the same person, {self._name(person.author, person.actor)}"
            for person, count in people[:NAMED]
        ]
        if people[NAMED:]:
            lines.append(
                f"{sum(count for _, count in people[NAMED:])} more from {len(people) - NAMED} others"
            )
        muted = [view.name for view in self.muted()]
        return (*lines, *([f"muted here: {', '.join(muted)}"] if muted else []))

    def refuse_beyond(self, command: Command, record: PostRecord | None) -> None:
        """Raise RuleError for what every board would hide at once: better said than found out."""
        match command:
            case PublishPost():
                self._refuse_post(command)
            case AddNote() if record is not None:
                own = sum(
                    note.actor == command.actor and self._is_own(note.log.author) for note in record.notes
                )
                if own >= NOTES_OF_ONE_PERSON:
                    raise RuleError(
                        f"You have added {own} notes to this post, as many as any board shows. "
                        "Change the post, or say it in person."
                    )
            case ClaimPost():
                self._refuse_claim(command)
            case _:
                pass

    def _refuse_post(self, command: PublishPost) -> None:
        is_critical = command.content.urgency is Urgency.CRITICAL
        limit = CRITICAL_OF_ONE_PERSON if is_critical else POSTS_OF_ONE_PERSON
        person = Person(self._desk.log.author, command.actor)
        live = self._desk.ledger.limits.live_posts(self._circle, person, self._desk.clock.wall_s())
        if sum(post.is_critical == is_critical for post in live) >= limit:
            kind = "critical posts" if is_critical else "posts"
            raise RuleError(
                f"You have {limit} {kind} up, as many as any board shows of one person. "
                "Withdraw one that is over first."
            )

    def _refuse_claim(self, command: ClaimPost) -> None:
        author, now_s = self._desk.log.author, self._desk.clock.wall_s()
        posts = self._desk.ledger.contacts.carried_through(self._circle, author, now_s)
        if len(posts) < CLAIMS_OF_ONE_PERSON:
            return
        promises = [
            claim
            for record in self._desk.ledger.posts.records(posts).values()
            for claim in record.claims
            if is_open_promise(claim)
            and claim.entry.actor == command.actor
            and self._is_own(claim.entry.log.author)
        ]
        if len(promises) >= CLAIMS_OF_ONE_PERSON:
            raise RuleError(
                f"You have promised {len(promises)} things, as many as count at once. "
                "Deliver or give back one of them first."
            )

    def _is_own(self, author: bytes) -> bool:
        return author == self._desk.log.author

    def _name(self, author: AuthorId, actor: Actor | None) -> str:
        """Return what a person, or with None a station, is called."""
        station = self._desk.station_names().get(author, UNNAMED)
        if actor is None or actor == Actor.member(author):
            return station
        signed_as = shown_line(self._desk.ledger.mutes.name_of(self._circle, author, actor)) or "somebody"
        return f"{signed_as} (through {station})"
