"""One run of a scenario: everything is put together here, and time passes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from meshboard.domain.entries import LogId, PostPublished, SignedEntry, Stamp
from meshboard.domain.ids import AuthorId
from meshboard.domain.people import Actor
from meshboard.figures import DAY_S, HOUR_S
from meshboard.sim.corpus import own_corpus, read_corpus
from meshboard.sim.lora_frame import AirFrame
from meshboard.sim.mesh import Mesh
from meshboard.sim.scenario import Scenario
from meshboard.sim.scenario_tables import EventTable, PreloadTable
from meshboard.sim.trial.bound import Genie
from meshboard.sim.trial.founding import FoundedCircle, found_circle, past_seed
from meshboard.sim.trial.machine_clock import STARTS_AT_S
from meshboard.sim.trial.plain_node import PlainNode
from meshboard.sim.trial.record import Record
from meshboard.sim.trial.station import SimStation
from meshboard.sim.trial.tc2 import Tc2Board
from meshboard.sim.trial.traffic import CorpusReader, People
from meshboard.sim.trial.trial_board import TrialBoard
from meshboard.sync.air.budget import REGION_DUTY_SHARE
from meshboard.sync.air.time_on_air import PRESETS
from meshboard.trust.identity import AuthorKey
from meshboard.wire.entry_bytes import Draft, link_after, sign_entry
from meshboard.wire.salts import SALT_KEY_BYTES, latest_salt_key

MESHBOARD = "meshboard"
TC2 = "tc2"
"""What boards may speak."""
Progress = Callable[[float], None]
"""Is told the share of a run that has passed, 0.0 to 1.0."""
OLD_AGO_S = 90 * DAY_S  # when old preloaded posts were written: their lifetimes are long over
RECENT_S = (
    HOUR_S  # how long before the start the other preloaded posts began: the shortest post lives two hours
)
STEP_S = 60.0  # of virtual time between two words about progress
MAX_START_S = 5.0  # stations start within so many seconds of each other


@dataclass(frozen=True, slots=True)
class Run:
    """A trial that is over."""

    scenario: Scenario
    record: Record
    mesh: Mesh
    boards: Sequence[TrialBoard]
    genies: Sequence[Genie]
    circle_of: Mapping[int, int]
    protocol: str
    seed: int

    @property
    def present(self) -> Sequence[TrialBoard]:
        """The boards that are there at the end."""
        return [board for board in self.boards if board.index in self.record.present]


class Trial:
    """Stations and people on a mesh, from a scenario file."""

    def __init__(
        self, scenario: Scenario, folder: Path, seed: int | None = None, protocol: str = MESHBOARD
    ) -> None:
        """Set everything up; `folder` is where the corpus's path begins. Raises ConfigError."""
        self._protocol = protocol
        self._scenario = scenario
        self._seed = scenario.seed if seed is None else seed
        preset = PRESETS[scenario.preset]
        self._mesh = Mesh(
            scenario.nodes, scenario.who_hears_whom(), preset, loss=scenario.loss, seed=self._seed
        )
        self._chance = Random(f"{self._seed}/past")  # noqa: S311 -- a simulation must repeat from its seed
        circles = scenario.circles or (scenario.with_station,)
        self._circle_of = {node: number for number, circle in enumerate(circles) for node in circle}
        self._genies = [Genie(self._mesh, preset, scenario.hop_limit) for _ in circles]
        self._record = Record(preset, self._circle_of, self._genies)
        self._memberships = [
            found_circle(scenario, self._seed, number, sorted(circle))
            for number, circle in enumerate(circles)
        ]
        self._nodes = [self._node(index) for index in range(scenario.nodes)]
        self._boards = {node: self._board(node) for node in sorted(self._circle_of)}
        corpus = read_corpus(folder / scenario.corpus) if scenario.corpus else own_corpus()
        self._corpus = CorpusReader(corpus, self._seed)
        self._past: dict[AuthorId, SignedEntry] = {}
        self._introduce()
        for place, table in enumerate(scenario.preload):
            self._preload(place, table)
        people = People(self._mesh, list(self._boards.values()), self._corpus, self._seed)
        for place, traffic in enumerate(scenario.traffic):
            if traffic.kind == "posts" or protocol == MESHBOARD:  # TC2 boards know nothing of claims
                people.plan(place, traffic, scenario.hours)
        for event in scenario.event:
            self._mesh.schedule(event.at_h * HOUR_S, partial(self._happen, event))
        self._begin()

    def run(self, progress: Progress | None = None) -> Run:
        """Let the scenario's hours pass."""
        ends_s = self._scenario.hours * HOUR_S
        now_s = 0.0
        while now_s < ends_s:
            now_s = min(now_s + STEP_S, ends_s)
            self._mesh.advance(now_s)
            if progress is not None:
                progress(now_s / ends_s)
        boards = list(self._boards.values())
        return Run(
            self._scenario,
            self._record,
            self._mesh,
            boards,
            self._genies,
            self._circle_of,
            self._protocol,
            self._seed,
        )

    def _node(self, index: int) -> PlainNode:
        scenario = self._scenario
        node = PlainNode(index, self._mesh, signs=scenario.firmware == "2.8", hop_limit=scenario.hop_limit)
        node.reads_all = index not in self._circle_of and index not in scenario.strangers

        def sent(frame: AirFrame) -> None:
            self._record.transmitted(index, frame, self._mesh.now, is_own=frame.origin == node.number)

        node.radio.on_sent = sent
        node.radio.duty_limit = REGION_DUTY_SHARE.get(scenario.region, 1.0)
        return node

    def _board(self, node: int) -> TrialBoard:
        kind = SimStation if self._protocol == MESHBOARD else Tc2Board
        membership = self._memberships[self._circle_of[node]]
        return kind(node, self._nodes[node], membership, self._seed, self._record)

    def _introduce(self) -> None:
        """Let the boards of a circle have met before; all hold what the circle began with."""
        for node, board in self._boards.items():
            circle = self._circle_of[node]
            if isinstance(board, Tc2Board):
                peers = [self._boards[peer] for peer in self._of_circle(circle)]
                board.know([peer for peer in peers if isinstance(peer, Tc2Board)])
            self._genies[circle].knows(node, self._memberships[circle].founding)

    def _of_circle(self, circle: int) -> Sequence[int]:
        return [node for node in sorted(self._circle_of) if self._circle_of[node] == circle]

    def _preload(self, place: int, table: PreloadTable) -> None:
        if not table.holders:
            return
        circle = self._circle_of[table.holders[0]]  # theirs all: the scenario was checked
        entries = [
            self._past_entry(place, table, number, self._memberships[circle]) for number in range(table.count)
        ]
        for number, signed in enumerate(entries):
            self._record.existed(signed, circle, is_old=number < table.old)
        for node in table.holders:
            self._boards[node].hold(entries)
            self._genies[circle].knows(node, entries[table.old :])

    def _past_entry(
        self, place: int, table: PreloadTable, number: int, membership: FoundedCircle
    ) -> SignedEntry:
        """Return a post from before the start; authors take turns, the oldest come first."""
        content = self._corpus.take()
        key = AuthorKey(past_seed(self._seed, place, number % table.authors))
        stamp = Stamp(number + 2, STARTS_AT_S - self._past_s(table, number))
        before, drawn = self._past.get(key.author), self._chance.randbytes(SALT_KEY_BYTES)
        before = before or membership.last_of(key.author)
        place = before.entry.number + 1
        draft = Draft(
            membership.circle.id,
            LogId(key.author),
            place,
            stamp,
            Actor.member(key.author),
            PostPublished(content),
            link=link_after(before),
            salt_key=latest_salt_key([(place - 1, before.salt_key)], place) or drawn,
        )
        self._past[key.author] = sign_entry(draft, key)
        return self._past[key.author]

    def _past_s(self, table: PreloadTable, number: int) -> int:
        """Return how many seconds before the start an entry was written; what is not old came one by one."""
        if number < table.old:
            return OLD_AGO_S
        share = (number - table.old + self._chance.random()) / (table.count - table.old)
        return int((1 - share) * RECENT_S)

    def _begin(self) -> None:
        """Switch on what is there at the start: who leaves at once, or comes first of all, is not."""
        first: dict[int, EventTable] = {}
        for event in sorted(self._scenario.event, key=lambda event: event.at_h):
            if event.station is not None and event.type in ("join", "leave"):
                first.setdefault(event.station, event)
        for node, board in self._boards.items():
            if node in first and (first[node].type == "join" or first[node].at_h == 0.0):
                self._mesh.switch(node, on=False)
                continue
            self._record.begins(node, board)
            self._mesh.schedule(self._chance.uniform(0.0, MAX_START_S), partial(self._start, board))
        self._record.met(self._mesh.now)
        self._mesh.schedule(MAX_START_S, self._record.began)

    def _start(self, board: TrialBoard) -> None:
        if board.index in self._record.present:
            board.start()

    def _happen(self, event: EventTable) -> None:
        board = None if event.station is None else self._boards[event.station]
        match event.type:
            case "partition":
                self._mesh.partition(event.groups)
            case "heal":
                self._mesh.heal()
                for node in self._record.present:
                    self._reachable(node)
            case "clock" if board is not None:
                board.machine_clock.off_s += event.offset_s
            case "join" if board is not None:
                self._join(board)
            case "leave" | "crash" | "restore" if board is not None and board.index in self._record.present:
                self._lose(board, event)
            case _:
                pass  # nobody is there that could leave or crash
        self._record.met(self._mesh.now)

    def _join(self, board: TrialBoard) -> None:
        if board.index in self._record.present:
            return
        self._mesh.switch(board.index, on=True)
        self._record.present[board.index] = board
        board.start()
        self._reachable(board.index)

    def _lose(self, board: TrialBoard, event: EventTable) -> None:
        if event.type == "leave":
            board.stop()
            self._mesh.switch(board.index, on=False)
            del self._record.present[board.index]
            return
        age_s = event.age_h * HOUR_S if event.type == "restore" else None
        board.crash(lambda: self._back(board), age_s=age_s)
        if age_s is not None:
            self._record.went_back(board.index, board.ids)

    def _back(self, board: TrialBoard) -> None:
        self._reachable(board.index)
        self._record.met(self._mesh.now)

    def _reachable(self, node: int) -> None:
        self._record.reachable_s[node].append(self._mesh.now)
