"""Where a link's channels are on a node, and what to do about those that are not there.

A channel's *index* is its number on the node, 0 to 7; its *place* is its position in the link's list.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import assert_never

from meshboard.link import Channel
from meshboard.radio.client import NodeSettings


class ChannelTrouble(Enum):
    """Why a channel cannot be used."""

    MISSING = "missing"
    NO_ROOM = "missing, and the node has no free channel left for it"
    OTHER_KEY = "there under the same name, with another key"


Located = int | ChannelTrouble
"""A channel's index on the node, or why it has none."""


def locate_channels(settings: NodeSettings, channels: Sequence[Channel]) -> tuple[Located, ...]:
    """Return where each channel is on the node, in the channels' order."""
    room = len(free_indexes(settings))
    located: list[Located] = []
    for channel in channels:
        found = _locate(settings, channel)
        if found is ChannelTrouble.MISSING:
            found = ChannelTrouble.MISSING if room > 0 else ChannelTrouble.NO_ROOM
            room -= channel.key is not None
        located.append(found)
    return tuple(located)


def free_indexes(settings: NodeSettings) -> list[int]:
    """Return the indexes a channel may be added at, lowest first.

    Index 0 is the primary channel: its name picks the frequency of the whole local mesh.
    """
    return sorted(slot.index for slot in settings.channels if not slot.in_use and slot.index > 0)


def usable_indexes(located: Sequence[Located]) -> tuple[int | None, ...]:
    """Return each channel's index on the node, None where frames cannot be sent."""
    return tuple(found if isinstance(found, int) else None for found in located)


def places_by_index(located: Sequence[Located]) -> Mapping[int, int]:
    """Return the place of the channel at each index of the node that holds one of ours."""
    return {found: place for place, found in enumerate(located) if isinstance(found, int)}


def describe_troubles(channels: Sequence[Channel], located: Sequence[Located]) -> str:
    """Return one sentence for each kind of trouble, naming the channels; empty when there is none."""
    sentences = []
    for trouble in ChannelTrouble:
        names = [channel.name for channel, found in zip(channels, located, strict=True) if found is trouble]
        if names:
            sentences.append(_sentence(trouble, names))
    return " ".join(sentences)


def quoted(names: Sequence[str]) -> str:
    """Return names as they stand in a sentence: “A”, “B” and “C”."""
    *others, last = (f"“{name}”" for name in names)
    return f"{', '.join(others)} and {last}" if others else last


def _locate(settings: NodeSettings, channel: Channel) -> Located:
    named = [slot for slot in settings.channels if slot.in_use and slot.name == channel.name]
    if not named:
        return ChannelTrouble.MISSING
    right = [slot for slot in named if channel.key in (None, slot.key)]
    return right[0].index if right else ChannelTrouble.OTHER_KEY


def _sentence(trouble: ChannelTrouble, names: Sequence[str]) -> str:
    which, several = quoted(names), len(names) > 1
    match trouble:
        case ChannelTrouble.MISSING:
            return (
                f"The node has no {'channels' if several else 'channel'} {which}; "
                f"add {'them' if several else 'it'} with `meshboard radio setup`, "
                f"or with the Meshtastic app as {'secondary channels' if several else 'a secondary channel'}."
            )
        case ChannelTrouble.NO_ROOM:
            return (
                f"All channels of the node are in use; "
                f"delete {len(names) if several else 'one'} with the Meshtastic app to make room for {which}."
            )
        case ChannelTrouble.OTHER_KEY:
            return (
                f"The node has {'channels' if several else 'a channel'} {which} with another key; "
                f"delete or rename {'them' if several else 'it'}, then run `meshboard radio setup`."
            )
        case _:
            assert_never(trouble)
