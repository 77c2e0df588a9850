import pytest

from meshboard.domain.circle_facts import COMMITMENT_BYTES
from meshboard.errors import RuleError, TrustError
from meshboard.trust.circle import (
    RadioPlan,
    circle_id_of,
    commitment_of,
    default_channel_name,
    is_founder,
    make_circle,
    seal_key_of,
)
from meshboard.trust.identity import AuthorKey

FOUNDER = AuthorKey(bytes(range(1, 33))).author
ANOTHER = AuthorKey(bytes(32)).author
CIRCLE = make_circle("Elm Street", bytes(range(32)), FOUNDER)


def test_a_circle_is_named_by_its_key_and_its_founder() -> None:
    assert CIRCLE.id == make_circle("Another name", bytes(range(32)), FOUNDER).id
    assert CIRCLE.id != make_circle("Elm Street", bytes(32), FOUNDER).id
    assert CIRCLE.id != make_circle("Elm Street", bytes(range(32)), ANOTHER).id


def test_whoever_has_the_channels_seed_can_check_who_founded_the_circle() -> None:
    assert is_founder(CIRCLE, FOUNDER)
    assert not is_founder(CIRCLE, ANOTHER)
    assert CIRCLE.id == circle_id_of(CIRCLE.channel_seed, FOUNDER)


def test_a_commitment_is_of_one_key_in_one_circle() -> None:
    said = commitment_of(CIRCLE.id, bytes(32))

    assert len(said) == COMMITMENT_BYTES
    assert said != commitment_of(CIRCLE.id, bytes(range(32)))
    assert said != commitment_of(make_circle("Elm", bytes(32), FOUNDER).id, bytes(32))


def test_channel_key_and_seal_key_say_nothing_of_each_other() -> None:
    assert len(CIRCLE.channel_psk) == 32
    seal_key = seal_key_of(CIRCLE.id, CIRCLE.epoch_key)

    assert len(seal_key) == 64
    assert len({CIRCLE.channel_psk, CIRCLE.epoch_key, seal_key[:32], seal_key[32:]}) == 4


def test_a_circle_shows_no_key_when_printed() -> None:
    for secret in (CIRCLE.epoch_key, CIRCLE.channel_seed, CIRCLE.channel_psk):
        assert secret.hex() not in repr(CIRCLE)
        assert repr(secret) not in repr(CIRCLE)
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
        make_circle(name, bytes(32), FOUNDER, plan)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(TrustError):
        make_circle("Elm", bytes(31), FOUNDER)
