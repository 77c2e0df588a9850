"""The hours before the newcomer came: real, signed entries, written with the clocks of the day set back."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from meshboard.domain.commands import ClaimPost, ConfirmClaim, DeliverClaim, PublishPost
from meshboard.domain.people import Actor
from meshboard.domain.posts import PostContent, PostKind, Quantity
from meshboard.domain.standing import ClaimState
from meshboard.domain.views import PostView
from meshboard.errors import RuleError
from meshboard.figures import HOUR_S
from meshboard.ledger.ledger import Ledger
from meshboard.station.board.service import Service
from meshboard.station.circle.desk import Desk
from meshboard.station.home.host import Host
from meshboard.station.vault.vault import LEDGER_FILE

LONGEST_AGO_S = 6 * HOUR_S


class StoryClock:
    """A clock that stands where the storyteller puts it."""

    def __init__(self, wall_s: int | None) -> None:
        """Start at Unix seconds; None where the machine itself does not know the time."""
        self._now_s = wall_s
        self.ago_s = 0

    def monotonic_s(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def wall_s(self) -> int | None:
        """Return the time the story has reached."""
        return None if self._now_s is None else self._now_s - self.ago_s


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who a past post is by: a neighbour at their own station, or a handheld that wrote to it."""

    station: str
    actor: Actor | None = None
    """None = the station's own member."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class DemoPast:
    """What happened before: who posted what, and how far it got."""

    by: Somebody
    content: PostContent
    ago_s: int
    claimed_by: str = ""
    """A station's name; empty = nobody yet."""
    is_delivered: bool = False
    is_confirmed: bool = False


@dataclass(slots=True)
class _Open:
    """An open ledger of the neighbourhood."""

    ledger: Ledger
    desk: Desk
    board: Service
    told_seq: int = field(default=0)


def imagine(
    contents: Sequence[PostContent], people: Sequence[Somebody], chance: Random
) -> Sequence[DemoPast]:
    """Return a past for each of these posts, oldest first."""
    stations = sorted({somebody.station for somebody in people})
    pasts = [_imagine_one(content, chance.choice(people), stations, chance) for content in contents]
    return sorted(pasts, key=lambda past: -past.ago_s)


def _imagine_one(content: PostContent, by: Somebody, stations: Sequence[str], chance: Random) -> DemoPast:
    longest_s = min(LONGEST_AGO_S, content.lifetime_hours * HOUR_S // 2)
    ago_s = chance.randint(4 * 60, max(longest_s, 5 * 60))
    helpers = [name for name in stations if name != by.station]
    is_claimed = content.kind is not PostKind.NOTICE and chance.random() < 0.45
    is_delivered = is_claimed and chance.random() < 0.45
    return DemoPast(
        by=by,
        content=content,
        ago_s=ago_s,
        claimed_by=chance.choice(helpers) if is_claimed else "",
        is_delivered=is_delivered,
        is_confirmed=is_delivered and chance.random() < 0.5,
    )


def write_past(homes: dict[str, Path], pasts: Sequence[DemoPast], clock: StoryClock) -> None:
    """Write what happened into all the ledgers, as if the radios had carried it."""
    with _all_open(homes, clock) as ledgers:
        _tell_everybody(ledgers)
        posted = list(_publish_all(pasts, ledgers, clock))
        for step, share_of_time in ((_claim, 0.6), (_deliver, 0.3), (_confirm, 0.1)):
            for past, post in posted:
                clock.ago_s = int(past.ago_s * share_of_time)
                step(past, post, ledgers)
            _tell_everybody(ledgers)
        for each in ledgers.values():
            each.desk.remember_sent_through(len(each.desk.own_entries_after(0)))


@contextmanager
def _all_open(homes: dict[str, Path], clock: StoryClock) -> Iterator[dict[str, _Open]]:
    with ExitStack() as stack:
        ledgers = {}
        for name, home in homes.items():
            ledger = stack.enter_context(Ledger.open(home / LEDGER_FILE))
            circle = ledger.circles.all()[0]
            desk = Desk(ledger, circle, clock)
            ledgers[name] = _Open(ledger, desk, Service(desk, Host(home).radio))
        yield ledgers


def _tell_everybody(ledgers: dict[str, _Open]) -> None:
    news = [signed for each in ledgers.values() for signed in each.ledger.changes_since(each.told_seq).own]
    for each in ledgers.values():
        each.ledger.append(news, each.desk.clock.wall_s())
        each.told_seq = each.ledger.last_seq()


def _publish_all(
    pasts: Sequence[DemoPast], ledgers: dict[str, _Open], clock: StoryClock
) -> Iterator[tuple[DemoPast, PostView]]:
    for past in pasts:
        try:
            yield past, _publish(past, ledgers, clock)
        except RuleError:
            continue  # too long for one frame: a person would have been told so
        _tell_everybody(ledgers)


def _publish(past: DemoPast, ledgers: dict[str, _Open], clock: StoryClock) -> PostView:
    clock.ago_s = past.ago_s
    board = ledgers[past.by.station].board
    actor = past.by.actor or board.me.actor
    return board.run(PublishPost(actor=actor, signed_as=past.by.name, content=past.content))


def _claim(past: DemoPast, post: PostView, ledgers: dict[str, _Open]) -> None:
    if past.claimed_by:
        board = ledgers[past.claimed_by].board
        board.run(ClaimPost(actor=board.me.actor, post=post.id, quantity=_share(post)))


def _deliver(past: DemoPast, post: PostView, ledgers: dict[str, _Open]) -> None:
    if past.is_delivered:
        board = ledgers[past.claimed_by].board
        claim = board.post(post.id).my_claim
        if claim is not None:
            board.run(DeliverClaim(actor=board.me.actor, claim=claim))


def _confirm(past: DemoPast, post: PostView, ledgers: dict[str, _Open]) -> None:
    if past.is_confirmed:
        board = ledgers[past.by.station].board
        for claim in board.post(post.id).claims:
            if claim.standing.state is ClaimState.DELIVERED:
                board.run(ConfirmClaim(actor=board.me.actor, claim=claim.id))


def _share(post: PostView) -> Quantity | None:
    """Return about half of a large amount, else all of it."""
    wanted = post.content.quantity
    if wanted is None or wanted.amount < 4 or wanted.amount % 2:
        return None
    return Quantity(wanted.amount / 2)
