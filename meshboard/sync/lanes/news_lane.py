"""News: what this station wrote and did not say yet."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.figures import NEWS_PATIENCE
from meshboard.sync.air.governor import Grade
from meshboard.sync.air.held import Due
from meshboard.sync.air.unsaid import Handed
from meshboard.sync.entries.outbox import Outbox, Priority, RepairQueue
from meshboard.sync.events import FrameUse
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.entry_frames import EntryFrames
from meshboard.sync.lanes.findings import Finding
from meshboard.sync.lanes.lane import Turn

NEWS_WORDS: Mapping[Priority, str] = {
    Priority.KEY: "introductions",
    Priority.CRITICAL: "critical posts",
    Priority.CIRCLE: "facts about the circle",
    Priority.CLAIM: "claims",
    Priority.POST: "posts",
    Priority.OTHER: "notes and flags",
}


class NewsLane:
    """Says new entries of our own, after their rest."""

    patience: ClassVar[int] = NEWS_PATIENCE

    def __init__(self, outbox: Outbox, queue: RepairQueue, frames: EntryFrames) -> None:
        self._outbox = outbox
        self._queue = queue
        self._frames = frames
        self._recent = frames.recent
        self._said_apart: set[EntryId] = set()

    def announce(self, signed: SignedEntry, now_s: float) -> None:
        """Take a new entry of our own, unless it goes out with a change of keys."""
        if signed.entry.id not in self._said_apart:
            self._outbox.add(signed, now_s)

    def leave_apart(self, entry_id: EntryId) -> None:
        """Note that an entry goes out with a change of keys, announced or not."""
        self._said_apart.add(entry_id)
        self._outbox.discard(entry_id)

    def dues(self, _turn: Turn) -> Sequence[Due]:
        """Return what waits, class by class."""
        return [
            Due(NEWS_WORDS[kind], count, at, Grade.CRITICAL if kind is Priority.CRITICAL else Grade.NEWS)
            for kind, (count, at) in self._outbox.classes().items()
        ]

    def too_long(self) -> int:
        """Return how many entries were to be said and fit no frame."""
        return len(self._frames.too_long)

    def next_frame(self, turn: Turn) -> Handed | None:
        """Return a frame with new entries that are due and repairs that go along."""
        news = self._outbox.due(turn.now_s)
        allowed = self._frames.allowed(news, Grade.NEWS, turn.now_s)
        if not self._frames.among(news, allowed):
            return None
        going = self._frames.among([*news, *self._queue.waiting()], allowed)
        return self._frames.say(going, FrameUse.NEWS, Grade.NEWS, turn.now_s)

    def take(self, finding: Finding, now_s: float) -> None:
        """Leave out what another said; let others' news go along for a while."""
        match finding:
            case findings.SaidByOther(ids=ids):
                for entry_id in ids:
                    self._outbox.discard(entry_id)
                self._frames.note_said(ids)
            case findings.Came(new=new, is_news=True):
                for signed in new:
                    self._recent.note_news(signed, now_s)
            case _:
                pass
