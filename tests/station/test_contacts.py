"""Contacts: sealed to one station once the poster accepted, and to be read while the claim is open."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from meshboard.domain.commands import ConfirmClaim, EditPost, ReleaseClaim, WithdrawPost
from meshboard.domain.entries import ClaimAccepted, ClaimKeyOffered, ContactHanded, Fact, SignedEntry
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.views import BoardQuery, PostView
from meshboard.errors import RuleError, SavedUnseen
from meshboard.ledger.file import driver
from meshboard.ledger.ledger import Ledger
from meshboard.station.board.contacts import ContactDesk
from meshboard.station.board.service import Service
from meshboard.station.circle.desk import Desk
from meshboard.station.home.host import Host
from meshboard.trust.circle import Circle
from tests.support.stations.neighbours import DAY_S, NEED, NOON, STREET, HandClock, Neighbour, tell

DOOR = "Noor, 3rd door left, 555-0100"
WALK_UP = Actor(ActorKind.WALK_UP, b"walk-up.")


@pytest.fixture
def ana(tmp_path: Path) -> Iterator[Neighbour]:
    """Return the poster's station."""
    (tmp_path / "ana").mkdir()
    station = Neighbour(tmp_path / "ana", "Ana")
    yield station
    station.ledger.close()


@pytest.fixture
def bo(tmp_path: Path) -> Iterator[Neighbour]:
    """Return the helper's station."""
    (tmp_path / "bo").mkdir()
    station = Neighbour(tmp_path / "bo", "Bo")
    yield station
    station.ledger.close()


@pytest.fixture
def cam(tmp_path: Path) -> Iterator[Neighbour]:
    """Return somebody else's station."""
    (tmp_path / "cam").mkdir()
    station = Neighbour(tmp_path / "cam", "Cam")
    yield station
    station.ledger.close()


class SettledMeanwhile(Desk):
    """A desk beside a running station, which settles around each thing that is written here."""

    def __init__(self, ledger: Ledger, circle: Circle, clock: HandClock, station: ContactDesk) -> None:
        super().__init__(ledger, circle, clock)
        self.station = station

    def write(self, fact: Fact, actor: Actor) -> SignedEntry:
        self.station.settle()
        written = super().write(fact, actor)
        self.station.settle()
        return written


def contact_of(view: PostView) -> str:
    return view.contact.text if view.contact else ""


def readers_of(view: PostView) -> list[str]:
    return [reader.station for reader in view.contact.readers] if view.contact else []


def facts(station: Neighbour, kind: type) -> list[object]:
    store = station.ledger.store(station.desk.circle.id)
    return [
        signed.entry.fact
        for log, held in store.holdings().items()
        for signed in store.entries(log, 1, held.count)
        if isinstance(signed.entry.fact, kind)
    ]


def test_only_the_helper_reads_the_contact_and_everybody_sees_who_does(
    ana: Neighbour, bo: Neighbour, cam: Neighbour
) -> None:
    post = ana.service.publish(NEED, DOOR)
    tell(ana, bo, cam)
    claim = bo.claim(post.id)
    tell(ana, bo, cam)

    assert contact_of(bo.service.post(post.id)) == ""

    ana.accept(claim)
    tell(ana, bo, cam)

    assert contact_of(bo.service.post(post.id)) == DOOR
    assert contact_of(cam.service.post(post.id)) == ""
    assert contact_of(ana.service.post(post.id)) == DOOR
    assert [readers_of(one.service.post(post.id)) for one in (ana, bo, cam)] == [["Bo"]] * 3
    assert "handed the contact to Bo" in [line.sentence for line in cam.service.post(post.id).history]


def test_no_other_file_ever_holds_the_contact(ana: Neighbour, bo: Neighbour, cam: Neighbour) -> None:
    post = ana.service.publish(NEED, DOOR)
    tell(ana, bo, cam)
    ana_accepts = bo.claim(post.id)
    tell(ana, bo, cam)
    ana.accept(ana_accepts)
    tell(ana, bo, cam)
    assert contact_of(bo.service.post(post.id)) == DOOR

    assert DOOR.encode() in ana.bytes_on_disk()  # the poster's own table, as long as it is needed
    assert DOOR.encode() not in bo.bytes_on_disk()
    assert DOOR.encode() not in cam.bytes_on_disk()

    ana.service.run(WithdrawPost(actor=ana.me, post=post.id))
    assert DOOR.encode() not in ana.bytes_on_disk()
    assert b"555-0100" not in ana.bytes_on_disk()


