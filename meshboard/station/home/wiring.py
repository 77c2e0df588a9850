"""Builds the parts of a station from its settings: the one place that knows them all."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from meshboard.config import Settings
from meshboard.link import Channel, Link
from meshboard.radio.addresses import parse_address
from meshboard.radio.factory import NoLink, open_link
from meshboard.radio.link_config import LinkConfig
from meshboard.station.air.frame_limit import frame_limit
from meshboard.station.circle.desk import Desk
from meshboard.station.circle.keys import ring_of
from meshboard.station.circle.upkeep import members_of
from meshboard.station.running.forget_hourly import is_old
from meshboard.sync.air.governor import Governor
from meshboard.sync.engine import Engine
from meshboard.sync.setup import EngineConfig, EngineSetup, TrustSetup
from meshboard.trust.circle import Circle
from meshboard.trust.seal import DoorSeal
from meshboard.wire.frames import HEAD_BYTES


def refuse_unknown_address(settings: Settings) -> None:
    """Raise ConfigError when the settings' radio address is not understood."""
    parse_address(settings.link)


def build_link(settings: Settings, circles: Sequence[Circle]) -> Link:
    """Return the link the settings name for these circles, not yet started; raises ConfigError."""
    if not circles:
        return NoLink()
    return open_link(
        LinkConfig(
            address=settings.link,
            port_number=settings.port_number,
            channels=_channels(settings, circles, may_write=settings.set_up_radio),
        )
    )


def _channels(settings: Settings, circles: Sequence[Circle], *, may_write: bool) -> tuple[Channel, ...]:
    """Return a channel for each circle; the setting `channel` is about the first."""
    first = Channel(settings.channel or circles[0].channel_name, circles[0].channel_psk)
    if not may_write or settings.channel:
        first = Channel(first.name, None)
    others = (
        Channel(circle.channel_name, circle.channel_psk if may_write else None) for circle in circles[1:]
    )
    return (first, *others)


def put_channels_on_radio(settings: Settings, circles: Sequence[Circle]) -> str:
    """Put the circles' channels on the node the settings name; return what came of it, in words.

    Blocks for some seconds. Raises ConfigError or LinkError.
    """
    # Loading the radio library takes about a second on a Pi; stations without radio are spared it.
    from meshboard.radio.channel_setup import ensure_channels  # noqa: PLC0415

    channels = [
        Channel(
            settings.channel or circle.channel_name if place == 0 else circle.channel_name, circle.channel_psk
        )
        for place, circle in enumerate(circles)
    ]
    lines = []
    for circle, done in zip(circles, ensure_channels(settings.link, channels), strict=True):
        found = "has the channel of" if done.added else "had the channel of"
        already = "now" if done.added else "already"
        node = done.node_name or done.address
        lines.append(f"{node} {found} “{circle.name}” {already}, as channel {done.index}.")
    return "\n".join(lines)


def build_engine(settings: Settings, desk: Desk, governor: Governor | None = None) -> Engine:
    """Return the sync engine of the desk's circle, knowing which counters were heard before.

    `governor`: the radio's; None = the engine has one of its own.
    """
    trust = _trust_setup(desk)
    stations, current = desk.ledger.stations, trust.ring.current
    if current is not None:
        stations.begin_counters(desk.circle.id, current.id)
    peers = stations.peers(desk.circle.id)
    plan = desk.circle.plan
    setup = EngineSetup(
        circle=desk.circle,
        author=desk.author,
        store=desk.store,
        chance=random.Random(),  # noqa: S311 -- spreads transmissions in time; keeps no secret
        config=EngineConfig(
            preset=plan.preset,
            region=plan.region,
            hop_limit=settings.hop_limit,
            max_frame_bytes=frame_limit(desk.ledger, settings.max_frame_bytes),
        ),
        heard={peer.author[:HEAD_BYTES]: peer.last_counter for peer in peers},
        governor=governor,
        may_be_forgotten=lambda signed: is_old(desk, signed),
        trust=trust,
    )
    return Engine(setup, desk.clock.monotonic_s())


def _trust_setup(desk: Desk) -> TrustSetup:
    told, circles = desk.membership(), desk.ledger.circles
    return TrustSetup(
        ring=ring_of(desk, told),
        door=DoorSeal(desk.circle),
        box=circles.box(desk.circle.id),
        members=members_of(told),
        circle_facts=lambda: circles.facts(desk.circle.id),
    )


@dataclass(frozen=True, slots=True)
class RadioChoice:
    """A radio that was found."""

    address: str
    words: str
    """What a person would recognise it by."""


def find_radios() -> tuple[RadioChoice, ...]:
    """Return the radios plugged in now; may take a second."""
    # Loading the radio library takes about a second on a Pi; only a first start needs it here.
    from meshboard.radio.discovery import find_nodes  # noqa: PLC0415

    return tuple(RadioChoice(found.address, found.description) for found in find_nodes())
