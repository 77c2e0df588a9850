"""Open the link a configuration names."""

from typing import assert_never

from meshboard.link import Link
from meshboard.radio.absent import NoLink
from meshboard.radio.addresses import AutoAddress, NoAddress, SerialAddress, TcpAddress, parse_address
from meshboard.radio.link_config import LinkConfig, check_link_config


def open_link(config: LinkConfig) -> Link:
    """Return the link for the configured address, not yet started; ConfigError when it is not understood."""
    address = parse_address(config.address)
    match address:
        case NoAddress():
            return NoLink()
        case AutoAddress() | TcpAddress() | SerialAddress():
            check_link_config(config)
            # Loading the radio library takes about a second on a Pi; stations without radio are spared it.
            from meshboard.radio.meshtastic_link import MeshtasticLink  # noqa: PLC0415

            return MeshtasticLink(config, address)
        case _:
            assert_never(address)
