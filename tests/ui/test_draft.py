from dataclasses import replace
from decimal import Decimal

import pytest

from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, TimeWindow, Urgency
from meshboard.errors import RuleError
from meshboard.ui.draft import PostDraft, content_of, draft_of, is_changed, rough_content
from meshboard.ui.typed import typed_amount, typed_hours, typed_tags

WATER = PostDraft(category=Category.WATER, text="water for the shelter", amount="5", unit="gal")


def test_a_form_becomes_what_the_post_says() -> None:
    content = content_of(WATER)

    assert content == PostContent(
        PostKind.NEED, Category.WATER, Urgency.NORMAL, "water for the shelter", Quantity(Decimal(5), "gal")
    )


def test_a_post_read_into_the_form_comes_out_as_it_was() -> None:
    content = PostContent(
        PostKind.TASK, Category.CLEANUP, Urgency.HIGH, "clear the ramp", Quantity(Decimal("2.5"), "people"),
        place="Lot 14", window=TimeWindow(1_800_000_000), lifetime_hours=30, tags=("no stairs", "gloves"),
        has_contact=True,
    )  # fmt: skip

    assert content_of(draft_of(content)) == content


def test_a_task_counts_people_when_nobody_says_otherwise() -> None:
    content = content_of(replace(WATER, kind=PostKind.TASK, amount="3", unit=""))

    assert content.quantity == Quantity(Decimal(3), "people")


def test_urgent_posts_stay_up_for_less_time_when_nobody_says() -> None:
    hours = [content_of(replace(WATER, urgency=urgency)).lifetime_hours for urgency in Urgency]

    assert hours == [168, 72, 48, 24]


def test_a_unit_without_a_number_is_asked_about() -> None:
    with pytest.raises(RuleError, match="How many gal"):
        content_of(replace(WATER, amount=""))


def test_an_unreadable_amount_does_not_stop_the_byte_count() -> None:
    assert rough_content(replace(WATER, amount="five")).text == WATER.text


def test_choosing_a_kind_is_not_yet_something_to_lose() -> None:
    assert not is_changed(PostDraft(kind=PostKind.OFFER), PostDraft())
    assert is_changed(PostDraft(text="w"), PostDraft())


@pytest.mark.parametrize(("typed", "amount"), [("5", "5"), (" 2,5 ", "2.5"), ("0.25", "0.25")])
def test_amounts_may_be_typed_with_point_or_comma(typed: str, amount: str) -> None:
    assert typed_amount(typed) == Quantity(Decimal(amount))


def test_a_word_for_an_amount_is_refused_with_an_example() -> None:
    with pytest.raises(RuleError, match="such as 5"):
        typed_amount("five")


@pytest.mark.parametrize(("typed", "hours"), [("36", 36), ("36h", 36), ("3d", 72), ("1 day", 24)])
def test_hours_may_be_typed_as_hours_or_days(typed: str, hours: int) -> None:
    assert typed_hours(typed, "Hours up") == hours


@pytest.mark.parametrize("typed", ["soon", "3w", "-1", "", "²", "1.5"])
def test_other_spans_are_refused_with_an_example(typed: str) -> None:
    with pytest.raises(RuleError, match="Hours up: type a number of hours such as 36"):
        typed_hours(typed, "Hours up")


def test_tags_are_parted_by_commas() -> None:
    assert typed_tags(" halal, no stairs ,,") == ("halal", "no stairs")
