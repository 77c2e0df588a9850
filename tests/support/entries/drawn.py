"""What Hypothesis draws: every fact this version knows, within the bounds of docs/protocol.md."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from meshboard.domain.circle_facts import (
    MAX_NAMED,
    MAX_REMOVED,
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
    MAX_AFTER,
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
    Stamp,
    Unknown,
)
from meshboard.domain.ids import ClaimId, EntryId, EpochId, InviteId, MemberKey, PostId
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import (
    MAX_LIFETIME_HOURS,
    MAX_TAGS,
    Category,
    HandOff,
    PostContent,
    PostKind,
    Quantity,
    TimeWindow,
    Urgency,
)
from meshboard.trust.circle import make_circle
from meshboard.trust.identity import AuthorKey
from meshboard.trust.invite import make_invite, prove
from meshboard.trust.seal import FrameSeal
from meshboard.wire.bodies import TIME_ZERO_S
from meshboard.wire.entry_bytes import Draft
from meshboard.wire.kinds import MEMBER_KINDS, kind_of

KEY = AuthorKey(bytes(range(100, 132)))
CIRCLE = make_circle("Elm Street", bytes(range(32)), KEY.author)
SEAL = FrameSeal(CIRCLE.id, CIRCLE.epoch, CIRCLE.epoch_key)

entry_ids = st.binary(min_size=8, max_size=8).map(EntryId)
post_ids = entry_ids.map(PostId)
claim_ids = entry_ids.map(ClaimId)
words = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30)
short_words = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=6)
tags = st.lists(short_words.filter(bool), max_size=MAX_TAGS).map(tuple)
times = st.integers(TIME_ZERO_S + 1, TIME_ZERO_S + 2**31)
amounts = st.decimals(Decimal("0.01"), Decimal(1000000), places=2) | st.integers(1, 1000000).map(Decimal)


@st.composite
def windows(draw: st.DrawFn) -> TimeWindow:
    starts_at = draw(times)
    lasts_s = draw(st.none() | st.integers(0, 10**6))
    return TimeWindow(starts_at, None if lasts_s is None else starts_at + lasts_s)


contents = st.builds(
    PostContent,
    kind=st.sampled_from(PostKind),
    category=st.sampled_from(Category),
    urgency=st.sampled_from(Urgency),
    text=words,
    quantity=st.none() | st.builds(Quantity, amounts, short_words),
    place=short_words,
    window=st.none() | windows(),
    lifetime_hours=st.integers(1, MAX_LIFETIME_HOURS),
    tags=tags,
    hand_off=st.sampled_from(HandOff),
    has_contact=st.booleans(),
)
keys = st.binary(min_size=32, max_size=32)
member_keys = st.binary(min_size=8, max_size=8).map(MemberKey)
invite_ids = st.binary(min_size=8, max_size=8).map(InviteId)
epoch_ids = entry_ids.map(EpochId)
time_zones = st.sampled_from(["America/Argentina/ComodRivadavia", "UTC", "Etc/GMT+5", ""])
sealed_contacts = st.integers(1, 4).flatmap(
    lambda steps: st.binary(min_size=48 + 16 * steps, max_size=48 + 16 * steps)
)


def cut_lists(limit: int) -> st.SearchStrategy[tuple[Cut, ...]]:
    cuts = st.builds(Cut, member_keys, st.integers(0, 255), st.integers(0, 20_000))
    by_member = st.lists(cuts, max_size=limit, unique_by=lambda cut: cut.member)
    return by_member.map(lambda drawn: tuple(sorted(drawn)))


circle_facts: st.SearchStrategy[Fact] = st.one_of(
    st.builds(StationIntroduced, words, keys),
    st.builds(CircleFounded, words, time_zones, keys),
    st.builds(InviteMade, invite_ids, st.integers(0, 255), st.none() | times),
    st.binary(min_size=16, max_size=16).map(lambda secret: prove(make_invite(CIRCLE, secret), KEY.author)),
    st.builds(
        InviteClosed, invite_ids, st.sets(member_keys, max_size=MAX_NAMED).map(lambda s: tuple(sorted(s)))
    ),
    st.builds(AuthorVouched, member_keys, st.none() | epoch_ids),
    st.builds(VouchWithdrawn, member_keys, cut_lists(MAX_NAMED)),
    st.builds(EpochBegun, epoch_ids, st.binary(min_size=16, max_size=16), cut_lists(MAX_REMOVED)),
    st.builds(ClaimKeyOffered, keys),
)
facts: st.SearchStrategy[Fact] = st.one_of(
    circle_facts,
    st.builds(PostPublished, contents, short_words),
    st.builds(PostEdited, post_ids, contents),
    st.builds(PostWithdrawn, post_ids),
    st.builds(PostNoted, post_ids, words, short_words),
    st.builds(
        PostClaimed,
        post_ids,
        st.none() | amounts.map(Quantity),
        words,
        st.none() | times,
        st.lists(claim_ids, max_size=MAX_AFTER).map(tuple),
        short_words,
    ),
    st.builds(ClaimAccepted, claim_ids),
    st.builds(ClaimReleased, claim_ids),
    st.builds(ClaimDelivered, claim_ids),
    st.builds(ClaimConfirmed, claim_ids),
    st.builds(ContactHanded, claim_ids, sealed_contacts),
    st.builds(PostFlagged, post_ids, st.booleans()),
    st.builds(Unknown, st.integers(21, 63), st.binary(max_size=40)),
)
actors = st.just(Actor.member(KEY.author)) | st.builds(
    Actor, st.sampled_from([ActorKind.WALK_UP, ActorKind.HANDHELD]), st.binary(min_size=8, max_size=8)
)
any_drafts = st.builds(
    Draft,
    circle=st.just(CIRCLE.id),
    log=st.integers(0, 255).map(lambda incarnation: LogId(KEY.author, incarnation)),
    number=st.integers(1, 2**32 - 1),
    stamp=st.builds(Stamp, st.integers(0, 2**32 - 1), st.none() | times),
    actor=actors,
    fact=facts,
    salt=st.binary(min_size=8, max_size=8),
    salt_key=st.sampled_from([b"", b"salt key", b"salt key", b"2nd key."]),
)
drafts = any_drafts.map(
    lambda draft: (
        replace(draft, actor=Actor.member(KEY.author)) if kind_of(draft.fact) in MEMBER_KINDS else draft
    )
)
