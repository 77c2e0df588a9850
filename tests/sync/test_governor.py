import random
from collections.abc import Sequence

import pytest

from meshboard.link import Refusal
from meshboard.sync.air.budget import REGION_DUTY_SHARE, HourlyBudget
from meshboard.sync.air.governor import Governor, Grade, Rule, Spent, hourly_budget_s
from meshboard.sync.events import FrameUse

NEVER = float("-inf")


def governor_of(budget_s: float, spent: Sequence[Spent] = ()) -> Governor:
    return Governor(budget_s, random.Random(1), 0.0, spent)


def test_a_tenth_of_the_hour_is_ours_and_less_where_the_region_limits_it() -> None:
    assert hourly_budget_s("US") == 360.0
    assert hourly_budget_s("EU_868") == hourly_budget_s("EU_433") == pytest.approx(288.0)


def test_a_fresh_governor_lets_a_frame_go_at_once() -> None:
    assert governor_of(360.0).allowed_at(2.0, Grade.NEWS) == NEVER


def test_frames_are_spaced_so_that_the_nodes_queue_never_fills() -> None:
    governor = governor_of(360.0)
    governor.record(2.0, 0, now_s=100.0)

    assert governor.allowed_at(2.0, Grade.CRITICAL) == 102.6


def test_a_frame_that_waits_in_the_node_waits_longer_for_each_that_others_send_before_it() -> None:
    governor = governor_of(360.0)
    governor.record(2.0, 0, now_s=100.0)

    governor.give_way(1.0, now_s=101.0)
    governor.give_way(0.5, now_s=102.0)
    still_waits = governor.allowed_at(2.0, Grade.NEWS)
    governor.give_way(1.0, now_s=105.0)

    assert still_waits == pytest.approx(102.6 + 1.6 + 0.8)
    assert governor.allowed_at(2.0, Grade.NEWS) == still_waits  # what waited has gone


def test_no_rolling_hour_ever_exceeds_the_budget() -> None:
    governor = governor_of(100.0)
    sent: list[float] = []
    now_s = 0.0
    while now_s < 20_000.0:
        now_s = max(now_s + 1.0, governor.allowed_at(7.0, Grade.CRITICAL))
        governor.record(7.0, 0, now_s)
        sent.append(now_s)

    for start in sent:
        assert 7.0 * sum(start <= at < start + 3600.0 for at in sent) <= 100.0
    assert len(sent) > 60


def test_the_last_fifth_is_for_critical_posts() -> None:
    governor = governor_of(100.0, spent=[Spent(0.0, 79.0)])

    assert governor.allowed_at(2.0, Grade.NEWS) == 3600.0
    assert governor.allowed_at(2.0, Grade.CRITICAL) == NEVER
    assert governor.left_s(1.0) == 21.0


@pytest.mark.parametrize(
    ("news_s", "kept_s"), [(0.0, 0.0), (1.0, 2.0), (4.0, 8.0), (10.0, 20.0), (40.0, 20.0)]
)
@pytest.mark.parametrize("grade", [Grade.FIRST, Grade.BULK])
def test_who_gives_much_keeps_twice_what_news_took(grade: Grade, news_s: float, kept_s: float) -> None:
    news, much_s = Spent(0.0, news_s, FrameUse.NEWS), 80.0 - news_s - kept_s
    fits = governor_of(100.0, spent=[news, Spent(0.0, much_s - 2.0, FrameUse.REPAIR)])
    assert fits.allowed_at(2.0, grade) == NEVER

    governor = governor_of(100.0, spent=[news, Spent(0.0, much_s - 1.0, FrameUse.REPAIR)])
    assert governor.allowed_at(2.0, grade) == 3600.0
    assert governor.allowed_at(1.0, Grade.NEWS) == NEVER


def test_a_refused_frame_is_taken_off_what_it_was_counted_to() -> None:
    budget = HourlyBudget(360.0, [Spent(1.0, 1.5, FrameUse.NEWS), Spent(2.0, 1.5, FrameUse.NEWS, True)])
    budget.take_back(1.5, FrameUse.NEWS, is_urgent=False)

    assert budget.log() == (Spent(2.0, 1.5, FrameUse.NEWS, True),)


def test_what_was_sent_before_a_restart_counts() -> None:
    first = governor_of(100.0)
    first.record(90.0, 0, now_s=500.0)

    again = governor_of(100.0, first.log())

    assert again.allowed_at(20.0, Grade.CRITICAL) == 4100.0
    assert again.spent_s(4000.0) == 90.0
    assert again.spent_s(4100.0) == 0.0


