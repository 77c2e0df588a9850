"""What is lacking here is asked for, and not for ever."""

import pytest

from tests.sync.network import Network
from tests.sync.test_engine import post


@pytest.mark.parametrize("count", [2, 3])
def test_what_nobody_has_is_given_up_also_where_all_agree(count: int) -> None:
    """An entry whose only copy is gone: what came after it is held by all."""
    network = Network(seed=3, count=count)
    network.run(400.0)
    lost, kept = (network.stations[0].draft(post(f"post {number}"), number=number) for number in (2, 3))
    for station in network.stations:
        station.store.append([kept])
    network.sent.clear()
    for station in network.stations:
        station.engine.announce([], network.now_s)
    network.write(1, post("a new one"))
    network.run(network.now_s + 3600.0)

    assert network.all_same()
    assert not network.stations[0].store.holds(lost.entry.log, 2, lost.entry.digest)
    assert sum(frame.air_s for _, _, frame in network.sent) < 30.0
