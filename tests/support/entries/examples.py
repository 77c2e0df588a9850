"""The facts and frames in tests/wire/vectors.json, and the keys they are made with."""

from decimal import Decimal

from meshboard.domain.circle_facts import (
    AuthorVouched,
    CircleFounded,
    Cut,
    EpochBegun,
    InviteClosed,
    InviteMade,
    StationIntroduced,
    VouchWithdrawn,
)
from meshboard.domain.entries import (
    ClaimAccepted,
    ClaimConfirmed,
    ClaimDelivered,
    ClaimKeyOffered,
    ClaimReleased,
    ContactHanded,
    Fact,
    LogId,
    PostClaimed,
    PostEdited,
    PostFlagged,
    PostNoted,
    PostPublished,
    PostWithdrawn,
    SignedEntry,
    Stamp,
    Unknown,
)
from meshboard.domain.ids import ClaimId, EntryId, EpochId, MemberKey, PostId, member_key
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import Category, HandOff, PostContent, PostKind, Quantity, TimeWindow, Urgency
from meshboard.trust.boxes import BoxKey, ClaimKeyPair, seal_contact
from meshboard.trust.circle import (
    RadioPlan,
    commitment_of,
    enter_circle,
    make_circle,
)
from meshboard.trust.identity import AuthorKey
from meshboard.trust.invite import (
    invite_id_of,
    make_invite,
    prove,
)
from meshboard.trust.key_ring import EpochKey
from meshboard.wire.entry_bytes import FIRST_LINK, Draft, link_after, sign_entry
from meshboard.wire.frames import (
    Ask,
    Beacon,
    Entries,
    Frame,
    Hello,
    Keys,
    LogLine,
    Place,
    Reminder,
    Request,
    Speaker,
    StretchItem,
    Summary,
    Told,
)
from meshboard.wire.items import item_of, run_of

