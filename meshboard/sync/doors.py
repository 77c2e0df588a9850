"""The circle's door: who says HELLO, who is given the current key, and what is told to those behind.

Former members have the door's key and the keys of past epochs, so all that is answered here is bounded by
the hour, whoever asks in whose name (docs/protocol.md, section 10).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId, EpochId
from meshboard.errors import TrustError
from meshboard.link import NodeNumber
from meshboard.sync.asking import HelloPlan, HellosHeard
from meshboard.sync.credentials import Credentials
from meshboard.sync.epochs import DoorWord, EpochChange, farewell_words, key_words, recipients_of_a_frame
from meshboard.sync.events import EpochKeyReceived, FrameRejected, FrameUse, RejectReason
from meshboard.sync.giving import KeyGiving
from meshboard.sync.governor import SPACING, Grade
from meshboard.sync.limits import AnswerLimit
from meshboard.sync.members import Members
from meshboard.sync.newcomer import Newcomer
from meshboard.sync.past import Past
from meshboard.sync.repair import Lacking, Repairs
from meshboard.sync.setup import EngineSetup
from meshboard.sync.speech import LARGEST_COUNTER, Counters
from meshboard.sync.timing import FEW_STATIONS
from meshboard.trust.epochs import EpochKey, KeyRing
from meshboard.wire.frames import HEAD_BYTES, Hello, Keys, Speaker, Summary

HOUR_S = 3600.0
PUZZLED_AFTER = 1  # times a key was given in vain: then more may be lacking than epochs
LOST_AFTER = 5  # and then anything
KEYS_TAKEN_HOURLY = 8  # of one giver; as many epochs do not begin in an hour


class Doors:
    """What is heard and said about keys; in a circle of version 0.1 nothing ever is."""

    def __init__(self, setup: EngineSetup, repairs: Repairs, now_s: float) -> None:
        timings = setup.config.timings
        self.ring = setup.trust.ring if setup.trust else KeyRing.of(setup.circle)
        self.members = Members(setup.author, setup.trust.members if setup.trust else None)
        self.change = EpochChange()
        self._trust = setup.trust
        self._own = setup.author
        self._first_epoch = EpochId(bytes(setup.circle.id))
        self._config = setup.config
        self._hello = HelloPlan(timings, setup.chance)
        self._heard = HellosHeard()
        self._giving = KeyGiving(timings, setup.chance, recipients_of_a_frame(setup.config.max_frame_bytes))
        self._behind: dict[AuthorId, EpochId] = {}
        self._come: frozenset[AuthorId] = frozenset()
        self._taken = AnswerLimit(HOUR_S, KEYS_TAKEN_HOURLY, 4 * KEYS_TAKEN_HOURLY)
        self._credentials = Credentials(setup)
        self._newcomer = Newcomer(setup, repairs, self._hello)
        self.past = Past(setup, repairs)
        self.past.look(self._named(), now_s)
        self._ask_if_mute(now_s)
        self._newcomer.knock(self.members, now_s)

    @property
    def may_seal(self) -> bool:
        """Say whether anything but HELLO may be said."""
        return self.ring.current is not None

    @property
    def is_asking(self) -> bool:
        """Say whether a key seems to be lacking here: then others help by what is told in full."""
        return self._hello.is_asking

    @property
    def is_lagging(self) -> bool:
        """Say whether a key is held of an epoch whose beginning did not come yet: it is lacking here."""
        current = self.ring.current
        return any(key != current and key.id not in self.past.over for key in self.ring.keys)

    def is_behind(self, epoch: EpochKey, now_s: float) -> bool:
        """Say whether an epoch is over, as far as is known here: former members may have its key.

        Its number does not tell: of epochs begun apart the one that wins may have the lower one.
        """
        if self.ring.current is None or epoch == self.ring.current:
            return False
        return self.past.is_over(epoch.id, self._named(), now_s)

    def change_keys(
        self, ring: KeyRing, recipients: Sequence[AuthorId], farewell: Sequence[SignedEntry], now_s: float
    ) -> Sequence[SignedEntry]:
        """Go on with another ring, the farewell and the recipients' keys first; return what is so said.

        A farewell whose epoch before is not known here cannot be said to those who are still in it.
        """
        if self._trust is None:
            return ()
        if ring.current != self.ring.current:
            self._giving.forget()
            self._come = frozenset()
        if ring.keys != self.ring.keys:
            self._hello.settle()
        self.ring = ring
        self.past.look(self._named(), now_s)
        hop_limit, room = self._config.hop_limit, self._config.max_frame_bytes
        words: Iterable[DoorWord] = ()
        if recipients and ring.current is not None:
            words = self._key_words(recipients, Grade.CRITICAL, hop_limit)
        first = list(farewell_words(farewell, ring, room, hop_limit))
        self.change.begin(first, words)
        self._ask_if_mute(now_s + self._giving_all_s())
        return [signed for word in first for signed in word.entries]

    def rejoin(self, now_s: float) -> None:
        """Note that the link came back: whoever lacks the key asks anew."""
        if not self.may_seal:
            self._hello.settle()
        self._ask_if_mute(now_s)

    def on_unopened(self, now_s: float) -> None:
        """Note a frame that no key opens: somebody seems to be in an epoch that is not known here."""
        if self._trust is not None and (self.may_seal or self._may_count()):
            self._hello.want(now_s)

    def on_behind(self, head: bytes, epoch: EpochKey, hops: int, now_s: float) -> None:
        """Note a word sealed in an epoch that is over: its speaker may lack the current key."""
        self._ask_for(self.members.with_head(head), epoch.id, hops, now_s)

    def on_summary_behind(self, said: Summary, lacking: Lacking, hops: int, now_s: float) -> None:
        """Note what a speaker in an epoch that is over says it lacks of what is held here."""
        for author in self.members.with_head(said.speaker.head):
            if said.span is None:
                self._credentials.note_lacking(author, lacking)
        self.past.tell_lacking(lacking, hops, now_s)

    def on_hello(self, hello: Hello, hops: int, now_s: float) -> RejectReason | None:
        """Take in a HELLO; return why it changes nothing, None when it may."""
        head, epoch = hello.speaker.head, hello.epoch
        if head == self._own[:HEAD_BYTES]:
            return RejectReason.OWN
        if self._heard.is_repeated(head, hello.speaker.counter):
            return RejectReason.STALE
        authors = self.members.with_head(head)
        if not authors:
            return RejectReason.ASKED_BY_STRANGER
        if epoch == self._named():
            self._hello.was_said_by_another(now_s)
        known = self.ring.find(epoch)
        if known is None and self._heard.is_worth_hello_back(epoch, head, now_s):
            self._hello.want(now_s)
        if self._is_of_use_to(known) and not self._ask_for(authors, epoch, hops, now_s):
            return RejectReason.TOO_MANY
        return None

    def on_keys(self, keys: Keys, node: NodeNumber, now_s: float) -> EpochKeyReceived | FrameRejected | None:
        """Take in a KEYS frame; return the key it brings this station, or why it brings none."""
        if keys.head == self._own[:HEAD_BYTES]:
            return FrameRejected(RejectReason.OWN, node)
        givers = self.members.with_head(keys.head)
        ours = [wrapped for head, wrapped in keys.wrapped if head == self._own[:HEAD_BYTES]]
        if not givers:
            if ours and self.ring.find(keys.epoch) is None:
                self.on_unopened(now_s)
            return FrameRejected(RejectReason.KEY_OF_STRANGER, node)
        self._leave_to_other(keys, now_s)
        if not ours:
            if len(self.members) > FEW_STATIONS:
                self._hello.keys_are_given(now_s)
            return None
        for giver in givers:
            for wrapped in ours:
                key = self._unwrapped(keys, giver, wrapped)
                if key is not None:
                    return self._taken_from(giver, key, node, now_s)
        return FrameRejected(RejectReason.KEY_NOT_OURS, node)

    def due(self, now_s: float) -> DoorWord | None:
        """Return what may be said now, a HELLO with the largest counter there is."""
        if self.change.next is not None:
            return self.change.next
        authors = self._giving.due(now_s)
        if authors and self.may_seal:
            hop_limit = min(self._giving.hops_of(authors), self._config.hop_limit)
            word = self._credentials_for(authors, hop_limit, now_s)
            word = word or next(iter(self._key_words(authors, Grade.REPAIR, hop_limit)), None)
            if word is not None:
                return word
            self._giving.drop(authors)
        hello_at = self._hello.due_at()
        if self._trust is not None and hello_at is not None and hello_at <= now_s:
            speaker = Speaker(self._own[:HEAD_BYTES], LARGEST_COUNTER)
            hello = Hello(speaker, self._named())
            return DoorWord(hello, FrameUse.HELLO, Grade.TALK, self._trust.door, self._config.hop_limit)
        return None

    def note_said(self, word: DoorWord, now_s: float) -> None:
        """Note that what `due` returned goes out."""
        if word is self.change.next:
            self.change.take()
            return
        if word.use is FrameUse.HELLO:
            self._hello.note_said(now_s)
            self._ask_if_mute(now_s)
            self._newcomer.introduce_again(self.members, word.hop_limit, now_s)
            self._newcomer.knock(self.members, now_s)
            return
        if word.entries:
            self._credentials.note_said(word, now_s)
            return
        self._giving.note_frame(now_s)
        for author in word.recipients:
            self._note_given(author, word.hop_limit, now_s)

    def offer_again(self, word: DoorWord, is_change: bool, now_s: float) -> None:
        """Say a word again that the node refused; `is_change`: it was said before anything else."""
        if is_change:
            self.change.put_back(word)
        elif word.use is FrameUse.HELLO:
            self._hello.say_again(now_s)
        else:
            self._giving.ask_again(word.recipients, word.hop_limit, now_s)

    def due_at(self) -> Sequence[tuple[float | None, Grade]]:
        """Return when something may be due, and how it stands with the governor."""
        if self.change.next is not None:
            return [(float("-inf"), self.change.next.grade)]
        giving_at = self._giving.due_at() if self.may_seal else None
        return [(giving_at, Grade.REPAIR), (self._hello.due_at(), Grade.TALK)]

    def note_members(self, box_keys: Mapping[AuthorId, bytes], now_s: float) -> None:
        """Take note of who counts now."""
        before, self.members = self.members, Members(self._own, box_keys)
        self._come |= self.members.come_since(before)
        if before.is_nobody_known and not self.members.is_nobody_known:
            self._hello.hurry(now_s)
        if not self.may_seal and not self._may_count():
            self._hello.settle()

    def _ask_if_mute(self, now_s: float) -> None:
        if self._trust is not None and not self.may_seal and self._may_count():
            self._hello.want(now_s)

    def _may_count(self) -> bool:
        """Say whether a key may be meant for us: who knows that it was taken out does not ask."""
        return self.members.is_own_known or self._newcomer.is_invite_unknown()

    def _giving_all_s(self) -> float:
        """Return how long whoever begins an epoch takes to give all members its key: ours is among them."""
        config = self._config
        if len(self.members) <= FEW_STATIONS:
            return 0.0
        frames = -(-len(self.members) // recipients_of_a_frame(config.max_frame_bytes))
        return frames * SPACING * config.timings.frame_s

    def _named(self) -> EpochId:
        return self.ring.current.id if self.ring.current else self._first_epoch

    def _is_of_use_to(self, named: EpochKey | None) -> bool:
        """Say whether the current key may be lacking to who named an epoch, None when its key is not here.

        Also where theirs may be the later one: they cannot open what is said here in ours.
        """
        return named is None or named != self.ring.current

    def _ask_for(self, authors: Sequence[AuthorId], epoch: EpochId, hops: int, now_s: float) -> bool:
        """Plan to give these the current key; say whether that is anything new."""
        current = self.ring.current
        if current is None:
            return True
        self._behind |= dict.fromkeys(authors, epoch)
        new = [author for author in authors if self._giving.ask(author, current.id, hops, now_s)]
        return bool(new)

    def _credentials_for(self, authors: Sequence[AuthorId], hop_limit: int, now_s: float) -> DoorWord | None:
        """Return what is told before the key to who may know nobody here, None when nothing is.

        Who came in since the key was changed did so by an older code; of others it shows when they were
        given the key in vain.
        """
        current = self.ring.current
        for author in authors:
            epoch = self.ring.find(self._behind[author]) if author in self._behind else None
            if epoch is None or current is None or epoch.id not in self.past.over:
                continue
            if author in self._come or self._giving.times(author, current.id) >= PUZZLED_AFTER:
                word = self._credentials.due(author, self.ring.seal_of(epoch), hop_limit, now_s)
                if word is not None:
                    return word
        return None

    def _note_given(self, author: AuthorId, hops: int, now_s: float) -> None:
        """Tell who was given the key which epochs began since: without these it may not seal with it."""
        current = self.ring.current
        if current is None:
            return
        self._giving.note_given(author, current.id, now_s)
        if author not in self._behind:
            return
        named = self._behind.pop(author)
        self.past.tell_begun(named, hops, now_s)
        if named != self._first_epoch:
            return
        # who may not seal cannot tell what it lacks; the others say it in a summary
        times = self._giving.times(author, current.id)
        if times > LOST_AFTER:
            self.past.tell_all(hops, now_s)
        elif times > PUZZLED_AFTER:
            self.past.tell_since(named, hops, now_s)

    def _leave_to_other(self, keys: Keys, now_s: float) -> None:
        current = self.ring.current
        if current is not None and keys.epoch == current.id:
            for head, _ in keys.wrapped:
                for author in self.members.with_head(head):
                    self._giving.was_given_by_another(author, keys.epoch, now_s)

    def _unwrapped(self, keys: Keys, giver: AuthorId, wrapped: bytes) -> EpochKey | None:
        if self._trust is None:
            return None
        box_key = self.members.box_key(giver)
        try:
            return self._trust.box.unwrap(keys.epoch, keys.number, giver, box_key, wrapped)
        except TrustError:
            return None

    def _taken_from(
        self, giver: AuthorId, key: EpochKey, node: NodeNumber, now_s: float
    ) -> EpochKeyReceived | FrameRejected | None:
        if key in self.ring.keys:
            return None
        if not self._taken.allows(giver, now_s):
            return FrameRejected(RejectReason.TOO_MANY, node)
        return EpochKeyReceived(key, giver)

    def _key_words(self, authors: Sequence[AuthorId], grade: Grade, hop_limit: int) -> Iterable[DoorWord]:
        current, trust = self.ring.current, self._trust
        if current is None or trust is None:
            return ()
        size = recipients_of_a_frame(self._config.max_frame_bytes)
        groups = [authors[start : start + size] for start in range(0, len(authors), size)]
        keys = current, trust.box, trust.door
        return key_words(groups, self.members, self._own, keys, (grade, hop_limit))


def with_counter(word: DoorWord, counters: Counters) -> DoorWord:
    """Return a HELLO as it goes out, with the next counter; other words as they are."""
    if not isinstance(word.frame, Hello):
        return word
    speaker = Speaker(word.frame.speaker.head, counters.take())
    return replace(word, frame=replace(word.frame, speaker=speaker))
