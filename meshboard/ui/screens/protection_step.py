"""The last question of a first start: who may read this board once they have the machine."""

from enum import IntEnum
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from meshboard.errors import RuleError
from meshboard.station.vault import Protect, typed_secret
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


class ProtectionStep(Vertical):
    """Three ways, and the fields that go with each."""

    def compose(self) -> ComposeResult:
        """Lay out question, ways and fields."""
        words = ("4 of 4 · Encrypt this board?", "bold $primary")
        why = ("So that nobody reads it who takes or opens this machine. It can be changed later.", "$quiet")
        yield Static(Content.assemble(words, "\n", why), classes="question")
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
        self.show_way(Way.PASSPHRASE)

    @property
    def way(self) -> Way:
        """The way that is chosen now."""
        return Way(self.query_one("#way", MarkedList).highlighted or 0)

    def show_way(self, way: Way) -> None:
        """Explain a way and show its fields."""
        self.query_one("#way-explained", Static).update(Content.styled(_EXPLAINED[way], "$quiet"))
        for one, fields in _FIELDS.items():
            for field in fields:
                self.query_one(field).display = one is way

    def go_on(self) -> bool:
        """Move to the next field that is empty; say whether there is none."""
        for field in _FIELDS[self.way]:
            if not self.query_one(field, Input).value:
                self.query_one(field).focus()
                return False
        return True

    def protect(self) -> Protect | None:
        """Return the answer, None = readable; RuleError with the reason when it cannot be taken."""
        match self.way:
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

    def forget(self) -> None:
        """Take typed passphrases off the screen."""
        for field in _FIELDS[Way.PASSPHRASE]:
            self.query_one(field, Input).value = ""
