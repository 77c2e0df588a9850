from dataclasses import replace

from meshboard.domain.posts import Category, PostKind, Urgency
from meshboard.domain.views import Board, BoardQuery
from meshboard.ui.filters import (
    count_words,
    filter_words,
    is_narrowed,
    next_kind,
    next_urgency,
    nothing_words,
    with_category,
)

ALL = BoardQuery(limit=300)


def test_the_kind_key_goes_through_all_kinds_and_back() -> None:
    seen = []
    query = ALL
    for _ in range(5):
        query = next_kind(query)
        seen.append(filter_words(query))

    assert seen == ["needs", "offers", "tasks", "notices", "all live"]


def test_the_urgency_key_begins_with_what_presses() -> None:
    first = next_urgency(ALL)

    assert first.urgency_at_least is Urgency.HIGH
    assert next_urgency(next_urgency(next_urgency(first))) == ALL


def test_a_filter_is_said_in_words() -> None:
    query = BoardQuery(
        kinds=frozenset({PostKind.NEED}),
        categories=frozenset({Category.WATER}),
        urgency_at_least=Urgency.CRITICAL,
        text="oak",
        mine_only=True,
        live_only=False,
    )

    assert filter_words(query) == "needs · water · critical only · with “oak” · mine · closed ones too"


def test_reading_fewer_posts_at_once_is_not_a_filter() -> None:
    assert not is_narrowed(ALL)
    assert not is_narrowed(replace(ALL, live_only=False))
    assert is_narrowed(with_category(ALL, Category.FOOD))


def test_an_empty_board_says_what_to_do_next() -> None:
    assert "Press n to post the first need" in nothing_words(Board((), 0, 0), ALL)


def test_an_empty_board_of_a_newcomer_says_that_the_others_posts_are_to_come() -> None:
    words = nothing_words(Board((), 0, 0), ALL, awaits_others=True)

    assert "comes by radio, the most pressing first" in words
    assert "the first need" not in words


def test_an_empty_filter_says_how_to_see_everything() -> None:
    words = nothing_words(Board((), 0, 12), next_kind(ALL))

    assert words.startswith("Nothing matches: needs.")
    assert "Esc to see everything (12 posts)" in words


def test_a_narrowed_board_says_of_how_many() -> None:
    assert count_words(Board((), 3, 12), next_kind(ALL)) == "3 of 12 posts"
    assert count_words(Board((), 12, 12), ALL) == "12 posts"
