"""Builds the parts of a station from its settings: the one place that knows them all."""

import random
from collections.abc import Sequence

from meshboard.config import Settings
from meshboard.link import Link
from meshboard.radio.factory import open_link
from meshboard.radio.link_config import LinkConfig
from meshboard.station.desk import Desk
from meshboard.sync.engine import Engine
from meshboard.sync.setup import EngineConfig, EngineSetup
from meshboard.trust.circle import Circle
from meshboard.wire.frames import HEAD_BYTES


def build_link(settings: Settings, circle: Circle) -> Link:
    """Return the link the settings name, not yet started; raises ConfigError."""
    return open_link(
        LinkConfig(
            address=settings.link,
            port_number=settings.port_number,
            channel=settings.channel or circle.channel_name,
            channel_key=circle.channel_psk if settings.set_up_radio and not settings.channel else None,
        )
    )


def put_channel_on_radio(settings: Settings, circle: Circle) -> str:
    """Put the circle's channel on the node the settings name; return what came of it, in words.

    Blocks for some seconds. Raises ConfigError or LinkError.
    """
    # Loading the radio library takes about a second on a Pi; stations without radio are spared it.
    from meshboard.radio.setup import ensure_channel  # noqa: PLC0415

    done = ensure_channel(settings.link, settings.channel or circle.channel_name, circle.channel_psk)
    found = "has the circle's channel now" if done.added else "had the circle's channel already"
    return f"{done.node_name or done.address} {found}, as channel {done.index}."


def build_engine(settings: Settings, desk: Desk) -> Engine:
    """Return the sync engine of the desk's circle, knowing which counters were heard before."""
    peers = desk.ledger.stations.peers(desk.circle.id)
    plan = desk.circle.plan
    setup = EngineSetup(
        circle=desk.circle,
        author=desk.log.author,
        store=desk.ledger.store(desk.circle.id),
        chance=random.Random(),  # noqa: S311 -- spreads transmissions in time; keeps no secret
        config=EngineConfig(preset=plan.preset, region=plan.region, hop_limit=settings.hop_limit),
        heard={peer.author[:HEAD_BYTES]: peer.last_counter for peer in peers},
    )
    return Engine(setup, desk.clock.monotonic_s())


def find_radios() -> Sequence[tuple[str, str]]:
    """Return (address, words) of the radios plugged in now."""
    # Loading the radio library takes about a second on a Pi; only a first start needs it here.
    from meshboard.radio.discovery import find_nodes  # noqa: PLC0415

    return [(found.address, found.description) for found in find_nodes()]
