from contextlib import suppress
from pathlib import Path

import pytest

from meshboard.domain.entries import (
    ClaimDelivered,
    Fact,
    LogId,
    PostClaimed,
    PostPublished,
    PostWithdrawn,
    SignedEntry,
)
from meshboard.domain.ids import PostId
from meshboard.domain.merge import merge
from meshboard.errors import LedgerError, RuleError
from meshboard.ledger.circle.remembered import AIRTIME_LOG
from meshboard.ledger.ledger import Ledger
from tests.support.entries.signed import (
    CIRCLE,
    FOUNDED,
    NOON,
    OTHER_CIRCLE,
    claim_of,
    content,
    post_of,
    writer,
)


def test_what_is_appended_is_there_after_reopening(ledger: Ledger, path: Path) -> None:
    ana, ben = writer(2), writer(3)
    entries = [ana.introduce("Ana"), ana.publish(), ben.introduce("Ben")]
    entries.append(ben.write(PostClaimed(post_of(entries[1])), count=5))
    result = ledger.append(entries, NOON)
    ledger.close()

    with Ledger.open(path) as again:
        assert tuple(entries) == result.new
        assert (post_of(entries[1]),) == result.posts
        assert again.store(CIRCLE.id).entries(ana.log, 1, 9) == entries[:2]
        assert again.posts.record(post_of(entries[1])) == merge(s.entry for s in entries)[post_of(entries[1])]
        assert again.stations.name(CIRCLE.id, ana.key.author) == "Ana"
        assert again.stations.name(CIRCLE.id, ben.key.author) == "Ben"


def test_an_entry_is_stored_once_however_often_it_comes(ledger: Ledger) -> None:
    ana = writer(2)
    post = ana.publish()

    first = ledger.append([post, post], NOON)
    second = ledger.append([post], NOON)

    assert first.new == (post,)
    assert second == type(second)((), ())
    assert ledger.last_seq() == FOUNDED + 1


def test_appending_nothing_changes_nothing(ledger: Ledger) -> None:
    assert ledger.append([], NOON).new == ()


def test_an_entry_about_something_unknown_waits_and_is_picked_up(ledger: Ledger) -> None:
    ana, ben = writer(2), writer(3)
    post = ana.publish()
    claim = ben.write(PostClaimed(post_of(post)), count=2)
    delivered = ben.write(ClaimDelivered(claim_of(claim)), count=3)

    assert ledger.append([delivered], NOON).posts == ()
    assert ledger.append([post], NOON).posts == (post_of(post),)
    assert ledger.append([claim], NOON).posts == (post_of(post),)
    record = ledger.posts.record(post_of(post))

    assert record is not None
    assert record == merge([post.entry, claim.entry, delivered.entry])[post_of(post)]
    assert record.claims[0].delivered == delivered.entry


def test_circles_do_not_mix(ledger: Ledger) -> None:
    ana = writer(2)
    elsewhere = writer(2, OTHER_CIRCLE)
    post = ana.publish()
    withdrawn = elsewhere.write(PostWithdrawn(post_of(post)))
    before = set(ledger.store(CIRCLE.id).holdings())

    ledger.append([post, withdrawn], NOON)
    record = ledger.posts.record(post_of(post))

    assert record is not None
    assert record.withdrawn is None
    assert set(ledger.store(CIRCLE.id).holdings()) == before | {ana.log}
    assert set(ledger.store(OTHER_CIRCLE.id).holdings()) == set()


def test_own_entries_take_the_next_number_and_the_highest_count_held(ledger: Ledger) -> None:
    own, ana = writer(1), writer(2)
    ledger.append([own.publish(), ana.write(PostPublished(content()), number=1, count=41)], NOON)
    asked: list[tuple[int, int]] = []

    def build(number: int, count: int) -> SignedEntry:
        asked.append((number, count))
        return own.sign(PostPublished(content("More")), number, count)

    signed = ledger.append_own(CIRCLE.id, build, NOON)

    assert asked == [(2, 42)]
    assert ledger.store(CIRCLE.id).entries(own.log, 2, 2) == [signed]


def test_a_refusal_while_building_changes_nothing(ledger: Ledger) -> None:
    def refuse(number: int, count: int) -> SignedEntry:
        raise RuleError("It is done already.")

    with pytest.raises(RuleError):
        ledger.append_own(CIRCLE.id, refuse)

    assert ledger.last_seq() == FOUNDED


def test_what_is_being_built_may_look_at_the_ledger(ledger: Ledger) -> None:
    ledger.append([writer(2).publish()], NOON)

    def build(number: int, count: int) -> SignedEntry:
        assert ledger.last_seq() == FOUNDED + 1
        assert ledger.circles.identity(CIRCLE.id).log == writer(1).log
        return writer(1).sign(PostPublished(content()), number, count)

    assert ledger.append_own(CIRCLE.id, build).entry.number == 1
    assert ledger.last_seq() == FOUNDED + 2


def test_an_entry_built_for_another_place_is_not_stored(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="another place"):
        ledger.append_own(
            CIRCLE.id, lambda number, count: writer(1).sign(PostPublished(content()), number + 1, count)
        )

    assert ledger.last_seq() == FOUNDED


