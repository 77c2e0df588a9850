"""One radio for several circles: which it carries."""

from dataclasses import replace

from meshboard.radio.link_config import MAX_CHANNELS
from meshboard.station.air.sharing import share_radio
from meshboard.trust.circle import Circle, RadioPlan
from tests.support.stations.acquainted import circle_of


def circle(number: int, plan: RadioPlan | None = None) -> Circle:
    return circle_of(f"Circle {number}", bytes([number]) * 32, plan)


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