def test_a_busy_channel_stops_everything_but_critical_posts_and_a_very_busy_one_these_too() -> None:
    governor = governor_of(100.0)
    governor.note_channel_utilisation(0.25, now_s=10.0)
    assert governor.allowed_at(2.0, Grade.NEWS) == 70.0
    assert governor.allowed_at(2.0, Grade.CRITICAL) == NEVER

    governor.note_channel_utilisation(0.4, now_s=20.0)
    assert governor.allowed_at(2.0, Grade.CRITICAL) == 80.0

    governor.note_channel_utilisation(0.1, now_s=30.0)
    assert governor.allowed_at(2.0, Grade.NEWS) == NEVER

    governor.note_channel_utilisation(0.9, now_s=40.0)
    governor.note_channel_utilisation(None, now_s=50.0)
    assert governor.allowed_at(2.0, Grade.NEWS) == NEVER


def test_where_the_node_says_nothing_what_is_heard_here_stops_at_the_same_shares() -> None:
    governor = governor_of(1000.0)
    governor.note_on_air(0.0, 0, now_s=-301.0)
    governor.note_on_air(14.0, 0, now_s=0.0)
    assert governor.allowed_at(1.0, Grade.NEWS) == NEVER

    governor.note_on_air(2.0, 0, now_s=10.0)
    assert governor.held_by(1.0, Grade.NEWS) == (60.0, Rule.HEARD_BUSY)
    assert governor.allowed_at(1.0, Grade.CRITICAL) == NEVER

    governor.note_on_air(9.0, 0, now_s=20.0)
    assert governor.held_by(1.0, Grade.FIRST) == (60.0, Rule.HEARD_BUSY)
    assert governor.allowed_at(1.0, Grade.CRITICAL) == NEVER  # that would be hearsay


def test_strangers_count_where_the_node_says_nothing_and_are_in_its_figure_where_it_does() -> None:
    governor = governor_of(1000.0)
    governor.note_on_air(0.0, 0, now_s=-301.0)
    governor.note_stranger(16.0, 0, now_s=0.0)
    assert governor.held_by(1.0, Grade.NEWS) == (60.0, Rule.HEARD_BUSY)

    governor.note_channel_utilisation(0.3, now_s=30.0)
    assert governor.held_by(1.0, Grade.NEWS) == (90.0, Rule.BUSY)  # others are taken to go on

    governor.note_channel_utilisation(0.2, now_s=40.0)
    assert governor.allowed_at(1.0, Grade.TALK) == NEVER


def test_a_board_that_just_started_is_not_taken_for_a_busy_channel() -> None:
    governor = governor_of(1000.0)
    governor.note_on_air(30.0, 0, now_s=0.0)

    assert governor.allowed_at(1.0, Grade.NEWS) == NEVER


def test_a_node_that_has_fallen_silent_is_believed_no_longer() -> None:
    governor = governor_of(1000.0)
    governor.note_channel_utilisation(0.0, now_s=0.0)
    governor.note_on_air(20.0, 0, now_s=299.0)
    assert governor.allowed_at(1.0, Grade.NEWS) == NEVER

    governor.note_on_air(1.0, 0, now_s=301.0)
    assert governor.held_by(1.0, Grade.NEWS) == (359.0, Rule.HEARD_BUSY)


def test_critical_posts_without_end_leave_a_tenth_of_every_hour_to_the_rest() -> None:
    governor = governor_of(100.0)
    critical_s = rest_s = now_s = 0.0
    while now_s < 10 * 3600.0:
        now_s += 1.0
        if governor.allowed_at(2.0, Grade.CRITICAL) <= now_s:
            governor.record(2.0, 0, now_s, is_urgent=True)
            critical_s += 2.0
        if governor.allowed_at(2.0, Grade.NEWS) <= now_s:
            governor.record(2.0, 0, now_s)
            rest_s += 2.0

    assert rest_s >= 9 * 10.0
    assert critical_s >= 9 * 80.0


@pytest.mark.parametrize("region", sorted(REGION_DUTY_SHARE))
def test_every_region_that_limits_keeps_a_fifth_for_the_nodes_own_traffic(region: str) -> None:
    governor = governor_of(hourly_budget_s(region))
    chance, sent, now_s = random.Random(region), list[Spent](), 0.0
    while now_s < 4 * 3600.0:
        grade = chance.choice(list(Grade))
        air_s = chance.uniform(0.3, 2.2)
        now_s = max(now_s + chance.expovariate(1.0), governor.allowed_at(air_s, grade))
        governor.record(air_s, 0, now_s, is_urgent=grade is Grade.CRITICAL)
        sent.append(Spent(now_s, air_s))

    for one in sent:
        hour = [other.air_s for other in sent if one.sent_at <= other.sent_at < one.sent_at + 3600.0]
        assert sum(hour) <= 0.8 * REGION_DUTY_SHARE[region] * 3600.0 + 1e-6


