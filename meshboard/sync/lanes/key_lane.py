"""Keys: the circle's door, what is heard and said about one's own key and others'.

Former members have the door's key and the keys of past epochs, so all that is answered here is bounded by
the hour, whoever asks in whose name (docs/protocol.md, section 10).
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.figures import KEYS_PATIENCE
from meshboard.link import NodeNumber
from meshboard.sync.air.governor import Grade
from meshboard.sync.air.held import Due
from meshboard.sync.air.unsaid import Handed
from meshboard.sync.entries.repair import Repairs
from meshboard.sync.events import EpochKeyReceived, FrameRejected, FrameUse, RejectReason
from meshboard.sync.keys.epoch_change import DoorWord, EpochChange, farewell_words
from meshboard.sync.keys.hello import HellosHeard
from meshboard.sync.keys.others_keys import OthersKeys
from meshboard.sync.keys.own_key import OwnKey, with_counter
from meshboard.sync.keys.past_epochs import PastEpochs
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.findings import Finding
from meshboard.sync.lanes.lane import Turn
from meshboard.sync.lanes.voice import Voice
from meshboard.sync.setup import EngineSetup
from meshboard.trust.key_ring import EpochKey, KeyRing
from meshboard.wire.frames import Hello, Keys


class KeyLane:
    """Says HELLO, and gives keys."""

    patience: ClassVar[int] = KEYS_PATIENCE

    def __init__(
        self, setup: EngineSetup, voice: Voice, repairs: Repairs, past: PastEpochs, now_s: float
    ) -> None:
        self._head = setup.head
        self._config = setup.config
        self._voice = voice
        self._air = voice.air
        self._epochs = voice.epochs
        self._change = EpochChange()
        self._heard = HellosHeard()
        self._others_keys = OthersKeys(setup, voice.epochs, past)
        self._own_key = OwnKey(setup, voice.epochs, repairs, now_s)

    @property
    def is_changing(self) -> bool:
        """Say whether something is still to be said before the new key seals anything."""
        return self._change.next is not None

    @property
    def is_asking(self) -> bool:
        """Say whether a key seems to be lacking here: then others help by what is told in full."""
        return self._own_key.is_asking

    def dues(self, turn: Turn) -> Sequence[Due]:
        """Return when keys or a HELLO may be due: what a change of keys begins with, before all else."""
        if self._change.next is not None:
            first = self._change.next
            return [_due(float("-inf"), turn.grade(first.grade))]
        planned = (self._others_keys.due_at(), Grade.REPAIR), (self._own_key.due_at(), Grade.TALK)
        return [_due(due_at, turn.grade(grade)) for due_at, grade in planned if due_at is not None]

    def next_frame(self, turn: Turn) -> Handed | None:
        """Return a frame of keys, or of what goes before them, or a HELLO."""
        now_s = turn.now_s
        change = self._change.next
        word = change or self._others_keys.due(now_s) or self._own_key.due(now_s)
        if word is None or not self._air.may_say(word.frame, turn.grade(word.grade), now_s):
            return None
        self._note_said(word, now_s)
        frame = self._voice.sealed(
            with_counter(word, self._voice.counters).frame,
            word.use,
            word.hop_limit,
            word.entries,
            seal=word.seal,
            is_urgent=word.grade is Grade.CRITICAL,
        )
        is_change = word is change
        return Handed(frame, lambda at: self._offer_again(word, is_change, at))

    def _note_said(self, word: DoorWord, now_s: float) -> None:
        if word is self._change.next:
            self._change.take()
        elif word.use is FrameUse.HELLO:
            self._own_key.note_said(word.hop_limit, now_s)
        else:
            self._others_keys.note_said(word, now_s)

    def _offer_again(self, word: DoorWord, is_change: bool, now_s: float) -> None:
        """Say a word again that the node refused; `is_change`: it was said before anything else."""
        if is_change:
            self._change.put_back(word)
        elif word.use is FrameUse.HELLO:
            self._own_key.say_again(now_s)
        else:
            self._others_keys.say_again(word, now_s)

    def take(self, finding: Finding, now_s: float) -> None:
        """Help who is in an epoch that is over; ask where one that is not known here was heard."""
        match finding:
            case findings.SpokeBehind(head=head, epoch=epoch):
                authors = self._epochs.with_head(head)
                self._others_keys.ask_for(authors, epoch.id, finding.hops, now_s)
            case findings.LacksBehind():
                self._others_keys.on_lacking_behind(
                    finding.head, finding.lacking, finding.hops, now_s, is_whole=finding.is_whole
                )
            case findings.Unopened():
                self._own_key.on_unopened(now_s)
            case findings.LinkCameUp():
                self._own_key.ask_anew(now_s)
            case _:
                pass

    def change_keys(
        self, ring: KeyRing, recipients: Sequence[AuthorId], farewell: Sequence[SignedEntry], now_s: float
    ) -> Sequence[SignedEntry]:
        """Go on with another ring, the farewell and the recipients' keys first; return what is so said.

        A farewell whose epoch before is not known here cannot be said to those who are still in it.
        """
        before, hop_limit = self._epochs.ring, self._config.hop_limit
        if ring.current != before.current:
            self._others_keys.forget()
        if ring.keys != before.keys:
            self._own_key.settle()
        self._epochs.change_ring(ring, now_s)
        first = list(farewell_words(farewell, ring, self._config.max_frame_bytes, hop_limit))
        self._change.begin(first, self._others_keys.key_words(recipients, Grade.CRITICAL, hop_limit))
        self._own_key.ask_after_change(now_s)
        return [signed for word in first for signed in word.entries]

    def on_hello(self, hello: Hello, hops: int, now_s: float) -> RejectReason | None:
        """Take in a HELLO; return why it changes nothing, None when it may."""
        speaker, epoch = hello.speaker, hello.epoch
        head = speaker.head
        if head == self._head:
            return RejectReason.OWN
        if self._heard.is_repeated(head, speaker.counter):
            return RejectReason.STALE
        authors = self._epochs.with_head(head)
        if not authors:
            return RejectReason.ASKED_BY_STRANGER
        if epoch == self._epochs.named:
            self._own_key.was_asked_for_by_another(now_s)
        known = self._epochs.find(epoch)
        if known is None and self._heard.is_worth_hello_back(epoch, head, now_s):
            self._own_key.on_unknown_epoch(now_s)
        if self._is_of_use_to(known) and not self._others_keys.ask_for(authors, epoch, hops, now_s):
            return RejectReason.TOO_MANY
        return None

    def _is_of_use_to(self, named: EpochKey | None) -> bool:
        """Say whether the current key may be lacking to who named an epoch, None when its key is not here.

        Also where theirs may be the later one: they cannot open what is said here in ours.
        """
        return named is None or named != self._epochs.current

    def on_keys(self, keys: Keys, node: NodeNumber, now_s: float) -> EpochKeyReceived | FrameRejected | None:
        """Take in a KEYS frame; return the key it brings this station, or why it brings none."""
        if keys.head == self._head:
            return FrameRejected(RejectReason.OWN, node)
        givers = self._epochs.with_head(keys.head)
        if givers:
            self._others_keys.leave_to_other(keys, now_s)
        return self._own_key.on_keys(keys, givers, node, now_s)

    def note_members(self, box_keys: Mapping[AuthorId, bytes], now_s: float) -> None:
        """Take note of who counts now."""
        was_nobody_known = self._epochs.is_nobody_known
        self._others_keys.note_come(self._epochs.change_members(box_keys))
        self._own_key.note_members(now_s, was_nobody_known=was_nobody_known)


def _due(due_at: float, grade: Grade) -> Due:
    return Due("keys and hellos", 1, due_at, grade)
