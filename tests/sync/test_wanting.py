"""What is lacking here is asked for, and not for ever."""

import pytest

from tests.support.engines.lossy_network import Network, post


@pytest.mark.parametrize("count", [2, 3, 6])
def test_what_nobody_has_is_given_up_also_where_all_agree(count: int) -> None:
    """An entry whose only copy is gone: what came after it is held by all."""
    network = Network(seed=3, count=count)
    network.run(400.0)
    writer = network.stations[0]
    kept = writer.draft(post("what came after"), number=3)
    writer.store.append([kept])
    network.sent.clear()
    writer.engine.announce([kept], network.now_s)
    network.settle(writer)
    network.run(network.now_s + 3600.0)

    assert network.all_same()
    seconds = sum(frame.air_s for _, _, frame in network.sent)
    assert seconds < 12.0 * count  # 290 s each while they asked for ever
