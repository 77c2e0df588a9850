"""A whole station against whoever has its circle's keys: nothing raises, nothing unsigned is stored.

What is heard comes from the founder, from two members, and from a stranger who has the keys and for whom
nobody vouched. All of them sign what nobody would sign.
"""

import random
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from decimal import Decimal
from functools import cache
from pathlib import Path
from zlib import crc32

from meshboard.config import Settings
from meshboard.domain.circle_facts import AuthorVouched, CircleFounded, InviteMade, StationIntroduced
from meshboard.domain.entries import (
    ClaimAccepted,
    Fact,
    LogId,
    PostClaimed,
    PostPublished,
    SignedEntry,
    Stamp,
)
from meshboard.domain.ids import AuthorId, ClaimId, PostId, member_key
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, Urgency
from meshboard.domain.text import shown_line
from meshboard.handheld.conversation import Conversation
from meshboard.handheld.paging import MAX_ANSWER_BYTES
from meshboard.ledger.file.driver import connect
from meshboard.ledger.ledger import Ledger
from meshboard.link import FrameHeard, NodeNumber
from meshboard.station.circle.desk import Desk
from meshboard.station.home.host import Host
from meshboard.station.home.wiring import build_engine
from meshboard.station.running.running_circle import Listeners, RunningCircle
from meshboard.station.texts.texts import HandheldSender
from meshboard.station.vault.vault import LEDGER_FILE
from meshboard.trust.boxes import BoxKey
from meshboard.trust.identity import AUTHOR_KEY_BYTES, SIGNATURE_BYTES, AuthorKey
from meshboard.trust.invite import invite_id_of
from meshboard.wire.cursor import push_varint
from meshboard.wire.entry_bytes import Draft, has_proof, is_authentic, sign_entry
from meshboard.wire.frames import HEAD_BYTES, MAX_FRAME_BYTES, FrameType
from meshboard.wire.framing import room_bytes
from tests.fuzz.altering import altered, as_text, joined, parted
from tests.fuzz.speaking import DOOR, EPOCH_SEALS, entries, sealed, sealed_frame, signature_of
from tests.fuzz.target import Target
from tests.fuzz.typed import message
from tests.support.entries.drawn import CIRCLE, KEY
from tests.support.entries.examples import INVITE

RECEIVING_S = 5.0  # a handful of frames, stored one by one, and the board worked out anew; on a slow machine
MOST_WAITING = 64  # authors who do not count and of whom something is kept
NOON = 1_763_800_000
ROOM_BYTES = room_bytes(MAX_FRAME_BYTES)
OWN_SEED = b"o" * 32
BEN, CAM, EVE = (AuthorKey(letter * 32) for letter in (b"b", b"c", b"e"))
_NEED = PostContent(PostKind.NEED, Category.FOOD, Urgency.NORMAL, "soup", Quantity(Decimal(4)))


class _Clock:
    """Time that passes only when told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self) -> int | None:
        return NOON + int(self.now_s)


def _sign(key: AuthorKey, number: int, fact: Fact, actor: Actor | None = None) -> SignedEntry:
    place = LogId(key.author), number, Stamp(number, NOON + number)
    return sign_entry(Draft(CIRCLE.id, *place, actor or Actor.member(key.author), fact, b"saltsalt"), key)


@cache
def past() -> Sequence[SignedEntry]:
    """Return what the station holds already."""
    box = {key.author: BoxKey(seed, CIRCLE.id).public for key, seed in _SEEDS}
    own = AuthorKey(OWN_SEED)
    post = _sign(BEN, 2, PostPublished(_NEED, "Ben"))
    claim = _sign(
        CAM,
        2,
        PostClaimed(PostId(post.entry.id), Quantity(_NEED.quantity.amount) if _NEED.quantity else None),
    )
    return (
        _sign(KEY, 1, CircleFounded("Ana", "UTC", box[KEY.author])),
        _sign(KEY, 2, InviteMade(invite_id_of(INVITE), 0, None)),
        *(
            _sign(key, 1, StationIntroduced(name, box[key.author]))
            for key, name in ((BEN, "Ben"), (CAM, "Cam"))
        ),
        *(
            _sign(KEY, number, AuthorVouched(member_key(key.author)))
            for number, key in enumerate((BEN, CAM, own), start=3)
        ),
        post,
        claim,
        _sign(BEN, 3, ClaimAccepted(ClaimId(claim.entry.id))),
    )


_SEEDS = ((KEY, bytes(range(100, 132))), (BEN, b"b" * 32), (CAM, b"c" * 32), (EVE, b"e" * 32))


def _model(scratch: Path) -> Path:
    """Make the station's home."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, mode=0o700)
    path = scratch / "model.sqlite"
    with Ledger.create(path) as ledger:
        ledger.circles.add(CIRCLE, OWN_SEED)
        desk = Desk(ledger, CIRCLE, _Clock())
        desk.write(StationIntroduced("Hall", BoxKey(OWN_SEED, CIRCLE.id).public), desk.member)
        ledger.append(past(), NOON)
        desk.write(PostPublished(_NEED, "Hall"), desk.member)
    return path


