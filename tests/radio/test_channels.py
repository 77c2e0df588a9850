from dataclasses import replace

import pytest

from meshboard.link import Channel, NodeNumber
from meshboard.radio.channels import (
    ChannelTrouble,
    describe_troubles,
    free_indexes,
    locate_channels,
    places_by_index,
    usable_indexes,
)
from meshboard.radio.client import ChannelSlot, NodeSettings

KITCHEN = Channel("Kitchen", b"k" * 16)
GARDEN = Channel("Garden", b"g" * 16)
HALL = Channel("Hall", b"h" * 16)
MISSING, NO_ROOM, OTHER_KEY = ChannelTrouble.MISSING, ChannelTrouble.NO_ROOM, ChannelTrouble.OTHER_KEY


def node_holding(held: dict[int, Channel]) -> NodeSettings:
    slots = [
        ChannelSlot(index, held[index].name, held[index].key or b"", in_use=True)
        if index in held
        else ChannelSlot(index, "", b"", in_use=index == 0)
        for index in range(8)
    ]
    return NodeSettings(NodeNumber(1), "Node", "2.7", True, tuple(slots), None)


def full_but_for(*free: int, **held: Channel) -> NodeSettings:
    others = {index: Channel(f"c{index}", b"c" * 16) for index in range(1, 8) if index not in free}
    return node_holding(others | {int(index[1:]): channel for index, channel in held.items()})


def test_channels_are_found_by_name_wherever_they_are() -> None:
    located = locate_channels(node_holding({2: KITCHEN, 5: GARDEN}), [GARDEN, HALL, KITCHEN])

    assert located == (5, MISSING, 2)
    assert usable_indexes(located) == (5, None, 2)
    assert places_by_index(located) == {5: 0, 2: 2}


def test_a_channel_without_a_known_key_is_found_by_its_name_alone() -> None:
    assert locate_channels(node_holding({1: KITCHEN}), [Channel("Kitchen")]) == (1,)


def test_the_primary_channel_is_never_free() -> None:
    assert free_indexes(node_holding({})) == [1, 2, 3, 4, 5, 6, 7]


def test_what_is_missing_beyond_the_nodes_room_has_none() -> None:
    node = full_but_for(4, i7=KITCHEN)

    assert locate_channels(node, [GARDEN, KITCHEN, HALL]) == (MISSING, 7, NO_ROOM)


def test_a_channel_that_will_not_be_written_takes_no_room() -> None:
    assert locate_channels(full_but_for(4), [replace(GARDEN, key=None), HALL]) == (MISSING, MISSING)


@pytest.mark.parametrize(
    ("located", "words"),
    [
        ((1, 2, 3), ""),
        (
            (1, MISSING, 3),
            "The node has no channel “Garden”; add it with `meshboard radio setup`, "
            "or with the Meshtastic app as a secondary channel.",
        ),
        (
            (MISSING, MISSING, MISSING),
            "The node has no channels “Kitchen”, “Garden” and “Hall”; add them with `meshboard radio setup`, "
            "or with the Meshtastic app as secondary channels.",
        ),
        (
            (OTHER_KEY, NO_ROOM, NO_ROOM),
            "All channels of the node are in use; delete 2 with the Meshtastic app "
            "to make room for “Garden” and “Hall”. "
            "The node has a channel “Kitchen” with another key; "
            "delete or rename it, then run `meshboard radio setup`.",
        ),
    ],
)
def test_each_kind_of_trouble_is_one_sentence_that_names_its_channels(
    located: tuple[int | ChannelTrouble, ...], words: str
) -> None:
    assert words == describe_troubles([KITCHEN, GARDEN, HALL], located)
