"""Plain text messages from handheld nodes: who sent one, and who answers."""

import hashlib
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from meshboard.domain.people import ACTOR_KEY_BYTES, Actor, ActorKind, TextId
from meshboard.link import TextHeard


@dataclass(frozen=True, slots=True)
class HandheldSender:
    """Somebody with a Meshtastic node, and which of their texts this is."""

    actor: Actor
    name: str
    """What their node calls itself."""
    is_private: bool = False
    """True when only their node can read what is sent to it: its public key came with the message."""
    text_number: int = 0
    """What their node called the text, 0 = not known."""

    @property
    def text_id(self) -> TextId | None:
        """What tells this text from all others, None where that is not known."""
        return TextId(self.actor, self.text_number, self.is_private) if self.text_number else None


class AnswerKind(Enum):
    """What an answer is about, as far as it matters while it waits for air."""

    DONE = "what was done, why not, or what a yes would do"
    """Told whatever comes after."""
    SHOWN = "what was asked to be shown"
    """The next one to the same node takes its place."""
    PAGE = "the next page of that"
    URGENT = "whether the board was wiped"


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send to a handheld."""

    text: str = field(repr=False)
    kind: AnswerKind = AnswerKind.DONE


class TextResponder(Protocol):
    """Answers plain text messages; the handheld front end is one."""

    def answer(self, text: str, sender: HandheldSender) -> Answer | None:
        """Do what a message asks for and return the answer, None for silence."""


def sender_of(message: TextHeard) -> HandheldSender:
    """Return who sent a message: their node's public key says so, its number where there is none.

    A number can be forged by any holder of the channel's key, so the two kinds of actor never meet.
    """
    source = (
        b"key" + message.sender_key if message.sender_key else b"node" + message.sender.to_bytes(4, "big")
    )
    key = hashlib.sha256(source).digest()[:ACTOR_KEY_BYTES]
    return HandheldSender(
        Actor(ActorKind.HANDHELD, key),
        message.sender_name,
        is_private=bool(message.sender_key),
        text_number=message.packet_id,
    )
