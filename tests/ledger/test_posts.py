from pathlib import Path

import pytest

from meshboard.domain.entries import (
    ClaimReleased,
    PostClaimed,
    PostEdited,
    PostPublished,
    PostWithdrawn,
    SignedEntry,
)
from meshboard.domain.ids import post_code
from meshboard.domain.people import Actor
from meshboard.domain.posts import Category, PostKind, Urgency
from meshboard.domain.views import BoardQuery
from meshboard.ledger.board.post_search import Posts, Scope
from meshboard.ledger.ledger import Ledger
from tests.support.entries.signed import (
    CIRCLE,
    NOON,
    OTHER_CIRCLE,
    Writer,
    claim_of,
    content,
    post_of,
    writer,
)

HOUR_S = 3600


def _listed(
    ledger: Ledger, query: BoardQuery, viewer: Writer | None = None, now_s: int | None = NOON
) -> list[str]:
    scope = Scope(CIRCLE.id, Actor.member((viewer or writer(9)).key.author), now_s)
    rows = ledger.posts.board(query, scope)
    assert len(rows) == ledger.posts.count(query, scope)
    return [row.record.content.text for row in rows]


@pytest.fixture
def ana(ledger: Ledger) -> Writer:
    ana = writer(2)
    ana.introduce("Ana Müller")
    ana.publish("Need water", urgency=Urgency.HIGH, place="5th & Oak")
    ana.publish("ÖLLAMPEN zu verleihen", kind=PostKind.OFFER, category=Category.POWER, tags=("evening",))
    ana.publish("Road closed", kind=PostKind.NOTICE, category=Category.INFO, quantity=None, lifetime_hours=1)
    ledger.append(ana.written, NOON)
    return ana


def test_the_board_shows_what_is_urgent_first_then_what_is_new(ledger: Ledger, ana: Writer) -> None:
    assert _listed(ledger, BoardQuery()) == ["Need water", "Road closed", "ÖLLAMPEN zu verleihen"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (BoardQuery(kinds=frozenset({PostKind.NEED})), ["Need water"]),
        (
            BoardQuery(categories=frozenset({Category.POWER, Category.INFO})),
            ["Road closed", "ÖLLAMPEN zu verleihen"],
        ),
        (BoardQuery(urgency_at_least=Urgency.HIGH), ["Need water"]),
        (BoardQuery(text="öllampen"), ["ÖLLAMPEN zu verleihen"]),
        (BoardQuery(text="OAK water"), ["Need water"]),
        (BoardQuery(text="evening"), ["ÖLLAMPEN zu verleihen"]),
        (BoardQuery(text="müller closed"), ["Road closed"]),
        (BoardQuery(text="100%"), []),
        (BoardQuery(text="_"), []),
    ],
)
def test_the_board_is_filtered(ledger: Ledger, ana: Writer, query: BoardQuery, expected: list[str]) -> None:
    assert expected == _listed(ledger, query)


def test_a_post_is_found_by_its_code(ledger: Ledger, ana: Writer) -> None:
    code = post_code(post_of(ana.written[1])).lower()

    assert _listed(ledger, BoardQuery(text=code)) == ["Need water"]


def test_an_expired_post_leaves_the_live_board_and_nothing_else(ledger: Ledger, ana: Writer) -> None:
    later = NOON + 2 * HOUR_S

    assert "Road closed" not in _listed(ledger, BoardQuery(), now_s=later)
    assert "Road closed" in _listed(ledger, BoardQuery(live_only=False), now_s=later)
    assert "Road closed" in _listed(ledger, BoardQuery(), now_s=None)


def test_with_what_is_over_listed_too_the_live_posts_come_first(ledger: Ledger, ana: Writer) -> None:
    ledger.append(
        [
            ana.publish("Was critical", urgency=Urgency.CRITICAL, lifetime_hours=1),
            gone := ana.publish("Was withdrawn", urgency=Urgency.CRITICAL),
            ana.write(PostWithdrawn(post_of(gone))),
        ],
        NOON,
    )
    later = NOON + 2 * HOUR_S

    assert _listed(ledger, BoardQuery(live_only=False), now_s=later) == [
        "Need water",
        "ÖLLAMPEN zu verleihen",
        "Was withdrawn",
        "Was critical",
        "Road closed",
    ]


def test_a_withdrawn_post_leaves_the_live_board_at_once(ledger: Ledger, ana: Writer) -> None:
    ledger.append([ana.write(PostWithdrawn(post_of(ana.written[1])))], NOON)

    assert "Need water" not in _listed(ledger, BoardQuery(), now_s=None)


def test_mine_is_what_one_posted_and_what_one_carries(ledger: Ledger, ana: Writer) -> None:
    ben = writer(3)
    claim = ben.write(PostClaimed(post_of(ana.written[1])), count=9)
    ledger.append([claim, ben.publish("From Ben")], NOON)

    assert _listed(ledger, BoardQuery(mine_only=True), ben) == ["Need water", "From Ben"]

    ledger.append([ben.write(ClaimReleased(claim_of(claim)), count=10)], NOON)

    assert _listed(ledger, BoardQuery(mine_only=True), ben) == ["From Ben"]


