import pytest

from meshboard.errors import RuleError, TrustError
from meshboard.trust.circle import RadioPlan, default_channel_name, make_circle, seal_key_of

CIRCLE = make_circle("Elm Street", bytes(range(32)))


def test_a_circle_is_named_by_its_key_alone() -> None:
    assert CIRCLE.id == make_circle("Another name", bytes(range(32))).id
    assert CIRCLE.id != make_circle("Elm Street", bytes(32)).id


def test_channel_key_and_seal_key_say_nothing_of_each_other() -> None:
    assert len(CIRCLE.channel_psk) == 32
    assert len(seal_key_of(CIRCLE)) == 64
    assert (
        len({CIRCLE.channel_psk, CIRCLE.epoch_key, seal_key_of(CIRCLE)[:32], seal_key_of(CIRCLE)[32:]}) == 4
    )


def test_a_circle_shows_no_key_when_printed() -> None:
    assert CIRCLE.epoch_key.hex() not in repr(CIRCLE)
    assert repr(CIRCLE.epoch_key) not in repr(CIRCLE)
    assert "Elm" not in repr(CIRCLE)


def test_a_channel_without_a_name_is_called_after_the_circle() -> None:
    assert CIRCLE.channel_name == default_channel_name(CIRCLE.id)
    assert len(CIRCLE.channel_name) <= 11


@pytest.mark.parametrize(
    ("name", "plan", "says"),
    [
        ("", RadioPlan(), "needs a name"),
        ("two\nlines", RadioPlan(), "needs a name"),
        ("ж" * 13, RadioPlan(), "too long: 26 of at most 24 bytes"),
        ("Elm", RadioPlan(region="MOON"), "no region MOON"),
        ("Elm", RadioPlan(preset="FAST"), "no preset FAST"),
        ("Elm", RadioPlan(slot=70000), "slot 70000"),
    ],
)
def test_what_cannot_be_a_circle_is_said_in_a_sentence(name: str, plan: RadioPlan, says: str) -> None:
    with pytest.raises(RuleError, match=says):
        make_circle(name, bytes(32), plan)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(TrustError):
        make_circle("Elm", bytes(31))
