import subprocess
import sys

import pytest

from meshboard.errors import ConfigError
from meshboard.link import Channel, LinkState, NodeNumber
from meshboard.radio.factory import NO_RADIO, NoLink, open_link
from meshboard.radio.link_config import LinkConfig
from meshboard.radio.meshtastic_link import MeshtasticLink
from tests.support.radios.listening import KITCHEN, opened


def test_none_is_a_link_that_is_absent() -> None:
    link = open_link(LinkConfig("none"))

    assert isinstance(link, NoLink)
    assert link.status.state is LinkState.ABSENT


async def test_a_link_without_radio_refuses_in_words_and_stops_twice() -> None:
    async with opened(LinkConfig("none")) as (link, ears):
        link.send_frame(b"frame", 0)
        link.send_text("text", NodeNumber(1))
        await ears.until(lambda: len(ears.refusals()) == 2)
        await link.stop()

        assert not link.ready_for_frame()
        assert ears.refusals() == [NO_RADIO, NO_RADIO]


@pytest.mark.parametrize("address", ["auto", "tcp://127.0.0.1:1", "/dev/ttyACM0", "hall.local"])
async def test_every_other_address_is_a_link_that_begins_by_connecting(address: str) -> None:
    link = open_link(LinkConfig(address, (KITCHEN,)))

    assert isinstance(link, MeshtasticLink)
    assert link.status.state is LinkState.CONNECTING
    await link.stop()


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (LinkConfig("gopher://node"), "not understood"),
        (LinkConfig("auto", (KITCHEN,), port_number=1), "not a private one"),
        (LinkConfig("auto", (Channel(""),)), "does not fit"),
        (LinkConfig("auto", (KITCHEN, Channel("straße und hof"))), "does not fit"),
        (LinkConfig("auto", (Channel("Kitchen", b"short"),)), "16 or 32 bytes"),
        (LinkConfig("auto"), "no channel to send on"),
        (LinkConfig("auto", tuple(Channel(f"c{i}") for i in range(8))), "at most 7 circles, here are 8"),
        (LinkConfig("auto", (KITCHEN, Channel("Garden"), KITCHEN)), "2 circles have a channel .*“Kitchen”"),
    ],
)
def test_a_configuration_that_cannot_work_is_a_sentence(config: LinkConfig, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        open_link(config)


def test_a_key_is_not_shown_with_its_configuration() -> None:
    assert "k" * 16 not in repr(LinkConfig("auto", (Channel("Kitchen", b"k" * 16),)))


def test_a_station_without_radio_does_not_load_the_radio_library() -> None:
    code = (
        "import sys; from meshboard.radio.factory import open_link;"
        "from meshboard.radio.link_config import LinkConfig;"
        "open_link(LinkConfig('none')); sys.exit('meshtastic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
