"""One radio for several circles: which it carries, and never more than one station's air."""

from dataclasses import replace

from meshboard.link import MAX_FRAME_BYTES
from meshboard.radio.link_config import MAX_CHANNELS
from meshboard.station.sharing import SharedAirtime, share_radio
from meshboard.sync.governor import hourly_budget_s
from meshboard.sync.setup import EngineConfig
from meshboard.trust.circle import Circle, RadioPlan, make_open_circle


def circle(number: int, plan: RadioPlan | None = None) -> Circle:
    return make_open_circle(f"Circle {number}", bytes([number]) * 32, plan)


def test_a_circle_on_another_preset_stays_on_this_machine_and_says_so() -> None:
    first, fast, second = circle(1), circle(2, RadioPlan(preset="SHORT_FAST")), circle(3)
    share = share_radio([first, fast, second])

    assert share.carried == (first, second)
    assert "US SHORT_FAST" in share.apart[fast.id]
    assert "stay on this machine" in share.apart[fast.id]


def test_no_more_circles_are_carried_than_a_node_has_channels_for() -> None:
    share = share_radio([circle(number) for number in range(MAX_CHANNELS + 1)])

    assert len(share.carried) == MAX_CHANNELS
    assert len(share.apart) == 1


def test_of_two_channels_with_one_name_the_first_is_carried() -> None:
    first = circle(1)
    share = share_radio([first, replace(circle(2), channel_name=first.channel_name)])

    assert share.carried == (first,)


def test_all_circles_together_spend_no_more_than_one_station_may() -> None:
    airtime, frame_s = SharedAirtime(), EngineConfig().air_s(MAX_FRAME_BYTES)
    airtime.change_plan(RadioPlan("EU_868"))
    spent_s, now_s = 0.0, 0.0
    while airtime.has_room(now_s):
        airtime.note(frame_s, now_s)
        spent_s, now_s = spent_s + frame_s, now_s + 1.0

    assert hourly_budget_s("EU_868") - frame_s < spent_s <= hourly_budget_s("EU_868")
    assert airtime.has_room(3601.0)
