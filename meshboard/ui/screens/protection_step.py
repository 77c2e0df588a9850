"""The last question of a first start: who may read this board once they have the machine."""

from dataclasses import replace
from enum import IntEnum
from pathlib import Path

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from meshboard.errors import RuleError
from meshboard.station.vault.locks import Protect, typed_secret
from meshboard.ui.screens.answers import FirstAnswers
from meshboard.ui.screens.step import Step
from meshboard.ui.widgets.marked_list import MarkedList


class Way(IntEnum):
    """The choices, in the order of the list."""

    PASSPHRASE = 0
    KEY_FILE = 1
    NONE = 2


_EXPLAINED = {
    Way.PASSPHRASE: "At least 10 characters; four or five words that do not belong together are good. Nobody "
    "can give a lost one back.",
    Way.KEY_FILE: "It is made if it is not there. The board opens while the stick is plugged in; whoever has "
    "machine and stick reads it. Keep a copy of the file elsewhere.",
    Way.NONE: "Whoever takes or opens this machine reads every post and can post as you.",
}
_FIELDS = {Way.PASSPHRASE: ("#words", "#words-again"), Way.KEY_FILE: ("#key-file",), Way.NONE: ()}


class ProtectionStep(Step):
    """Three ways, and the fields that go with each."""

    FIRST_FIELD = "#way"

    def compose(self) -> ComposeResult:
        """Lay out question, ways and fields."""
        yield self.question(
            "Encrypt this board?",
            "So that nobody reads it who takes or opens this machine. It can be changed later.",
        )
        yield MarkedList(
            "yes, with a passphrase (a laptop)", "yes, with a key file on a stick (a kiosk nobody attends)",
            "no, leave it readable", id="way", compact=True,
        )  # fmt: skip
        yield Static(id="way-explained", classes="gap")
        yield Input(id="words", password=True, placeholder="passphrase", compact=True, classes="field gap")
        yield Input(
            id="words-again",
            password=True,
            placeholder="the same once more",
            compact=True,
            classes="field gap",
        )
        yield Input(id="key-file", placeholder="/media/stick/board.key", compact=True, classes="field gap")

    def on_mount(self) -> None:
        """Begin with the careful way."""
        self.query_one("#way", MarkedList).highlighted = Way.PASSPHRASE
        self._show_way(Way.PASSPHRASE)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Ask for what goes with the way."""
        self._show_way(Way(event.option_index))

    def answer(self, asked: FirstAnswers) -> FirstAnswers | None:
        """Take the way and what goes with it; move to the next field first where one is empty."""
        for field in _FIELDS[self._way]:
            if not self.query_one(field, Input).value:
                self.query_one(field).focus()
                return None
        return replace(asked, protect=self._protect())

    def forget(self) -> None:
        """Take typed passphrases off the screen."""
        for field in _FIELDS[Way.PASSPHRASE]:
            self.query_one(field, Input).value = ""

    @property
    def _way(self) -> Way:
        return Way(self.query_one("#way", MarkedList).highlighted or 0)

    def _show_way(self, way: Way) -> None:
        self.query_one("#way-explained", Static).update(Content.styled(_EXPLAINED[way], "$quiet"))
        for one, fields in _FIELDS.items():
            for field in fields:
                self.query_one(field).display = one is way

    def _protect(self) -> Protect | None:
        match self._way:
            case Way.PASSPHRASE:
                typed, again = (self.query_one(field, Input).value for field in _FIELDS[Way.PASSPHRASE])
                answer = Protect(passphrase=typed_secret(typed))
                if typed != again:
                    raise RuleError("The two passphrases are not the same. Type them again.")
                return answer
            case Way.KEY_FILE:
                return Protect(key_file=Path(self.query_one("#key-file", Input).value.strip()).expanduser())
            case Way.NONE:
                return None
