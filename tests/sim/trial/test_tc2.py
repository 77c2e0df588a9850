"""The incumbent's way: what it sends, and what it never does."""

from uuid import UUID

from meshboard.sim.trial.tc2 import pieces_of
from tests.sim.trial.running import QUIET_CELL, outcome, post, run

UUID4 = UUID(bytes=bytes(16), version=4)


def test_a_post_is_one_line_cut_every_two_hundred_letters() -> None:
    short, long = list(pieces_of("soup for four", UUID4)), list(pieces_of("ß" * 150, UUID4))

    assert short == [f"BULLETIN|General|V001|soup for f|soup for four|{UUID4}".encode()]
    assert [len(piece.decode()) for piece in long] == [200, 22 + 10 + 1 + 150 + 1 + 36 - 200]


def test_each_peer_gets_each_post_once_and_claims_are_not_made() -> None:
    claims = {"kind": "claims", "count": 3, "from_h": 0.2, "to_h": 0.5}
    over = run(QUIET_CELL | {"traffic": [post(3), claims]}, "tc2")

    assert len(over.record.made) == 3
    assert sum(said["post"].frames for said in over.record.said.values()) >= 3 * 2
    assert all(len(board.ids) == 3 + 5 for board in over.boards)  # and what the circle began with


def test_who_is_away_never_gets_it() -> None:
    joins = {"at_h": 0.8, "type": "join", "station": 2}
    away = outcome(QUIET_CELL | {"traffic": [post(2)], "event": [joins]}, "tc2").figures

    assert (away.complete, away.identical) == (4 / 6, False)


def test_both_protocols_get_the_same_posts_from_the_same_stations_at_the_same_times() -> None:
    claims = {"kind": "claims", "count": 6, "from_h": 0.1, "to_h": 0.5}
    made = {}
    for protocol in ("meshboard", "tc2"):
        over = run(QUIET_CELL | {"traffic": [claims, post(5)]}, protocol)
        made[protocol] = [
            (one.made_s, one.by, one.signed.entry.fact)
            for one in over.record.made.values()
            if one.urgency is not None
        ]

    assert made["meshboard"] == made["tc2"]
