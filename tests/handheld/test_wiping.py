"""Only the named handheld wipes a board, only with its code, and only where that was switched on."""

import base64
from pathlib import Path

import pytest

from meshboard.domain.people import Actor, ActorKind
from meshboard.errors import RuleError
from meshboard.figures import WIPE_TRIES, WIPE_TRIES_WITHIN_S
from meshboard.handheld.conversation import Conversation
from meshboard.handheld.paging import MAX_ANSWER_BYTES
from meshboard.link import NodeNumber, TextHeard
from meshboard.station.texts.remote_wipe import RemoteWipe, is_on, switch_off, switch_on
from meshboard.station.texts.texts import AnswerKind, HandheldSender, sender_of
from meshboard.station.vault.locks import Protect
from meshboard.station.vault.wipe_tries import recent_tries, wrong_wipe_words
from meshboard.trust.secret import Secret
from tests.handheld.board_in_memory import BO, BoardInMemory
from tests.support.stations.protected import CHEAP, found_in, new_home, unlocked, words

NODE_KEY = bytes(range(32))
CODE = "marigold 7"
NAMED = sender_of(TextHeard("", NodeNumber(1), "Ana", NODE_KEY, direct=True, packet_id=1))


class Talk:
    """A conversation at a home under a passphrase; its clock moves only when told to."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        new_home(self.home, Protect(passphrase=words()))
        self.seconds = 1_000.0
        self.vault = unlocked(self.home).vault
        self.start_anew()

    def start_anew(self) -> None:
        """Let another process hear the messages from now on."""
        wiper = RemoteWipe(self.vault, lambda: self.seconds)
        self.conversation = Conversation(BoardInMemory(), lambda: self.seconds, wiper)

    def switch_on(self, key: str = NODE_KEY.hex(), code: str = CODE) -> None:
        with self.vault.open_ledger(checked=False) as ledger:
            switch_on(ledger, key, Secret.of_text(code), CHEAP)

    def ask(self, text: str, sender: HandheldSender = NAMED) -> str:
        answer = self.conversation.answer(text, sender)
        assert answer is not None
        assert len(answer.text.encode()) <= MAX_ANSWER_BYTES
        return answer.text


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(tmp_path)


@pytest.mark.parametrize("text", [f"wipe {CODE}", f"Wipe  {CODE} "])
def test_the_named_handheld_wipes_with_its_code(talk: Talk, text: str) -> None:
    talk.switch_on()

    assert "is wiped" in talk.ask(text)
    assert not talk.home.exists()


def test_it_is_off_until_it_is_switched_on_and_after_it_is_switched_off(talk: Talk) -> None:
    not_understood = talk.ask("wipe nothing")
    assert not_understood == talk.ask(f"wipe {CODE}")
    talk.switch_on()
    with talk.vault.open_ledger(checked=False) as ledger:
        switch_off(ledger)
        assert not is_on(ledger)

    assert not_understood == talk.ask(f"wipe {CODE} ")
    assert talk.home.exists()


@pytest.mark.parametrize(
    "sender",
    [
        BO,
        HandheldSender(Actor(ActorKind.HANDHELD, bytes(8)), "Ana"),
        sender_of(TextHeard("", NodeNumber(1), "Ana", None, direct=True, packet_id=1)),
    ],
)
def test_others_with_the_right_code_learn_nothing_and_wipe_nothing(
    talk: Talk, sender: HandheldSender
) -> None:
    not_understood = talk.ask("wipe it", sender)
    talk.switch_on()

    assert not_understood == talk.ask(f"wipe {CODE}", sender)
    assert talk.home.exists()


def test_five_wrong_codes_make_it_wait_for_ten_minutes(talk: Talk) -> None:
    talk.switch_on()
    for number in range(WIPE_TRIES):
        assert "Not the code" in talk.ask(f"wipe wrong{number}")
        talk.seconds += 1

    assert "Wait ten minutes" in talk.ask(f"wipe {CODE}")
    assert talk.home.exists()
    talk.seconds += WIPE_TRIES_WITHIN_S
    assert "is wiped" in talk.ask(f"wipe {CODE}")


@pytest.mark.parametrize("seconds", [1_010.0, 30.0])
def test_a_restart_of_program_or_machine_gives_no_further_tries(talk: Talk, seconds: float) -> None:
    talk.switch_on()
    for number in range(WIPE_TRIES):
        talk.ask(f"wipe wrong{number}")
    talk.seconds = seconds
    talk.start_anew()

    assert "Wait ten minutes" in talk.ask(f"wipe {CODE}")
    with talk.vault.open_ledger(checked=False) as ledger:
        count = len(recent_tries(ledger, talk.seconds))
    assert wrong_wipe_words(count).startswith("5 wrong codes for wiping by message")
    talk.seconds += WIPE_TRIES_WITHIN_S
    assert "is wiped" in talk.ask(f"wipe {CODE}")


def test_neither_code_nor_node_stands_readable_in_the_home(talk: Talk) -> None:
    talk.switch_on()
    talk.ask("wipe wrong code")

    assert found_in(talk.home, CODE.encode(), NODE_KEY, NODE_KEY.hex().encode()) == set()


def test_the_key_may_be_typed_as_the_app_shows_it(talk: Talk) -> None:
    talk.switch_on(base64.b64encode(NODE_KEY).decode())

    assert "is wiped" in talk.ask(f"wipe {CODE}")


@pytest.mark.parametrize(
    ("key", "code"), [("", CODE), ("!0a1b2c3d", CODE), ("=" * 44, CODE), ("é" * 64, CODE)]
)
def test_what_is_no_public_key_is_refused(talk: Talk, key: str, code: str) -> None:
    with pytest.raises(RuleError, match="not a node's public key"):
        talk.switch_on(key, code)


def test_a_tiny_code_is_refused(talk: Talk) -> None:
    with pytest.raises(RuleError, match="at least 6"):
        talk.switch_on(code="12345")


def test_whether_the_board_was_wiped_is_said_before_all_else(talk: Talk) -> None:
    talk.switch_on()

    for text in ("wipe wrong code", f"wipe {CODE}"):
        answer = talk.conversation.answer(text, NAMED)
        assert answer is not None
        assert answer.kind is AnswerKind.URGENT