def heard(chance: random.Random) -> bytes:
    """Return some frames, one after the other."""
    return joined([_frame(chance) for _ in range(chance.choice((1, 4, 8, 16)))])


def _frame(chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        return sealed_frame(chance)
    key = chance.choice((KEY, BEN, CAM, EVE, EVE, AuthorKey(OWN_SEED), AuthorKey(chance.randbytes(32))))
    inside = _item(chance, key)
    while chance.random() < 0.5 and len(more := inside + _item(chance, key)) <= ROOM_BYTES:
        inside = more
    kind = FrameType.KEYED_ENTRIES if chance.random() < 0.95 else FrameType.ENTRIES
    if chance.random() < 0.05:
        kind, inside = FrameType.BEACON, key.author[:HEAD_BYTES] + push_varint(7) + chance.randbytes(4)
    return sealed(kind, inside, EPOCH_SEALS[0] if chance.random() < 0.97 else DOOR)


def _item(chance: random.Random, key: AuthorKey) -> bytes:
    """Return an entry as it stands in a frame, with its author's key: about what the station holds."""
    packed = _placed(chance, chance.choice(chance.choice((_short(), past()))).packed)
    whole = altered(chance, packed) if chance.random() < 0.3 else packed
    return bytes([len(whole) & 0xFF]) + whole + key.author + signature_of(whole, key)


@cache
def _short() -> Sequence[SignedEntry]:
    """Return the entries that fit a frame with their author's whole key."""
    most = ROOM_BYTES - 1 - AUTHOR_KEY_BYTES - SIGNATURE_BYTES
    return [signed for signed in entries() if len(signed.packed) <= most]


def _placed(chance: random.Random, packed: bytes) -> bytes:
    """Return an entry moved to a place that is near, and about a post or claim that there is."""
    about = chance.choice([signed.entry.id for signed in past()])
    moved = bytearray(packed)
    if moved[1] & 0x80:  # of another incarnation
        del moved[2]
        moved[1] &= 0x7F
    at = 2
    while moved[at] & 0x80:
        del moved[at]
    moved[at] = chance.choice((1, 2, 3, 4, 5, 6, 100))
    if moved[1] & 0x40 and not moved[1] & 0x18:  # it has a subject, and the member speaks
        start = _after_stamp(moved, at + 1)
        moved[start : start + 8] = about
    return bytes(moved)


def _after_stamp(packed: bytearray, at: int) -> int:
    for _ in range(2):  # the count, then the time
        while at < len(packed) and packed[at] & 0x80:
            at += 1
        at += 1
    return at


def _receives(scratch: Path) -> Callable[[bytes], None]:
    model: list[Path] = []
    path = scratch / "case" / LEDGER_FILE

    def receive(case: bytes) -> None:
        if not model:
            model.append(_model(scratch))
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir(mode=0o700)
        shutil.copy(model[0], path)
        with Ledger.open(path, checked=False) as ledger:
            _hear_all(ledger, parted(case))
            _check_ledger(ledger)
            if crc32(case) % 3 == 0:  # takes as long as all the rest
                _check_projection(ledger)

    return receive


def _hear_all(ledger: Ledger, frames: Sequence[bytes]) -> None:
    clock = _Clock()
    desk = Desk(ledger, CIRCLE, clock)
    told = Listeners(lambda: None, lambda _sentence: None, lambda _author, _time_s: None)
    circle = RunningCircle(desk, build_engine(Settings(), desk), told)
    circle.start()
    for frame in frames:
        circle.receive(FrameHeard(frame, NodeNumber(7), 1, 5.0, 0))
        circle.drain()
        clock.now_s += 60.0
        circle.advance()
        while circle.next_frame() is not None:
            circle.drain()


def _check_ledger(ledger: Ledger) -> None:
    told = Desk(ledger, CIRCLE, _Clock()).membership()
    store = ledger.store(CIRCLE.id)
    own = AuthorKey(OWN_SEED).author
    for log, held in store.holdings().items():
        for first, last in held.ranges:
            for signed in store.entries(log, first, last):
                # one without a signature was proven by one after it, which may have given way since
                is_signed = is_authentic(signed) if signed.signature else has_proof(signed.entry)
                assert is_signed, "something unsigned is stored and told of"
                assert log.author == own or told.counts(log, signed.entry.number), (
                    "told of, and does not count"
                )
    with closing(connect(ledger.path, "ro")) as database:
        waiting: dict[AuthorId, int] = {}
        for author, number, incarnation in database.execute(
            "SELECT author, number, incarnation FROM entry WHERE NOT counts"
        ):
            waiting[author] = waiting.get(author, 0) + 1
            standing = told.standings.get(AuthorId(author))
            assert (number <= 2 and incarnation == 0) or standing, "a stranger left more than two entries"
    assert len(waiting) <= MOST_WAITING, "more strangers than there may be"


def _check_projection(ledger: Ledger) -> None:
    """Assert that what is shown is what the entries say, in whatever order they came."""
    before = _shown(ledger)
    ledger.rebuild()
    assert before == _shown(ledger), "what is shown is not what the entries say"


def _shown(ledger: Ledger) -> list[tuple[object, ...]]:
    with closing(connect(ledger.path, "ro")) as database:
        columns = [
            name
            for (name,) in database.execute("SELECT name FROM pragma_table_info('post')")
            if name != "changed_seq"
        ]
        return database.execute(f"SELECT {', '.join(columns)} FROM post ORDER BY id").fetchall()


def _answers(scratch: Path) -> Callable[[bytes], None]:
    model: list[Path] = []
    home = scratch / "kiosk"

    def answer(case: bytes) -> None:
        if not model:
            model.append(_model(scratch))
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(mode=0o700)
        shutil.copy(model[0], home / LEDGER_FILE)
        host, clock = Host(home), _Clock()
        try:
            conversation = Conversation(host.open(), clock.monotonic_s)
            for number, text in enumerate(parted(case)):
                clock.now_s += 20.0
                actor = Actor(ActorKind.HANDHELD, bytes([number % 2]) * 8)
                said = conversation.answer(as_text(text), HandheldSender(actor, "Bea\x1b"))
                if said is None:
                    continue
                assert all(line == shown_line(line) for line in said.text.split("\n")), "it moves the cursor"
                assert len(said.text.encode()) <= MAX_ANSWER_BYTES, "an answer longer than a packet"
        finally:
            host.close()

    return answer


def _messages(chance: random.Random) -> bytes:
    return joined([message(chance) for _ in range(chance.choice((1, 3, 6)))])


def stations(scratch: Path) -> tuple[Target, ...]:
    """Return the targets; they write below `scratch`, best in memory."""
    return (
        Target("station", heard, _receives(scratch / "station"), (), RECEIVING_S),
        Target("handheld", _messages, _answers(scratch / "handheld"), (), RECEIVING_S),
    )
