"""Actors: the person an entry speaks for."""

from dataclasses import dataclass
from enum import Enum, IntEnum

from meshboard.domain.ids import AuthorId

ACTOR_KEY_BYTES = 8


class ActorKind(IntEnum):
    """How a person reached the board. The numbers are on the wire (docs/protocol.md)."""

    MEMBER = 0
    """The member whose station this is: the author itself speaks."""
    WALK_UP = 1
    """Somebody at a kiosk; the key is random and lives as long as their visit."""
    HANDHELD = 2
    """Somebody with a Meshtastic node only; the key is a hash of the node's public key."""


@dataclass(frozen=True, slots=True, order=True)
class Actor:
    """The person an entry speaks for.

    A member's `key` is the head of the author's public key, so that an actor can be compared without
    knowing which station it came through.
    """

    kind: ActorKind
    key: bytes
    """ACTOR_KEY_BYTES bytes."""

    @classmethod
    def member(cls, author: AuthorId) -> "Actor":
        """Return the actor of a station's own member."""
        return cls(ActorKind.MEMBER, author[:ACTOR_KEY_BYTES])


@dataclass(frozen=True, slots=True)
class TextId:
    """Which text of a handheld asked for something; the same one heard twice asks once."""

    sender: Actor
    number: int
    """What the sender's node called it, 32 bits."""
    is_proven: bool
    """Whether the sender's node proved by its key that it is theirs."""


class Party(Enum):
    """Who counts together among those who speak through one station."""

    MEMBER = "member"
    """The station's own member, alone."""
    WALK_UP = "walk-up"
    """Whoever stood at its keyboard."""
    STRANGER = "stranger"
    """Everybody whom nobody knows: see `is_stranger`."""


def is_stranger(actor: Actor) -> bool:
    """Say whether no member's station has linked an actor to a person, so that inventing one more is free.

    This is the one place that says so. A text without public-key encryption names a number that anybody can
    forge, and keys are made at will; no entry says yet whose handheld one is. What will, is asked here.
    """
    return actor.kind is ActorKind.HANDHELD


def party_of(actor: Actor) -> Party:
    """Return with whom somebody counts at the station they speak through."""
    if is_stranger(actor):
        return Party.STRANGER
    return Party.WALK_UP if actor.kind is ActorKind.WALK_UP else Party.MEMBER