def test_a_list_never_carries_the_contact(ana: Neighbour, bo: Neighbour) -> None:
    post = ana.service.publish(NEED, DOOR)
    tell(ana, bo)
    claim = bo.claim(post.id)
    tell(ana, bo)
    ana.accept(claim)
    tell(ana, bo)

    listed = [station.service.board(BoardQuery()).posts[0] for station in (ana, bo)]
    assert [contact_of(view) for view in listed] == ["", ""]
    assert [view.contact.sentence for view in listed if view.contact] == [
        "Kept here; anybody else gets it only when you accept them.",
        "Handed to you: open the post to see it.",
    ]


def test_the_first_member_is_accepted_without_asking_where_the_poster_said_so(
    ana: Neighbour, bo: Neighbour, cam: Neighbour
) -> None:
    post = ana.service.publish(NEED, DOOR, accepts_members=True)
    tell(ana, bo, cam)
    bo.claim(post.id)
    tell(ana, bo)
    cam.claim(post.id)
    tell(ana, bo, cam)

    assert contact_of(bo.service.post(post.id)) == DOOR
    assert contact_of(cam.service.post(post.id)) == ""
    assert len(facts(ana, ClaimAccepted)) == len(facts(ana, ContactHanded)) == 1


@pytest.mark.parametrize("kind", [ActorKind.WALK_UP, ActorKind.HANDHELD])
def test_nobody_but_a_member_is_accepted_without_asking(
    ana: Neighbour, bo: Neighbour, kind: ActorKind
) -> None:
    post = ana.service.publish(NEED, DOOR, accepts_members=True)
    tell(ana, bo)
    claim = bo.claim(post.id, Actor(kind, b"somebody"), "Noor")
    tell(ana, bo)

    assert facts(ana, ClaimAccepted) == []
    assert ana.service.post(post.id).claims[0].on_accepting == (
        "Accepting hands your contact to the station Bo, through which Noor spoke: "
        "whoever keeps Bo can read it too."
    )

    ana.accept(claim)
    tell(ana, bo)
    assert contact_of(bo.service.post(post.id, Actor(kind, b"somebody"))) == DOOR
    assert contact_of(bo.service.post(post.id)) == ""


def test_what_is_accepted_before_the_key_has_come_is_handed_when_it_comes(
    ana: Neighbour, bo: Neighbour, tmp_path: Path
) -> None:
    post = ana.service.publish(NEED, DOOR)
    tell(ana, bo)
    claim = bo.claim(post.id)
    store = bo.ledger.store(bo.desk.circle.id)
    written = store.entries(bo.desk.read_log(), 1, 9)
    ana.ledger.append(
        [signed for signed in written if not isinstance(signed.entry.fact, ClaimKeyOffered)], None
    )
    waiting = ana.accept(claim)

    assert waiting.contact is not None
    assert waiting.contact.sentence == "It goes to Bo as soon as a key of that station has come."
    assert facts(ana, ContactHanded) == []

    ana.ledger.close()
    ana.open(tmp_path)
    tell(ana, bo)
    assert contact_of(bo.service.post(post.id)) == DOOR


def test_a_gap_before_the_claim_waits_for_a_key_that_may_be_in_it(ana: Neighbour, bo: Neighbour) -> None:
    lasting = replace(NEED, lifetime_hours=24 * 30)
    first, second = ana.service.publish(lasting, DOOR), ana.service.publish(lasting, DOOR)
    tell(ana, bo)
    bo.claim(first.id)
    tell(ana, bo)
    bo.clock.wall = NOON + 8 * DAY_S
    claim = bo.claim(second.id)
    last = bo.ledger.store(bo.desk.circle.id).entries(bo.desk.read_log(), 1, 99)[-1]
    assert last.entry.id == claim
    ana.ledger.append([last], None)
    ana.accept(claim)
    assert facts(ana, ContactHanded) == []

    tell(ana, bo)
    assert contact_of(bo.service.post(second.id)) == DOOR


def test_settling_again_changes_nothing(ana: Neighbour, bo: Neighbour) -> None:
    post = ana.service.publish(NEED, DOOR, accepts_members=True)
    tell(ana, bo)
    bo.claim(post.id)
    tell(ana, bo)
    before = ana.ledger.last_seq(), bo.ledger.last_seq()

    for station in (ana, bo, ana, bo):
        station.service.contacts.settle()

    assert (ana.ledger.last_seq(), bo.ledger.last_seq()) == before
    assert len(facts(bo, ClaimKeyOffered)) == 1


