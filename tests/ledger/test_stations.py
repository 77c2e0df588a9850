from pathlib import Path

from meshboard.domain.entries import PostClaimed, PostEdited, PostPublished
from meshboard.domain.ids import EpochId
from meshboard.ledger.circle.stations import Peer
from meshboard.ledger.ledger import Ledger
from tests.support.entries.signed import CIRCLE, NOON, OTHER_CIRCLE, content, post_of, writer


def test_a_station_without_a_name_has_none(ledger: Ledger) -> None:
    assert ledger.stations.name(CIRCLE.id, writer(2).key.author) is None


def test_of_a_forked_introduction_every_station_takes_the_same_name(ledger: Ledger) -> None:
    pair = writer(2).introduce("Ana"), writer(2).introduce("Anna")
    expected = min(pair, key=lambda signed: signed.entry.digest).entry.fact

    for signed in pair:
        ledger.append([signed], NOON)

    assert ledger.stations.name(CIRCLE.id, writer(2).key.author) == getattr(expected, "name", None)


def test_what_is_known_of_a_peer_only_grows(ledger: Ledger) -> None:
    ana = writer(2).key.author
    ledger.stations.save_peers(
        CIRCLE.id, [Peer(ana, node=7, last_counter=64, last_heard_s=NOON, agreed_seq=3)]
    )
    ledger.stations.save_peers(CIRCLE.id, [Peer(ana, node=None, last_counter=9, last_heard_s=None)])

    assert ledger.stations.peers(CIRCLE.id) == (Peer(ana, 7, 64, NOON, 3),)
    assert ledger.stations.peers(OTHER_CIRCLE.id) == ()


def test_counters_heard_in_another_epoch_are_forgotten(ledger: Ledger) -> None:
    ana, first, second = writer(2).key.author, EpochId(b"epoch  1"), EpochId(b"epoch  2")
    ledger.stations.begin_counters(CIRCLE.id, first)
    ledger.stations.save_peers(CIRCLE.id, [Peer(ana, node=7, last_counter=2**32 - 1, agreed_seq=3)])
    ledger.stations.begin_counters(CIRCLE.id, first)
    assert ledger.stations.peers(CIRCLE.id)[0].last_counter == 2**32 - 1

    ledger.stations.begin_counters(CIRCLE.id, second)
    assert ledger.stations.peers(CIRCLE.id) == (Peer(ana, 7, 0, None, 3),)


def test_saving_no_peers_writes_nothing(ledger: Ledger, path: Path) -> None:
    with Ledger.open(path, checked=False) as other:
        before = other.data_version()
        ledger.stations.save_peers(CIRCLE.id, [])

        assert before == other.data_version()


def test_a_post_is_known_to_be_held_by_its_author_and_by_who_agreed_since(ledger: Ledger) -> None:
    own, ana, ben = writer(1), writer(2), writer(3)
    from_ana = ana.publish()
    ledger.append([from_ana], NOON)
    ledger.stations.save_peers(
        CIRCLE.id, [Peer(ana.key.author), Peer(ben.key.author, agreed_seq=ledger.last_seq())]
    )
    mine = ledger.append_own(CIRCLE.id, lambda n, c: own.sign(PostPublished(content()), n, c), NOON)
    posts = [post_of(from_ana), post_of(mine)]

    assert ledger.stations.heard_by(CIRCLE.id, posts) == {posts[0]: 2, posts[1]: 0}

    ledger.stations.save_peers(CIRCLE.id, [Peer(ben.key.author, agreed_seq=ledger.last_seq())])

    assert ledger.stations.heard_by(CIRCLE.id, posts) == {posts[0]: 2, posts[1]: 1}


def test_ones_own_post_brought_back_by_others_counts_nobody(ledger: Ledger) -> None:
    mine = writer(1).publish()
    ledger.append([mine], NOON)

    assert ledger.stations.heard_by(CIRCLE.id, [post_of(mine)]) == {post_of(mine): 0}


def test_who_wrote_about_a_post_holds_it(ledger: Ledger) -> None:
    mine, ben = writer(1).publish(), writer(3)
    ledger.append([mine, ben.write(PostClaimed(post_of(mine)), count=2)], NOON)

    assert ledger.stations.heard_by(CIRCLE.id, [post_of(mine)]) == {post_of(mine): 1}


def test_an_edit_is_heard_anew(ledger: Ledger) -> None:
    own, ben = writer(1), writer(3)
    mine = own.publish()
    ledger.append([mine, ben.write(PostClaimed(post_of(mine)), count=2)], NOON)
    ledger.stations.save_peers(CIRCLE.id, [Peer(ben.key.author, agreed_seq=ledger.last_seq())])
    ledger.append([own.write(PostEdited(post_of(mine), content("Changed")), count=3)], NOON)

    assert ledger.stations.heard_by(CIRCLE.id, [post_of(mine)]) == {post_of(mine): 0}


def test_nobody_holds_what_is_not_known(ledger: Ledger) -> None:
    unknown = post_of(writer(2).publish())

    assert ledger.stations.heard_by(CIRCLE.id, [unknown]) == {unknown: 0}