def test_the_regions_that_limit_are_the_firmwares() -> None:
    """Those below 100 % in `regions[]` of `RadioInterface.cpp`, July 2026; EU_866 as for nodes that move."""
    ten = dict.fromkeys(("EU_433", "EU_868", "EU_N_868", "TH", "UA_433"), 0.10)

    assert {**ten, "EU_866": 0.025, "UA_868": 0.01} == REGION_DUTY_SHARE


def test_a_busy_minute_that_was_our_own_circles_is_over_when_its_frames_are() -> None:
    governor = governor_of(100.0)
    governor.note_on_air(20.0, 0, now_s=0.0)
    governor.note_channel_utilisation(20.0 / 60.0, now_s=30.0)

    assert governor.allowed_at(1.0, Grade.NEWS) == 60.0


def test_talk_waits_for_room_on_the_channel_sooner_than_repairs_and_news_do() -> None:
    governor = governor_of(1000.0)
    governor.note_on_air(15.0, 0, now_s=0.0)
    governor.note_on_air(6.0, 0, now_s=20.0)
    governor.note_channel_utilisation(0.1, now_s=20.0)

    assert governor.allowed_at(1.0, Grade.NEWS) == NEVER
    assert governor.allowed_at(1.0, Grade.REPAIR) == NEVER
    assert governor.allowed_at(1.0, Grade.TALK) == 60.0


def test_relays_count_for_the_channel_and_for_the_space_between_frames() -> None:
    governor = governor_of(1000.0)
    governor.record(2.0, 3, now_s=100.0)

    assert governor.allowed_at(2.0, Grade.CRITICAL) == 106.5
    assert governor.spent_s(101.0) == 2.0


def test_a_critical_post_waits_for_our_own_frame_alone_whoever_says_recorded_ones_again() -> None:
    governor = governor_of(1000.0)
    governor.record(2.0, 0, now_s=100.0)
    before = governor.held_by(2.0, Grade.CRITICAL)
    for second in range(100, 130):
        governor.note_on_air(2.0, 3, float(second))
        governor.give_way(2.0, float(second))

    assert governor.held_by(2.0, Grade.CRITICAL) == before
    assert governor.allowed_at(2.0, Grade.NEWS) > 130.0


@pytest.mark.parametrize("is_silent", [True, False])
def test_a_critical_post_waits_for_nothing_that_others_claim_to_fill_the_channel_with(
    *, is_silent: bool
) -> None:
    governor = governor_of(1000.0)
    for second in range(3600):
        if not is_silent and second % 60 == 0:
            governor.note_channel_utilisation(0.39, float(second))  # what the node itself measures
        for _ in range(20):
            governor.note_on_air(2.0, 3, float(second))
            governor.note_stranger(2.0, 7, float(second))
            governor.give_way(2.0, float(second))

        assert governor.allowed_at(2.0, Grade.CRITICAL) <= second
        assert governor.allowed_at(2.0, Grade.AT_ONCE) <= second


def test_no_minute_holds_more_than_a_minute_whatever_is_claimed() -> None:
    governor = governor_of(1000.0)
    shares = []
    for tenth in range(6000):
        now_s = tenth / 10.0
        governor.note_on_air(2.0, 3, now_s)
        governor.note_stranger(2.0, 7, now_s)
        shares.append(governor.heard_share(now_s))

        assert len(governor.on_air(now_s)) <= 60
    assert max(shares) == pytest.approx(1.0)
    assert max(air_s for _, air_s in governor.heard_minutes(600.0)) == pytest.approx(60.0)


@pytest.mark.parametrize("why", list(Refusal))
def test_what_a_texts_receiver_says_of_it_is_nothing_to_our_air(why: Refusal) -> None:
    governor = governor_of(1000.0)
    governor.record(1.0, 0, 0.0, FrameUse.TEXT)
    governor.take_back_text(1.0, 0, why, 1.0)

    spent_s = {Refusal.UNANSWERED: 3.0}.get(why, 0.0 if why.was_not_sent else 1.0)
    assert governor.spent_s(1.0) == spent_s
    if why is Refusal.THERE:
        assert governor.held_by(1.0, Grade.CRITICAL)[1] is not Rule.REFUSED
