"""Putting the circle's channel on a virtual node."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from meshboard.errors import ConfigError, LinkError
from meshboard.link import Channel
from meshboard.radio.addresses import AutoAddress, SerialAddress
from meshboard.radio.channel_setup import ChannelSetup, ensure_channels, resolve_address
from meshboard.radio.discovery import FoundNode
from meshboard.sim.scenario import ChannelTable, Scenario
from meshboard.sim.virtual_mesh import VirtualMesh
from tests.support.radios.listening import QUICK

KITCHEN = Channel("Kitchen", bytes(range(32)))
GARDEN = Channel("Garden", bytes(16))


@asynccontextmanager
async def node_with(*channels: ChannelTable, firmware: str = "2.7") -> AsyncIterator[str]:
    scenario = Scenario.model_validate(
        {"nodes": 1, "channels": channels, "base_port": 0, "firmware": firmware}
    )
    mesh = VirtualMesh(scenario)
    await mesh.start()
    host, port = mesh.addresses[0]
    try:
        yield f"tcp://{host}:{port}"
    finally:
        await mesh.stop()


async def setting_up(address: str, *channels: Channel) -> tuple[ChannelSetup, ...]:
    return await asyncio.to_thread(ensure_channels, address, channels or (KITCHEN,), QUICK)


@pytest.mark.parametrize("firmware", ["2.7", "2.8"])
async def test_the_channel_goes_into_the_first_free_slot_once(
    firmware: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async with node_with(ChannelTable(name="Other", psk="01"), firmware=firmware) as address:
        first = await setting_up(address)
        second = await setting_up(address)

        assert first == (ChannelSetup(address, "Virtual node 0", index=2, added=True),)
        assert second == (ChannelSetup(address, "Virtual node 0", index=2, added=False),)
    assert capfd.readouterr() == ("", "")


async def test_a_channel_of_that_name_with_another_key_is_left_alone() -> None:
    async with node_with(ChannelTable(name="Kitchen", psk="02" * 16)) as address:
        with pytest.raises(LinkError, match="with another key; delete or rename it"):
            await setting_up(address)


async def test_a_node_with_all_channels_in_use_is_left_alone() -> None:
    full = [ChannelTable(name=f"c{number}", psk="01") for number in range(7)]
    async with node_with(*full) as address:
        with pytest.raises(ConfigError, match=r"All channels .* are in use; delete one .* for “Kitchen”"):
            await setting_up(address)


@pytest.mark.parametrize("firmware", ["2.7", "2.8"])
async def test_two_channels_are_added_at_once_around_what_is_there(firmware: str) -> None:
    async with node_with(ChannelTable(name="Other", psk="01"), firmware=firmware) as address:
        first = await setting_up(address, GARDEN, KITCHEN)
        second = await setting_up(address, KITCHEN, GARDEN)

        assert [(done.index, done.added) for done in first] == [(2, True), (3, True)]
        assert [(done.index, done.added) for done in second] == [(3, False), (2, False)]


async def test_the_channels_that_fit_are_added_and_the_one_that_does_not_is_named() -> None:
    almost_full = [ChannelTable(name=f"c{number}", psk="01") for number in range(6)]
    async with node_with(*almost_full) as address:
        with pytest.raises(ConfigError, match=r"are in use; delete one .* for “Garden”"):
            await setting_up(address, KITCHEN, GARDEN)
        (kitchen,) = await setting_up(address, KITCHEN)

        assert (kitchen.index, kitchen.added) == (7, False)


async def test_of_two_channels_of_one_name_the_one_with_the_key_is_meant() -> None:
    tables = (ChannelTable(name="Kitchen", psk="02" * 16), ChannelTable(name="Kitchen", psk=_key_hex()))
    async with node_with(*tables) as address:
        (kitchen,) = await setting_up(address)

        assert (kitchen.index, kitchen.added) == (2, False)


async def test_a_node_that_does_not_answer_is_said_in_words() -> None:
    with pytest.raises(LinkError, match="Nothing answers at"):
        await setting_up("tcp://127.0.0.1:1")


def test_auto_takes_the_one_node_that_is_plugged_in_and_asks_when_there_are_several() -> None:
    one = FoundNode("serial:///dev/ttyACM0", "RAK4631 on /dev/ttyACM0")
    two = FoundNode("serial:///dev/ttyUSB0", "CP2102 on /dev/ttyUSB0")

    assert resolve_address(AutoAddress(), lambda: [one]) == SerialAddress("/dev/ttyACM0")
    with pytest.raises(LinkError, match="No radio is plugged in; connect"):
        resolve_address(AutoAddress(), list)
    with pytest.raises(
        LinkError, match=r"Several radios may be meant: .*ttyACM0.*ttyUSB0.*; set the address"
    ):
        resolve_address(AutoAddress(), lambda: [one, two])


async def test_what_cannot_be_a_channel_is_refused_before_connecting() -> None:
    with pytest.raises(ConfigError, match="does not fit a node"):
        await setting_up("tcp://127.0.0.1:1", Channel("a name of sixteen", bytes(16)))
    with pytest.raises(ConfigError, match="no radio to set up"):
        await setting_up("none")


def _key_hex() -> str:
    assert KITCHEN.key is not None
    return KITCHEN.key.hex()