def test_an_edit_changes_what_the_board_shows_and_finds(ledger: Ledger, ana: Writer) -> None:
    _listed(ledger, BoardQuery())
    ledger.append([ana.write(PostEdited(post_of(ana.written[1]), content("Need milk")))], NOON)

    assert _listed(ledger, BoardQuery(text="milk")) == ["Need milk"]
    assert _listed(ledger, BoardQuery(text="oak")) == []


def test_what_another_process_changed_is_shown(ledger: Ledger, ana: Writer, path: Path) -> None:
    before = ledger.posts.record(post_of(ana.written[1]))
    with Ledger.open(path, checked=False) as other:
        other.append([ana.write(PostWithdrawn(post_of(ana.written[1])))], NOON)

    after = ledger.posts.record(post_of(ana.written[1]))

    assert before is not None
    assert before.withdrawn is None
    assert after is not None
    assert after.withdrawn is not None


def test_a_board_is_read_page_by_page(ledger: Ledger, ana: Writer) -> None:
    scope = Scope(CIRCLE.id, Actor.member(ana.key.author), NOON)
    pages = [ledger.posts.board(BoardQuery(), scope, limit=2, offset=offset) for offset in (0, 2, 4)]

    assert [len(page) for page in pages] == [2, 1, 0]
    assert ledger.posts.board(BoardQuery(), scope) == pages[0] + pages[1]


def test_the_board_of_another_circle_is_another_board(ledger: Ledger, ana: Writer) -> None:
    scope = Scope(OTHER_CIRCLE.id, Actor.member(ana.key.author), NOON)

    assert ledger.posts.board(BoardQuery(), scope) == ()


def test_a_post_that_is_not_known_has_no_record_and_no_code(ledger: Ledger) -> None:
    unknown = post_of(writer(2).publish())

    assert ledger.posts.record(unknown) is None
    assert ledger.posts.code_of(unknown, NOON) is None


def test_the_post_of_a_claim_is_found(ledger: Ledger, ana: Writer) -> None:
    claim = writer(3).write(PostClaimed(post_of(ana.written[1])), count=9)
    ledger.append([claim], NOON)

    assert ledger.posts.post_of(claim_of(claim)) == post_of(ana.written[1])
    assert ledger.posts.post_of(claim_of(ana.written[1])) is None


@pytest.fixture(scope="module")
def twins() -> tuple[SignedEntry, SignedEntry]:
    """Return two posts whose codes share four characters and differ in the fifth."""
    seen: dict[str, SignedEntry] = {}
    ana = writer(2)
    for number in range(1, 10_000):  # among 1,200 posts two share one of 32**4 codes as likely as not
        signed = ana.sign(PostPublished(content("Twin")), number, number)
        twin = seen.setdefault(post_code(post_of(signed)), signed)
        if post_code(post_of(twin), 5) != post_code(post_of(signed), 5):
            return twin, signed
    raise AssertionError("no two posts share a code")


def test_two_live_posts_that_share_a_code_show_a_fifth_character(
    ledger: Ledger, twins: tuple[SignedEntry, SignedEntry]
) -> None:
    ledger.append(twins, NOON)
    posts = [post_of(twin) for twin in twins]
    scope = Scope(CIRCLE.id, Actor.member(writer(9).key.author), NOON)
    long_codes = [post_code(post, 5) for post in posts]

    assert [ledger.posts.code_of(post, NOON) for post in posts] == long_codes
    assert {row.code for row in ledger.posts.board(BoardQuery(), scope)} == set(long_codes)
    assert set(ledger.posts.find_by_code(long_codes[0][:4], NOON)) == set(posts)
    assert ledger.posts.find_by_code(long_codes[1], NOON) == (posts[1],)


def test_once_one_of_them_is_over_four_characters_mean_the_other(
    ledger: Ledger, twins: tuple[SignedEntry, SignedEntry]
) -> None:
    withdrawn = writer(2).sign(PostWithdrawn(post_of(twins[0])), 10_001, 10_001)
    ledger.append([*twins, withdrawn], NOON)
    code = post_code(post_of(twins[1]))

    assert ledger.posts.code_of(post_of(twins[1]), NOON) == code
    assert ledger.posts.find_by_code(code, NOON) == (post_of(twins[1]),)
    assert ledger.posts.find_by_code(post_code(post_of(twins[0]), 5), NOON) == (post_of(twins[0]),)


def test_a_post_that_is_over_is_still_found_by_its_code(ledger: Ledger, ana: Writer) -> None:
    post = post_of(ana.written[1])
    ledger.append([ana.write(PostWithdrawn(post))], NOON)

    assert ledger.posts.find_by_code(post_code(post), NOON) == (post,)


@pytest.mark.parametrize("typed", ["", "K7", "K7Q2XX", "K7Q!", "zzzz"])
def test_what_is_no_code_of_a_post_finds_nothing(ledger: Ledger, ana: Writer, typed: str) -> None:
    assert ledger.posts.find_by_code(typed, NOON) == ()


def test_more_posts_than_are_kept_in_memory_are_listed_whole(ledger: Ledger) -> None:
    ana = writer(2)
    ledger.append([ana.publish() for _ in range(30)], NOON)
    forgetful = Posts(ledger._database, remembered=7)
    scope = Scope(CIRCLE.id, Actor.member(ana.key.author), NOON)

    for _ in range(2):
        assert len(forgetful.board(BoardQuery(), scope)) == 30