SEED = bytes(range(100, 132))
FIRST_EPOCH_KEY = bytes(range(32))
SALT = b"saltsalt"
POST = PostId(EntryId(b"the post"))
CLAIM = ClaimId(EntryId(b"theclaim"))
CONTENT = PostContent(
    kind=PostKind.NEED,
    category=Category.WATER,
    urgency=Urgency.HIGH,
    text="drinking water for 4, agua potable, 水",
    quantity=Quantity(Decimal("2.5"), "gal"),
    place="5th & Oak",
    window=TimeWindow(1_763_800_000, 1_763_803_600),
    lifetime_hours=24,
    tags=("no stairs", "baby"),
    hand_off=HandOff.LEAVE_AT_DOOR,
    has_contact=True,
)
AUTHOR = AuthorKey(SEED).author
CIRCLE = make_circle("Elm Street", FIRST_EPOCH_KEY, AUTHOR)
BOX = BoxKey(SEED, CIRCLE.id)
SECRET = bytes(range(50, 66))
INVITE = make_invite(CIRCLE, SECRET, 1_763_900_000)
LATER = enter_circle(CIRCLE, 1, EpochId(b"epoch 01"), bytes(range(200, 232)))
LATER_INVITE = make_invite(LATER, SECRET)
PLAN = RadioPlan("EU_868", "MEDIUM_FAST", 3)
OWN_CHANNEL_INVITE = make_invite(
    enter_circle(
        make_circle("Elm Street", FIRST_EPOCH_KEY, AUTHOR, PLAN, "elm"), 1, LATER.epoch_id, LATER.epoch_key
    ),
    SECRET,
    1_763_900_000,
)
CUTS = (Cut(MemberKey(b"anauthor"), 0, 300), Cut(MemberKey(b"somebody"), 1, 7))
NEXT_KEY = bytes(range(200, 232))
CLAIM_SEED, EPHEMERAL_SEED = bytes(range(20, 52)), bytes(range(60, 92))
CLAIM_KEYS = ClaimKeyPair(CLAIM_SEED)
JOINER_SEED = bytes(range(3, 35))
JOINER = AuthorKey(JOINER_SEED)
JOINERS_BOX = BoxKey(JOINER_SEED, CIRCLE.id)
NEXT = EpochKey(LATER.epoch_id, 1, NEXT_KEY)
WRAPPED = BOX.wrap_for(NEXT, JOINER.author, JOINERS_BOX.public)
CONTACT = "Ana, 2nd door on the left, 555-0100"
SEALED_CONTACT = seal_contact(CONTACT, CLAIM, CLAIM_KEYS.public, EPHEMERAL_SEED)
FACTS: dict[str, Fact] = {
    "StationIntroduced": StationIntroduced("Hall kiosk", BOX.public),
    "PostPublished": PostPublished(CONTENT, "Ana"),
    "PostEdited": PostEdited(POST, PostContent(PostKind.NOTICE, Category.OTHER, Urgency.LOW, "zq")),
    "PostWithdrawn": PostWithdrawn(POST),
    "PostNoted": PostNoted(POST, "xkcd", ""),
    "PostClaimed": PostClaimed(POST, Quantity(Decimal(2)), "", 1_763_800_000, (CLAIM,)),
    "PostClaimed with a note": PostClaimed(POST, None, "qx", None, (), "Bo"),
    "ClaimAccepted": ClaimAccepted(CLAIM),
    "ClaimReleased": ClaimReleased(CLAIM),
    "ClaimDelivered": ClaimDelivered(CLAIM),
    "ClaimConfirmed": ClaimConfirmed(CLAIM),
    "CircleFounded": CircleFounded("Ana", "America/Chicago", BOX.public),
    "StationIntroduced with a box key": StationIntroduced("Hall kiosk", BOX.public),
    "InviteMade": InviteMade(invite_id_of(INVITE), 1, 1_763_900_000),
    "InviteMade for ever": InviteMade(invite_id_of(INVITE), 0, None),
    "StationJoined": prove(INVITE, AUTHOR),
    "InviteClosed": InviteClosed(invite_id_of(INVITE), (member_key(AUTHOR),)),
    "AuthorVouched": AuthorVouched(MemberKey(b"anauthor")),
    "AuthorVouched again": AuthorVouched(MemberKey(b"anauthor"), CIRCLE.epoch_id),
    "VouchWithdrawn": VouchWithdrawn(MemberKey(b"anauthor"), CUTS),
    "EpochBegun": EpochBegun(CIRCLE.epoch_id, commitment_of(CIRCLE.id, NEXT_KEY), CUTS),
    "ClaimKeyOffered": ClaimKeyOffered(CLAIM_KEYS.public),
    "ContactHanded": ContactHanded(CLAIM, SEALED_CONTACT),
    "PostFlagged": PostFlagged(POST, True),
    "PostFlagged, taken back": PostFlagged(POST, False),
    "a later kind": Unknown(42, b"what a later version said"),
}


def signed_facts() -> dict[str, SignedEntry]:
    """Return every fact, signed, with numbers and stamps of different sizes."""
    key, circle = AuthorKey(SEED), CIRCLE
    walk_up = Actor(ActorKind.WALK_UP, b"visitor!")
    signed = {}
    for place, (name, fact) in enumerate(FACTS.items()):
        draft = Draft(
            circle=circle.id,
            log=LogId(key.author, incarnation=place % 2),
            number=1 + place * 100,
            stamp=Stamp(place * 1000, None if place == 3 else 1_763_800_000 + place),
            actor=walk_up if place == 1 else Actor.member(key.author),
            fact=fact,
            salt=SALT,
            link=SALT + SALT if place else FIRST_LINK,
        )
        signed[name] = sign_entry(draft, key)
    return signed


def log_of_three() -> list[SignedEntry]:
    """Return entries that follow each other."""
    key, log = AuthorKey(SEED), LogId(AUTHOR, 2)
    names = ("PostNoted", "ClaimDelivered", "ClaimConfirmed")
    signed: list[SignedEntry] = []
    for number, name in enumerate(names, start=127):
        link = link_after(signed[-1]) if signed else SALT + SALT
        stamp = Stamp(40 * number, 1_763_800_000 + 900 * number)
        draft = Draft(CIRCLE.id, log, number, stamp, Actor.member(AUTHOR), FACTS[name], SALT, link)
        signed.append(sign_entry(draft, key))
    return signed


