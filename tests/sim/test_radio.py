"""One radio's own rules: utilisation, duty cycle, being switched off, and what a simulated one misses."""

import pytest

from meshboard.link import NodeNumber
from meshboard.sim.airwaves import own_delay_s, slot_time_s
from meshboard.sim.flood import PacketPriority
from meshboard.sim.lora_frame import BROADCAST, AirFrame, ChannelLock
from meshboard.sim.mesh import Mesh, edges_of_cell
from meshboard.sync.air.time_on_air import PRESETS, time_on_air_s
from tests.sim.dice import Dice, Highest

LONG_FAST = PRESETS["LONG_FAST"]


def frame(packet_id: int = 1, body_bytes: int = 100) -> AirFrame:
    return AirFrame(
        origin=NodeNumber(1), to=BROADCAST, packet_id=packet_id, hop_limit=0, hop_start=0, want_ack=False,
        channel_hash=8, lock=ChannelLock("", b""), body=bytes(body_bytes), relay_node=1,
    )  # fmt: skip


AIRTIME_S = time_on_air_s(frame().frame_bytes, LONG_FAST)


def test_utilisation_is_what_was_sent_and_heard_in_the_last_minute() -> None:
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST)

    mesh.radios[0].enqueue(frame(), PacketPriority.DEFAULT, None)
    mesh.advance(30.0)
    both = [radio.channel_utilisation for radio in mesh.radios]
    mesh.advance(100.0)

    assert both == pytest.approx([AIRTIME_S / 60, AIRTIME_S / 60])
    assert [radio.channel_utilisation for radio in mesh.radios] == [0.0, 0.0]


def test_duty_is_what_was_sent_in_the_last_hour() -> None:
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST)

    for number in range(10):
        mesh.radios[0].enqueue(frame(number), PacketPriority.DEFAULT, None)
    mesh.advance(1800.0)
    then = [radio.duty for radio in mesh.radios]
    mesh.advance(3700.0)

    assert then == pytest.approx([10 * AIRTIME_S / 3600, 0.0])
    assert mesh.radios[0].duty == 0.0


def test_beyond_its_duty_cycle_a_radio_takes_nothing_until_the_hour_is_over() -> None:
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST)
    radio = mesh.radios[0]
    radio.duty_limit = 5 * AIRTIME_S / 3600

    for number in range(8):
        radio.enqueue(frame(number), PacketPriority.DEFAULT, None)
        mesh.advance(mesh.now + 10.0)
    sent_at_first = radio.counts.frames
    mesh.advance(3700.0)

    assert (sent_at_first, radio.counts.duty_drops) == (6, 2)  # the sixth takes it beyond
    assert radio.enqueue(frame(9), PacketPriority.DEFAULT, None)


def test_a_radio_switched_off_loses_what_waits_and_takes_nothing() -> None:
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST)
    radio = mesh.radios[0]
    radio.enqueue(frame(), PacketPriority.DEFAULT, None)

    mesh.switch(0, on=False)
    taken = radio.enqueue(frame(2), PacketPriority.DEFAULT, None)
    mesh.advance(10.0)

    assert (taken, radio.counts.frames) == (False, 0)


def test_a_frame_underway_to_a_radio_that_is_switched_off_is_not_heard() -> None:
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST)
    mesh.transmit(0, frame(), AIRTIME_S)

    mesh.switch(1, on=False)
    mesh.advance(10.0)

    assert mesh.radios[1].counts.heard == 0


def test_an_own_frame_goes_out_after_the_slots_drawn() -> None:
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST)
    mesh.chance = Dice([5])
    mesh.radios[0].enqueue(frame(), PacketPriority.DEFAULT, None)

    mesh.advance(5 * slot_time_s(LONG_FAST) * 0.99)
    too_early = mesh.radios[0].counts.frames
    mesh.advance(5 * slot_time_s(LONG_FAST) * 1.01)

    assert (too_early, mesh.radios[0].counts.frames) == (0, 1)
    assert own_delay_s(LONG_FAST, 0.0, Dice([5])) == pytest.approx(5 * slot_time_s(LONG_FAST))


def test_who_hears_the_sender_at_zero_decibels_relays_within_sixteen_plus_sixty_four_slots() -> None:
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST)
    mesh.chance = Dice([63])  # of 2 ** (3 + 20 x 5 / 30) = 64
    mesh.radios[0].enqueue(frame(), PacketPriority.DEFAULT, 0.0)

    mesh.advance((16 + 63) * slot_time_s(LONG_FAST) * 0.99)
    too_early = mesh.radios[0].counts.frames
    mesh.advance((16 + 63) * slot_time_s(LONG_FAST) * 1.01)

    assert (too_early, mesh.radios[0].counts.frames) == (0, 1)


@pytest.mark.parametrize(("busy_s", "window_slots"), [(0.0, 8), (30.0, 32), (60.0, 256)])
def test_the_busier_the_last_minute_the_more_slots_an_own_frame_waits_for(
    busy_s: float, window_slots: int
) -> None:
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST)
    mesh.chance = Highest()
    mesh.transmit(0, frame(), busy_s)
    mesh.advance(busy_s)  # of a minute: 2 ** (3 + 5 x its share) slots

    mesh.radios[1].enqueue(frame(2), PacketPriority.DEFAULT, None)
    mesh.advance(busy_s + (window_slots - 1.1) * slot_time_s(LONG_FAST))
    too_early = mesh.radios[1].counts.frames
    mesh.advance(busy_s + (window_slots - 0.9) * slot_time_s(LONG_FAST))

    assert (too_early, mesh.radios[1].counts.frames) == (0, 1)


def test_a_simulated_radio_neither_notices_a_busy_channel_nor_counts_it() -> None:
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST, collisions=False)
    mesh.transmit(0, frame(), 10.0)
    mesh.advance(1.0)

    mesh.radios[1].enqueue(frame(2), PacketPriority.DEFAULT, None)
    mesh.advance(2.0)

    assert mesh.radios[1].counts.frames == 1
    assert mesh.radios[0].channel_utilisation == 0.0