def test_a_key_is_used_for_a_week_of_claims_and_then_replaced(ana: Neighbour, bo: Neighbour) -> None:
    posts = [ana.service.publish(replace(NEED, lifetime_hours=24 * 30), DOOR) for _ in range(3)]
    tell(ana, bo)
    bo.claim(posts[0].id)
    bo.clock.wall = NOON + 6 * DAY_S
    bo.claim(posts[1].id)
    assert len(facts(bo, ClaimKeyOffered)) == 1

    bo.clock.wall = NOON + 7 * DAY_S
    bo.claim(posts[2].id)
    assert len(facts(bo, ClaimKeyOffered)) == 2
    assert len(bo.ledger.contacts.keys(bo.desk.circle.id)) == 2


def test_a_closed_claims_key_is_destroyed_and_the_contact_opens_no_more(
    ana: Neighbour, bo: Neighbour
) -> None:
    post = ana.service.publish(NEED, DOOR)
    tell(ana, bo)
    claim = bo.claim(post.id)
    tell(ana, bo)
    ana.accept(claim)
    tell(ana, bo)
    (key,) = bo.ledger.contacts.keys(bo.desk.circle.id)
    bo.clock.wall = NOON + 3600

    ana.service.run(ConfirmClaim(actor=ana.me, claim=claim))
    tell(ana, bo)

    assert bo.ledger.contacts.keys(bo.desk.circle.id) == ()
    assert key.seed not in bo.bytes_on_disk()
    after = bo.service.post(post.id)
    assert contact_of(after) == ""
    assert DOOR.encode() not in ana.bytes_on_disk()
    assert after.contact is not None
    assert after.contact.sentence.startswith("It was handed to you, but nobody can open it any more")


def test_a_claim_given_back_takes_its_key_along_but_not_one_that_others_need(
    ana: Neighbour, bo: Neighbour
) -> None:
    one, other = ana.service.publish(NEED, DOOR), ana.service.publish(NEED, DOOR)
    tell(ana, bo)
    first, second = bo.claim(one.id), bo.claim(other.id)
    bo.clock.wall = NOON + 3600

    bo.service.run(ReleaseClaim(actor=bo.me, claim=first))
    assert len(bo.ledger.contacts.keys(bo.desk.circle.id)) == 1

    bo.service.run(ReleaseClaim(actor=bo.me, claim=second))
    assert bo.ledger.contacts.keys(bo.desk.circle.id) == ()


def test_a_key_goes_when_the_post_expires(ana: Neighbour, bo: Neighbour) -> None:
    post = ana.service.publish(NEED, DOOR)
    tell(ana, bo)
    bo.claim(post.id)
    tell(ana, bo)
    ana.clock.wall = bo.clock.wall = NOON + 73 * 3600
    ana.service.contacts.settle()
    bo.service.contacts.settle()

    assert bo.ledger.contacts.keys(bo.desk.circle.id) == ()
    assert ana.service.contacts.kept(post.id) is None


def test_a_changed_contact_is_handed_again_to_whom_it_was_handed(ana: Neighbour, bo: Neighbour) -> None:
    post = ana.service.publish(NEED, DOOR)
    tell(ana, bo)
    claim = bo.claim(post.id)
    tell(ana, bo)
    ana.accept(claim)
    ana.service.contacts.give(post.id, "at the bakery now", ana.me)
    tell(ana, bo)

    assert contact_of(bo.service.post(post.id)) == "at the bakery now"
    assert readers_of(ana.service.post(post.id)) == ["Bo"]


def test_a_contact_can_be_given_later_and_taken_back(ana: Neighbour, bo: Neighbour) -> None:
    post = ana.service.publish(NEED)
    assert post.contact is None

    ana.service.contacts.give(post.id, DOOR, ana.me)
    given = ana.service.post(post.id)
    assert (given.content.has_contact, contact_of(given)) == (True, DOOR)

    ana.service.contacts.remove(post.id, ana.me)
    taken = ana.service.post(post.id)
    assert (taken.content.has_contact, taken.contact) == (False, None)
    assert DOOR.encode() not in ana.bytes_on_disk()


def test_a_contact_given_later_outlives_a_station_that_settles_meanwhile(ana: Neighbour) -> None:
    post = ana.service.publish(NEED)
    with Ledger.open(ana.path, checked=False) as other:
        station = ContactDesk(Desk(other, STREET, ana.clock))
        beside = SettledMeanwhile(ana.ledger, STREET, ana.clock, station)
        ContactDesk(beside).give(post.id, DOOR, ana.me)

    assert contact_of(ana.service.post(post.id)) == DOOR