def log_with_salt_keys() -> list[SignedEntry]:
    """Return entries that follow each other into the next block, the last with a key of its own."""
    key, log = AuthorKey(SEED), LogId(AUTHOR, 2)
    walk_up = Actor(ActorKind.WALK_UP, b"visitor!")
    signed: list[SignedEntry] = []
    for number, name, salt_key in (
        (127, "PostNoted", b"salt key"),
        (128, "ClaimDelivered", b""),
        (129, "PostNoted", b"2nd key."),
        (130, "PostClaimed with a note", b"2nd key."),
        (131, "PostNoted", b"2nd key."),
        (132, "PostNoted", b"3rd key."),
    ):
        link = link_after(signed[-1]) if signed else SALT + SALT
        stamp, actor = Stamp(40 * number, 1_763_800_000 + 900 * number), Actor.member(AUTHOR)
        by = walk_up if number == 131 else actor
        draft = Draft(CIRCLE.id, log, number, stamp, by, FACTS[name], SALT, link, salt_key)
        signed.append(sign_entry(draft, key))
    return signed


SOME_OF_MANY = Told(
    b"\x05\x06",
    40,
    (((1, 9),), (), ((2, 5), (7, 7)), *[()] * 514, ((1, 300),)),
    waits=((2, ((9, 12),)), (517, ((302, 302),))),
)


def frames() -> dict[str, Frame]:
    """Return a frame of every type."""
    speaker = Speaker(AuthorKey(SEED).author[:4], 300)
    lines = (
        LogLine(Place(b"aaaa"), ((1, 7), (9, 9)), b"dig"),
        LogLine(Place(b"bbbb", 2), ((1, 300),), b"est"),
        LogLine(Place(b"cccc"), ((5, 5),), b""),
    )
    signed = signed_facts()
    return {
        "ENTRIES, the first of its log": Entries((item_of(signed["StationIntroduced"]),)),
        "ENTRIES, two": Entries((item_of(signed["ClaimAccepted"]), item_of(signed["ClaimDelivered"]))),
        "ENTRIES, a run with link and signature": Entries(
            (run_of(log_of_three(), has_link=True, is_signed=True),)
        ),
        "ENTRIES, two runs": Entries(
            (
                run_of(log_of_three()[:2], has_link=True, is_signed=False),
                run_of(log_of_three()[2:], has_link=False, is_signed=False),
            )
        ),
        "ENTRIES, with a salt key": Entries((item_of(log_with_salt_keys()[4]),)),
        "ENTRIES, a run with salt keys": Entries(
            (run_of(log_with_salt_keys()[:4], has_link=True, is_signed=False),)
        ),
        "ENTRIES, a run with another salt key": Entries(
            (run_of(log_with_salt_keys()[3:], has_link=False, is_signed=True),)
        ),
        "KEYED ENTRIES, with its link": Entries(
            (item_of(signed["ClaimAccepted"], is_keyed=True, has_link=True),), is_keyed=True
        ),
        "KEYED ENTRIES": Entries((item_of(signed["ClaimAccepted"], is_keyed=True),), is_keyed=True),
        "a stretch": Entries((StretchItem(speaker.head, 0, 3, 300, 298, bytes(range(32))),)),
        "a run and the stretch before it": Entries(
            (
                run_of(log_of_three(), has_link=True, is_signed=True),
                StretchItem(speaker.head, 2, 100, 126, 28, bytes(range(1, 33))),
            )
        ),
        "BEACON": Beacon(speaker, b"\x01\x02\x03\x04"),
        "BEACON that tells some logs of many": Beacon(speaker, b"\x01\x02\x03\x04", SOME_OF_MANY),
        "SUMMARY of all": Summary(speaker, None, lines),
        "SUMMARY of a span": Summary(speaker, (Place(bytes(4)), Place(b"cccc", 255)), lines),
        "SUMMARY with what waits": Summary(
            speaker, None, (*lines[:2], LogLine(Place(b"bbbb", 2), ((302, 305),), b"", is_waiting=True))
        ),
        "SUMMARY of nothing": Summary(speaker, None, ()),
        "HELLO": Hello(speaker, CIRCLE.epoch_id),
        "KEYS": Keys(speaker.head, NEXT.id, NEXT.number, ((JOINER.author[:4], WRAPPED),)),
        "REQUEST": Request(speaker, (Ask(Place(b"aaaa"), 1, ((4, b"one"), (3, b"two"))),)),
        "REQUEST that reminds": Reminder(speaker),
    }
