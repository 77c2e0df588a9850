"""A board as TC2-BBS-mesh keeps it: every post to every peer as direct texts, and nothing after that.

BENCHMARK.md, "--protocol tc2"; TC2-BBS-mesh, `message_processing.py` and `utils.py` (send_message,
send_bulletin_to_bbs_nodes), with a pause of 2.3 s where its own 2.0 s would be refused by the node.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from meshboard.domain.entries import PostPublished, SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.link import NodeNumber
from meshboard.sim.trial.founding import FoundedCircle
from meshboard.sim.trial.plain_node import PlainNode
from meshboard.sim.trial.record import Saying
from meshboard.sim.trial.trial_board import Observer, TrialBoard

PIECE_LETTERS = 200  # utils.py: max_payload_size
PAUSE_S = 2.3  # between two pieces; the firmware takes one text in 2.0 s
NAME = "V001"  # a short name has four letters
BOARD = "General"
SUBJECT_LETTERS = 10


@dataclass(frozen=True, slots=True)
class _Piece:
    """One text of a post's."""

    text: bytes
    post: SignedEntry
    place: int
    of: int


class Tc2Board(TrialBoard):
    """One board of the incumbent's kind; it waits for no acknowledgement, as the firmware repeats."""

    def __init__(
        self, index: int, node: PlainNode, membership: FoundedCircle, seed: int, observer: Observer
    ) -> None:
        super().__init__(index, node, membership, seed, observer)
        self._peers: Sequence[Tc2Board] = ()
        self._waiting: deque[tuple[Tc2Board, _Piece]] = deque()
        self._is_pausing = False
        self._said: dict[bytes, _Piece] = {}
        self._arrived: dict[EntryId, set[int]] = defaultdict(set)
        node.on_text = self._take

    def know(self, boards: Sequence["Tc2Board"]) -> None:
        """Take the boards to send to, as its config.ini names them."""
        self._peers = [board for board in boards if board is not self]

    def begin(self) -> None:
        """Wait for posts."""

    def end(self) -> None:
        """Forget what was still to be sent."""
        self._waiting.clear()

    def announce(self, signed: SignedEntry) -> None:
        """Send a post to one peer after the other."""
        if not isinstance(signed.entry.fact, PostPublished):
            return
        texts = list(
            pieces_of(signed.entry.fact.content.text, UUID(bytes=self.chance.randbytes(16), version=4))
        )
        pieces = [_Piece(text, signed, place, len(texts)) for place, text in enumerate(texts)]
        self._said |= {piece.text: piece for piece in pieces}
        self._waiting.extend((peer, piece) for peer in self._peers for piece in pieces)
        self._send_next()

    def went_back(self, at_s: float) -> None:
        """Have nothing else that would have to go back."""

    def _send_next(self) -> None:
        if self._is_pausing or not self._waiting:
            return
        peer, piece = self._waiting.popleft()
        if self.node.fits(piece.text):
            air_bytes = self.node.text_frame_bytes(piece.text)
            ids = (piece.post.entry.id,)
            self.observer.said_frame(self.index, Saying("post", len(piece.text), air_bytes, ids))
            self.node.text(peer.node, piece.text)
        self._is_pausing = True
        self.node.mesh.schedule(PAUSE_S, self._pause_is_over)

    def _pause_is_over(self) -> None:
        self._is_pausing = False
        self._send_next()

    def _take(self, text: bytes, sender: NodeNumber) -> None:
        by = next((peer for peer in self._peers if peer.node.number == sender), None)
        piece = by._said.get(text) if by is not None else None
        if piece is None or not self.is_up:
            return
        arrived = self._arrived[piece.post.entry.id]
        arrived.add(piece.place)
        if len(arrived) == piece.of:
            self.observer.stored(self.index, self.hold([piece.post]), self.now_s)


def pieces_of(text: str, uuid: UUID) -> Iterator[bytes]:
    """Yield the message about a post, cut as TC2-BBS-mesh cuts it: by letters, without regard to bytes."""
    message = "|".join(("BULLETIN", BOARD, NAME, text[:SUBJECT_LETTERS], text, str(uuid)))
    for begins in range(0, len(message), PIECE_LETTERS):
        yield message[begins : begins + PIECE_LETTERS].encode()
