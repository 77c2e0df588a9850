"""Pick-up codes: how a walk-up is known again at the kiosk where they posted.

Wrong codes are counted on the disk, by the machine's monotonic clock: it only runs forwards, so setting the
time unlocks nothing. It begins anew when the machine starts; tries that would then lie in the future are
taken as just made, so a restart makes nobody wait less, and at most PICK_UP_BLOCKED_S longer.
"""

import secrets
from dataclasses import dataclass

from meshboard.domain.ids import PostId, post_code
from meshboard.domain.people import ACTOR_KEY_BYTES, Actor, ActorKind
from meshboard.domain.text import typed_line
from meshboard.errors import RuleError
from meshboard.figures import PICK_UP_BLOCKED_S, WRONG_AT_THE_STATION, WRONG_FOR_ONE_POST, WRONG_SHOWN_S
from meshboard.ledger.board.pick_ups_kept import PickUp, WrongTry
from meshboard.ledger.circle.remembered import why_void
from meshboard.station.circle.desk import Desk
from meshboard.trust.codes import (
    CODE_SALT_BYTES,
    PICK_UP_LETTERS,
    RANDOM_BYTES,
    hash_code,
    is_code,
    normal_pick_up_code,
    pick_up_code,
)

MAX_REASON_BYTES = 80


@dataclass(frozen=True, slots=True)
class WrongCodes:
    """Pick-up codes that did not fit, for the keeper of the station."""

    post_code: str
    count: int
    since: int | None
    """Unix seconds of the first, None when not known."""
    is_locked: bool
    """True while no code is tried for this post."""


class PickUpDesk:
    """The pick-up codes of one circle at this station."""

    def __init__(self, desk: Desk) -> None:
        self._clock = desk.clock
        self._kept = desk.ledger.pick_ups
        self._remembered = desk.ledger.remembered
        self._circle = desk.circle.id

    def issue(self, post: PostId, walk_up: Actor) -> str:
        """Make a walk-up's code for their post and return it: it is shown once, and only its hash is kept."""
        code = pick_up_code(secrets.token_bytes(RANDOM_BYTES))
        salt = secrets.token_bytes(CODE_SALT_BYTES)
        made_at = self._clock.wall_s()
        self._kept.add(self._circle, PickUp(post, walk_up.key, salt, hash_code(code, salt), made_at))
        return code

    def find(self, post: PostId, typed: str) -> Actor:
        """Return the walk-up whose code this is; RuleError when it is not, or too many were wrong of late."""
        kept = self._kept.of(self._circle, post)
        name = post_code(post)
        if kept is None:
            raise RuleError(f"{name} has no pick-up code here. Codes work where the post was made.")
        if kept.is_void:
            raise RuleError(f"The keeper of this board made the code of {name} void: {self._reason(post)}")
        if normal_pick_up_code(typed) is None:
            raise RuleError(f"A pick-up code has {PICK_UP_LETTERS} letters and digits. Try it again.")
        this_try = self._kept.begin_try(self._circle, post, self._now())
        earlier = [one for one in self._counting() if one.id < this_try]
        if self._is_blocked(earlier, post):
            self._kept.forget_tries([this_try])  # else trying on would keep the right person out for ever
            raise RuleError(_wait_words(name, self._wait_s(earlier, post)))
        if not is_code(typed, kept.salt, kept.hash):
            of_post = sum(one.post == post for one in earlier)
            left = min(WRONG_FOR_ONE_POST - 1 - of_post, WRONG_AT_THE_STATION - 1 - len(earlier))
            raise RuleError(f"That is not the pick-up code of {name}. {_tries_words(left)} for ten minutes.")
        self._kept.forget_tries([this_try])
        return Actor(ActorKind.WALK_UP, kept.actor_key)

    def void(self, post: PostId, reason: str) -> None:
        """Let a code fit no more; whoever types it is told the reason."""
        words = typed_line(reason, "reason", MAX_REASON_BYTES)
        kept = self._kept.of(self._circle, post)
        if kept is None:
            raise RuleError(f"{post_code(post)} has no pick-up code here.")
        if kept.is_void:
            raise RuleError(f"The code of {post_code(post)} is void already: {self._reason(post)}")
        if not words:
            raise RuleError("Say why, in a few words: whoever comes with the code is told.")
        self._remembered.keep(why_void(self._circle, post), words)
        self._kept.void(self._circle, post)

    def wrong_codes(self) -> tuple[WrongCodes, ...]:
        """Return for which posts wrong codes were typed in the last day, those with most first."""
        tries = [one for one in self._settled() if one.circle == self._circle]
        recent = [one for one in tries if self._now() - one.at_s < PICK_UP_BLOCKED_S]
        posts = {one.post: [other for other in tries if other.post == one.post] for one in tries}
        views = [
            WrongCodes(
                post_code=post_code(post),
                count=len(of_post),
                since=self._wall_of(of_post[0]),
                is_locked=self._is_blocked(recent, post),
            )
            for post, of_post in posts.items()
        ]
        return tuple(sorted(views, key=lambda view: (-view.count, view.post_code)))

    def is_station_blocked(self) -> bool:
        """Say whether so many codes were wrong of late that none is tried for any post."""
        return len(self._counting()) >= WRONG_AT_THE_STATION

    def has_code(self, post: PostId) -> bool:
        """Say whether a post can be picked up here."""
        kept = self._kept.of(self._circle, post)
        return kept is not None and not kept.is_void

    def _counting(self) -> list[WrongTry]:
        return [one for one in self._settled() if self._now() - one.at_s < PICK_UP_BLOCKED_S]

    def _settled(self) -> list[WrongTry]:
        """Return the tries of the last day, after mending those from before the machine's last start."""
        now_s = self._now()
        tries = self._kept.tries()
        ahead = [one.id for one in tries if one.at_s > now_s]
        old = [one.id for one in tries if now_s - one.at_s >= WRONG_SHOWN_S]
        if ahead:
            self._kept.move_tries(ahead, now_s)
        if old:
            self._kept.forget_tries(old)
        return list(self._kept.tries() if ahead or old else tries)

    @staticmethod
    def _is_blocked(recent: list[WrongTry], post: PostId) -> bool:
        of_post = sum(one.post == post for one in recent)
        return of_post >= WRONG_FOR_ONE_POST or len(recent) >= WRONG_AT_THE_STATION

    def _wait_s(self, recent: list[WrongTry], post: PostId) -> int:
        of_post = [one for one in recent if one.post == post]
        every = of_post[-WRONG_FOR_ONE_POST:] if len(of_post) >= WRONG_FOR_ONE_POST else recent
        first = every[-WRONG_AT_THE_STATION:][0]
        return max(PICK_UP_BLOCKED_S - (self._now() - first.at_s), 1)

    def _wall_of(self, one: WrongTry) -> int | None:
        wall_s = self._clock.wall_s()
        return None if wall_s is None else wall_s - (self._now() - one.at_s)

    def _now(self) -> int:
        return int(self._clock.monotonic_s())

    def _reason(self, post: PostId) -> str:
        return self._remembered.read(why_void(self._circle, post))


def new_walk_up() -> Actor:
    """Return an actor for somebody who walked up, known by nothing but their code."""
    return Actor(ActorKind.WALK_UP, secrets.token_bytes(ACTOR_KEY_BYTES))


def _tries_words(left: int) -> str:
    if left == 1:
        return "There is 1 more try"
    return f"There are {left or 'no'} more tries"


def _wait_words(name: str, wait_s: int) -> str:
    minutes = -(-wait_s // 60)
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"Too many wrong pick-up codes for {name}. Try again in {wait}; the keeper of this board is told."
