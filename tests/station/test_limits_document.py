"""docs/limits.md, *How much each can fill*: every number in its tables is tried."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from meshboard.domain.circle_facts import MAX_REMOVED
from meshboard.domain.commands import PublishPost
from meshboard.domain.entries import Entry, PostNoted
from meshboard.domain.ids import PostId
from meshboard.domain.limits import (
    HIDING_FLAGS,
    LivePost,
    claims_beyond,
    log_place,
    notes_beyond,
    posts_beyond,
)
from meshboard.domain.merge import merge
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.errors import RuleError
from meshboard.figures import (
    BUSY_SHARE,
    MAX_INCARNATIONS,
    MAX_LOG_NUMBER,
    PICK_UP_BLOCKED_S,
    URGENT_BUSY_SHARE,
    URGENT_RESERVE,
    WRONG_AT_THE_STATION,
    WRONG_FOR_ONE_POST,
)
from meshboard.link import NodeNumber
from meshboard.station.board.strangers import StrangersHour, entries_an_hour
from meshboard.station.texts.handheld_answers import WaitingAnswers
from meshboard.station.texts.texts import Answer
from meshboard.sync.air.budget import hourly_budget_s
from meshboard.trust.circle import RadioPlan
from tests.support.entries.unsigned import Author, need
from tests.support.stations.neighbours import HandClock

DOCS = Path(__file__).parents[2] / "docs"
SECTION = (
    (DOCS / "limits.md").read_text(encoding="utf-8").partition("## How much each")[2].partition("\n## ")[0]
)
WORDS = " ".join(SECTION.split())
MOST = 450  # more than any bound
TOO_MANY = 700
WHO = (
    "its member",
    "one walk-up",
    "all walk-ups",
    "one unknown handheld",
    "all unknown handhelds",
)


def rows() -> dict[str, list[str]]:
    """Return the table of bounds: what is bounded, and the numbers for each of WHO."""
    table = SECTION.partition("| of one station |")[2].partition("\n\n")[0].splitlines()
    assert [cell.strip() for cell in table[0].strip("| ").split("|")] == list(WHO)
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]
    return {row[0]: row[1:] for row in cells}


def speakers(who: str) -> Callable[[int], Actor | None]:
    """Return who writes the n-th: one person always, or another each time."""
    if who == "its member":
        return lambda _: None
    kind = ActorKind.HANDHELD if "handheld" in who else ActorKind.WALK_UP
    return lambda n: Actor(kind, (n if who.startswith("all") else 0).to_bytes(8, "big"))


def posts_shown(actor_of: Callable[[int], Actor | None], *, critical: bool = False) -> int:
    hall = Author("hall")
    live = [LivePost(log_place(hall.publish(need(), actor_of(n))), critical) for n in range(MOST)]
    return MOST - len(posts_beyond(live))


def notes_shown(actor_of: Callable[[int], Actor | None]) -> int:
    hall = Author("hall")
    post = PostId(Author("ana").publish(need()).id)
    return MOST - len(notes_beyond([hall.write(PostNoted(post, "x"), actor_of(n)) for n in range(MOST)]))


def promises_that_hold(actor_of: Callable[[int], Actor | None]) -> int:
    hall, ana = Author("hall"), Author("ana")
    posts = [ana.publish(need()) for _ in range(MOST)]
    claims: Iterable[Entry] = [
        hall.write(hall.claim(PostId(post.id)).fact, actor_of(n)) for n, post in enumerate(posts)
    ]
    hall_only = [claim for claim in claims if claim.log.author == hall.id]
    return MOST - len(claims_beyond(merge([*posts, *hall_only]).values()))


def taken_in(actor_of: Callable[[int], Actor | None], *, critical: bool = False) -> int:
    """Return how many messages are taken in within an hour, of more than any bound."""
    hour, member = StrangersHour(RadioPlan(), HandClock()), Author("hall").actor
    urgency = Urgency.CRITICAL if critical else Urgency.NORMAL
    content = PostContent(PostKind.NEED, Category.WATER, urgency, "water")
    taken = 0
    for n in range(TOO_MANY):
        command = PublishPost(actor=actor_of(n) or member, content=content)
        try:
            hour.refuse(command)
        except RuleError:
            continue
        hour.note(command)
        taken += 1
    return taken


def answers_kept(who: str) -> int:
    waiting = WaitingAnswers()
    for n in range(MOST):
        to = NodeNumber(n if who.startswith("all") else 1)
        waiting.add(Answer(f"done {n}"), to, 0.0)
    return len(waiting)


TRIED: dict[str, Callable[[str], int]] = {
    "posts": lambda who: posts_shown(speakers(who)),
    "critical posts, apart": lambda who: posts_shown(speakers(who), critical=True),
    "notes on one post": lambda who: notes_shown(speakers(who)),
    "promises that hold something": lambda who: promises_that_hold(speakers(who)),
    "messages taken in in an hour (US, LONG_FAST)": lambda who: taken_in(speakers(who)),
    "critical posts of them, apart": lambda who: taken_in(speakers(who), critical=True),
    "answers that wait for air": answers_kept,
}


def test_the_table_has_the_rows_that_are_tried() -> None:
    assert list(rows()) == list(TRIED)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("what", TRIED)
def test_a_bound_is_what_the_document_says(what: str, who: str) -> None:
    said = rows()[what][WHO.index(who)]

    if said == "any":
        assert TRIED[what](who) == TOO_MANY
    elif said != "none":  # members and walk-ups read the screen: nobody answers them by air
        assert TRIED[what](who) == int(said)


@pytest.mark.parametrize(
    "sentence",
    [
        f"EU_868: {entries_an_hour(RadioPlan(region='EU_868')).of_all}, "
        f"UA_868: {entries_an_hour(RadioPlan(region='UA_868')).of_all}",
        f"on faster ones {entries_an_hour(RadioPlan(preset='SHORT_FAST')).of_all} at most",
        f"fill {BUSY_SHARE * 100:.0f} % of the last minute, {URGENT_BUSY_SHARE * 100:.0f} % for critical",
        f"takes out {MAX_REMOVED} others",
        f"makes a board speak for {hourly_budget_s('US') * (1.0 - URGENT_RESERVE):.0f} s",
        f"with {HIDING_FLAGS} flags",
        f"{MAX_LOG_NUMBER:,} entries a log, in {MAX_INCARNATIONS} logs",
        f"tries {WRONG_FOR_ONE_POST} wrong pick-up codes for a post and {WRONG_AT_THE_STATION} at a station",
    ],
)
def test_the_other_watchers_bounds_are_what_the_document_says(sentence: str) -> None:
    assert sentence in WORDS
    assert PICK_UP_BLOCKED_S == 600


def test_a_former_members_air_is_what_is_tried_over_an_hour() -> None:
    tried = (Path(__file__).parents[1] / "sync" / "test_liars.py").read_text(encoding="utf-8")

    assert "speak for 170 s" in WORDS
    assert "< 170.0" in tried
