import pytest

from meshboard.sync.governor import Governor, Spent, hourly_budget_s

NEVER = float("-inf")


def test_a_tenth_of_the_hour_is_ours_and_less_where_the_region_limits_it() -> None:
    assert hourly_budget_s("US") == 360.0
    assert hourly_budget_s("EU_868") == hourly_budget_s("EU_433") == pytest.approx(288.0)


def test_a_fresh_governor_lets_a_frame_go_at_once() -> None:
    assert Governor(360.0).allowed_at(2.0, urgent=False) == NEVER


def test_frames_are_spaced_so_that_the_nodes_queue_never_fills() -> None:
    governor = Governor(360.0)
    governor.record(2.0, now_s=100.0)

    assert governor.allowed_at(2.0, urgent=True) == 102.6


def test_no_rolling_hour_ever_exceeds_the_budget() -> None:
    governor = Governor(100.0)
    sent: list[float] = []
    now_s = 0.0
    while now_s < 20_000.0:
        now_s = max(now_s + 1.0, governor.allowed_at(7.0, urgent=True))
        governor.record(7.0, now_s)
        sent.append(now_s)

    for start in sent:
        assert 7.0 * sum(start <= at < start + 3600.0 for at in sent) <= 100.0
    assert len(sent) > 60


def test_the_last_fifth_is_for_critical_posts() -> None:
    governor = Governor(100.0, spent=[Spent(0.0, 79.0)])

    assert governor.allowed_at(2.0, urgent=False) == 3600.0
    assert governor.allowed_at(2.0, urgent=True) == NEVER
    assert governor.left_s(1.0) == 21.0


def test_what_was_sent_before_a_restart_counts() -> None:
    first = Governor(100.0)
    first.record(90.0, now_s=500.0)

    again = Governor(100.0, first.log())

    assert again.allowed_at(20.0, urgent=True) == 4100.0
    assert again.spent_s(4000.0) == 90.0
    assert again.spent_s(4100.0) == 0.0


def test_a_busy_channel_stops_everything_but_critical_posts_and_a_very_busy_one_these_too() -> None:
    governor = Governor(100.0)
    governor.note_channel_utilisation(0.25, now_s=10.0)
    assert governor.allowed_at(2.0, urgent=False) == 70.0
    assert governor.allowed_at(2.0, urgent=True) == NEVER

    governor.note_channel_utilisation(0.4, now_s=20.0)
    assert governor.allowed_at(2.0, urgent=True) == 80.0

    governor.note_channel_utilisation(0.1, now_s=30.0)
    assert governor.allowed_at(2.0, urgent=False) == NEVER

    governor.note_channel_utilisation(0.9, now_s=40.0)
    governor.note_channel_utilisation(None, now_s=50.0)
    assert governor.allowed_at(2.0, urgent=False) == NEVER