def test_what_is_written_inside_another_writing_stands_and_falls_with_it(ledger: Ledger) -> None:
    signed = writer(1).publish()
    with suppress(RuleError), ledger.writing():
        ledger.append([signed], NOON)
        ledger.remembered.keep(AIRTIME_LOG, "{}")
        assert ledger.last_seq() == FOUNDED + 1
        raise RuleError("no")

    assert (ledger.last_seq(), ledger.remembered.read(AIRTIME_LOG)) == (FOUNDED, "")
    with ledger.writing():
        ledger.append([signed], NOON)
        ledger.remembered.keep(AIRTIME_LOG, "{}")
    assert (ledger.last_seq(), ledger.remembered.read(AIRTIME_LOG)) == (FOUNDED + 1, "{}")


def test_a_post_that_came_to_nothing_is_not_remembered(ledger: Ledger) -> None:
    lost, kept = writer(1).publish(), writer(2).publish()
    with suppress(RuleError), ledger.writing():
        ledger.append([lost], NOON)
        assert ledger.posts.record(PostId(lost.entry.id)) is not None
        raise RuleError("no")

    ledger.append([kept], NOON)
    assert ledger.posts.record(PostId(lost.entry.id)) is None
    assert ledger.posts.record(PostId(kept.entry.id)) is not None


def test_the_tally_is_noted_only_once_all_is_on_the_disk(ledger: Ledger) -> None:
    ledger.begin_tally()
    before = ledger.tally()
    with suppress(RuleError), ledger.writing():
        ledger.append([writer(1).publish()], NOON)
        raise RuleError("no")
    assert ledger.tally() == before

    with ledger.writing():
        ledger.append([writer(1).publish()], NOON)
        assert ledger.tally() == before
    assert sorted(ledger.tally().values()) == sorted([*before.values(), 1])


def test_nothing_is_written_while_something_is_read(ledger: Ledger) -> None:
    with ledger.reading(), pytest.raises(RuntimeError):
        ledger.append([writer(1).publish()], NOON)

    assert ledger.last_seq() == FOUNDED


def test_writing_in_a_circle_one_is_not_in_is_refused(ledger: Ledger) -> None:
    def build(number: int, count: int) -> SignedEntry:
        return writer(1, OTHER_CIRCLE).sign(PostPublished(content()), number, count)

    with pytest.raises(LedgerError, match="not in that circle"):
        ledger.append_own(OTHER_CIRCLE.id, build)


def test_two_openers_never_use_one_number_twice(ledger: Ledger, path: Path) -> None:
    own = writer(1)

    def say(text: str, into: Ledger) -> SignedEntry:
        fact: Fact = PostPublished(content(text))
        return into.append_own(CIRCLE.id, lambda number, count: own.sign(fact, number, count), NOON)

    with Ledger.open(path, checked=False) as other:
        said = [say(f"post {turn}", into=other if turn % 2 else ledger) for turn in range(6)]

    assert [signed.entry.number for signed in said] == [1, 2, 3, 4, 5, 6]
    assert ledger.store(CIRCLE.id).holdings()[own.log].ranges == ((1, 6),)


def test_what_another_process_committed_is_noticed(ledger: Ledger, path: Path) -> None:
    own, ana = writer(1), writer(2)
    ledger.append([ana.publish()], NOON)
    version, seq = ledger.data_version(), ledger.last_seq()
    with Ledger.open(path, checked=False) as other:
        signed = other.append_own(CIRCLE.id, lambda n, c: own.sign(PostPublished(content()), n, c), NOON)
        other.append([ana.publish("More")], NOON)

    changes = ledger.changes_since(seq)

    assert ledger.data_version() != version
    assert changes.own == (signed,)
    assert changes.posts == (post_of(signed), post_of(ana.written[1]))
    assert changes.seq == FOUNDED + 3
    assert ledger.changes_since(changes.seq).posts == ()


def test_own_commits_do_not_change_the_data_version(ledger: Ledger) -> None:
    before = ledger.data_version()

    ledger.append([writer(2).publish()], NOON)

    assert before == ledger.data_version()


def test_rebuilding_tells_its_progress_and_changes_nothing_that_was_right(ledger: Ledger) -> None:
    ana, ben = writer(2), writer(3)
    post = ana.publish()
    ledger.append([post, ben.write(PostClaimed(post_of(post)), count=2), ana.introduce("Ana")], NOON)
    before = ledger.posts.record(post_of(post))
    steps: list[tuple[int, int]] = []

    ledger.rebuild(lambda done, total: steps.append((done, total)))

    assert before == ledger.posts.record(post_of(post))
    assert steps[-1] == (2 * (FOUNDED + 3), 2 * (FOUNDED + 3))
    assert steps == sorted(steps)


def test_a_log_that_was_never_seen_is_not_held(ledger: Ledger) -> None:
    assert ledger.store(CIRCLE.id).entries(LogId(writer(7).key.author), 1, 5) == []