def test_who_was_handed_a_contact_taken_back_is_handed_the_next_one(ana: Neighbour, bo: Neighbour) -> None:
    post = ana.service.publish(NEED, DOOR)
    tell(ana, bo)
    claim = bo.claim(post.id)
    tell(ana, bo)
    ana.accept(claim)
    ana.service.contacts.remove(post.id, ana.me)
    ana.service.contacts.give(post.id, "at the bakery now", ana.me)
    tell(ana, bo)

    assert contact_of(bo.service.post(post.id)) == "at the bakery now"


def test_taking_contact_out_by_an_edit_forgets_it(ana: Neighbour) -> None:
    post = ana.service.publish(NEED, DOOR)
    ana.service.run(EditPost(actor=ana.me, post=post.id, content=NEED))

    assert ana.service.contacts.kept(post.id) is None


def test_only_who_posted_it_gives_or_sees_its_contact(ana: Neighbour) -> None:
    post = ana.service.publish(NEED, DOOR, actor=WALK_UP, signed_as="Noor")

    assert contact_of(ana.service.post(post.id, WALK_UP)) == DOOR
    assert contact_of(ana.service.post(post.id)) == ""
    with pytest.raises(RuleError, match="Only whoever posted it"):
        ana.service.contacts.give(post.id, "somewhere else", ana.me)


def test_the_keeper_cannot_give_away_a_walk_ups_contact(ana: Neighbour, bo: Neighbour) -> None:
    post = ana.service.publish(NEED, DOOR, actor=WALK_UP, signed_as="Noor")
    tell(ana, bo)
    claim = bo.claim(post.id)
    tell(ana, bo)

    with pytest.raises(RuleError, match="pick-up code"):
        ana.accept(claim)
    ana.accept(claim, WALK_UP)
    tell(ana, bo)
    assert contact_of(bo.service.post(post.id)) == DOOR


def test_a_contact_that_cannot_be_sealed_is_refused_before_anything_is_posted(ana: Neighbour) -> None:
    before = ana.ledger.last_seq()

    with pytest.raises(RuleError, match="too long"):
        ana.service.publish(NEED, "x" * 65)

    assert ana.ledger.last_seq() == before


def test_another_process_that_was_quicker_is_noticed(ana: Neighbour, bo: Neighbour, tmp_path: Path) -> None:
    post = ana.service.publish(NEED, DOOR)
    tell(ana, bo)
    claim = bo.claim(post.id)
    tell(ana, bo)
    ana.accept(claim)
    record = ana.ledger.posts.record(post.id)
    assert record is not None
    stale = replace(record, claims=tuple(replace(one, handed=()) for one in record.claims))

    for act in ana.service.contacts._handing(stale, stale.claims[0], DOOR):
        act()

    assert len(facts(ana, ContactHanded)) == 1


def test_what_could_not_be_overwritten_while_others_read_is_by_whoever_comes_next(ana: Neighbour) -> None:
    post = ana.service.publish(NEED, DOOR)
    with Ledger.open(ana.path, checked=False) as other:
        ana.desk.ledger.contacts._database._connection.exec_driver_sql("PRAGMA busy_timeout = 10")
        with other.contacts._database.reading() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM entry").scalar()
            ana.service.contacts.remove(post.id, ana.me)
            assert DOOR.encode() in ana.bytes_on_disk()

        other.contacts.overwrite()
        assert DOOR.encode() not in ana.bytes_on_disk()


class KeptAfterwards(Desk):
    """A desk whose ledger another program keeps as soon as something was written."""

    def __init__(self, ledger: Ledger, circle: Circle, clock: HandClock, other: driver.Connection) -> None:
        super().__init__(ledger, circle, clock)
        self.other = other
        self.writing = self.writing_at_last

    @contextmanager
    def writing_at_last(self) -> Iterator[Connection]:
        with self.ledger.writing() as connection:
            yield connection
        self.other.execute("BEGIN IMMEDIATE")


def test_of_what_is_committed_nothing_says_that_it_was_not_saved(ana: Neighbour) -> None:
    with closing(driver.connect(ana.path, "rw")) as other, ana.ledger.waiting(0):
        desk = KeptAfterwards(ana.ledger, ana.desk.circle, ana.clock, other)
        with pytest.raises(SavedUnseen, match="is on the board, but its contact") as raised:
            Service(desk, Host(ana.path.parent / "nobody").radio).publish(NEED, DOOR)
        other.execute("ROLLBACK")

    assert "Nothing was saved" not in str(raised.value)
    assert [post.content.text for post in ana.service.board(BoardQuery()).posts] == [NEED.text]
