"""Two commands at once, at any two moments: the board opens afterwards, and whoever lost is told so.

One runs in a process of its own and is stopped before each of its steps; the other runs here meanwhile.
"""

import asyncio
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from meshboard.errors import MeshboardError, TrustError
from meshboard.station.home.host import Host
from meshboard.station.vault.backups import back_up, restore
from meshboard.station.vault.locks import Protect
from meshboard.station.vault.protecting import protect_home, unprotect_home
from meshboard.station.vault.vault import BeforeStep
from meshboard.station.vault.wiping import wipe
from meshboard.trust.secret import Secret
from tests.support.stations.protected import CIRCLE, HANDLE, TEXT, host_of, new_home, post_need, texts, words

OLD_LEDGER = Path(__file__).parents[1] / "ledger" / "files" / "version-5-founded.db"
OTHER, MORE = "seven winters of bread", "soup for the night shift"
AT_ONCE_S, PATIENCE_S = 0.0, 40.0
NOTHING_DONE = (
    "Another meshboard is at work on this board's files just now",
    "Another meshboard changed just now how this board is locked",
    "Another meshboard has this board open",
    "This folder has a board already",
    "was wiped",
    "There is no board in",
    "There is no circle on this machine yet",
)
KEPT = {"ledger.sqlite", "ledger.sqlite.tally", "ledger.key", "config.toml", "files.lock", "station.lock"}


@dataclass(frozen=True, slots=True)
class Scene:
    """A home that two commands meet in, and what they need beside it."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def host(self, before: BeforeStep, wait_s: float) -> Host:
        """Return a host of the home as whoever knows its first passphrase has it."""
        host = host_of(self.home, before, wait_s)
        if host.is_locked:
            host.unlock(words())
        return host


Act = Callable[[Scene, BeforeStep, float], None]


def _set_passphrase(scene: Scene, before: BeforeStep, wait_s: float) -> None:
    host = scene.host(before, wait_s)
    assert host.is_ready
    protect_home(host.vault, Protect(passphrase=Secret.of_text(OTHER)))


def _use_key_file(scene: Scene, before: BeforeStep, wait_s: float) -> None:
    host = scene.host(before, wait_s)
    assert host.is_ready
    protect_home(host.vault, Protect(key_file=scene.folder / "stick.key"))


def _remove(scene: Scene, before: BeforeStep, wait_s: float) -> None:
    unprotect_home(scene.host(before, wait_s).vault)


def _back_up(scene: Scene, before: BeforeStep, wait_s: float) -> None:
    back_up(scene.host(before, wait_s).vault, scene.home / f"backup-{os.getpid()}", words())


def _restore(scene: Scene, before: BeforeStep, wait_s: float) -> None:
    restore(host_of(scene.home, before, wait_s).vault, scene.folder / "backup", words())


def _begin(scene: Scene, before: BeforeStep, wait_s: float) -> None:
    _begun(host_of(scene.home, before, wait_s), None)


def _begin_encrypted(scene: Scene, before: BeforeStep, wait_s: float) -> None:
    _begun(host_of(scene.home, before, wait_s), Protect(passphrase=words()))


def _begun(host: Host, protect: Protect | None) -> None:
    host.vault.refuse_if_there_is_one()  # else it would be another circle beside the first
    host.begin(HANDLE, new_circle=CIRCLE, protect=protect)


def _wipe(scene: Scene, before: BeforeStep, wait_s: float) -> None:
    wipe(scene.home, before, wait_s)


def _post(scene: Scene, before: BeforeStep, wait_s: float) -> None:
    with closing(scene.host(before, wait_s)) as host:
        board = host.open()
        before("opened")
        post_need(board, MORE)


def _open(scene: Scene, before: BeforeStep, wait_s: float) -> None:
    scene.host(before, wait_s).vault.open_ledger(checked=False).close()


def _station(scene: Scene, before: BeforeStep, wait_s: float) -> None:
    async def run() -> None:
        host = scene.host(before, wait_s)
        try:
            await host.start()
            before("running")
        finally:
            await host.stop()

    asyncio.run(run())


CHANGES = (_set_passphrase, _use_key_file, _remove)
ON_A_BOARD: dict[str, tuple[Act, ...]] = {
    "none": (_set_passphrase, _back_up, _post, _wipe),
    "words": (_set_passphrase, _use_key_file, _remove, _back_up, _post, _station, _wipe),
    "old": (_open, _set_passphrase, _wipe),
    "nothing": (_begin, _begin_encrypted, _restore, _post, _wipe),
}
EVERY = [(kind, act) for kind, acts in ON_A_BOARD.items() for act in acts]


@dataclass(slots=True)
class Stopped:
    """A command in a process of its own, stopped before one of its steps."""

    child: int
    said: int
    go: int
    ended: str | None = None
    """What became of it, None = it has not come to its end."""

    def go_on(self) -> str:
        """Let it come to its end; return the sentence it ended with, empty = it succeeded."""
        if self.ended is None:
            os.write(self.go, b".")
            self.hear()
        assert self.ended is not None
        return self.ended

    def goes_on_before(self, step: str) -> BeforeStep:
        """Return what lets it come to its end before another command's step."""

        def before(taken: str) -> None:
            if taken == step:
                self.go_on()

        return before

    def kill(self) -> None:
        """End it as a power cut would."""
        os.kill(self.child, signal.SIGKILL)
        os.waitid(os.P_PID, self.child, os.WEXITED | os.WNOWAIT)

    def hear(self) -> None:
        """Wait until it stops or ends."""
        first = os.read(self.said, 1)
        if first != b"@":
            self.ended = (first + _all_of(self.said)).decode().removesuffix("\n")


def _all_of(number: int) -> bytes:
    found = b""
    while more := os.read(number, 4096):
        found += more
    return found


@contextmanager
def stopped(act: Act, scene: Scene, at: int) -> Iterator[Stopped]:
    """Run a command in a child process up to its step number `at`, or to its end if that comes first."""
    heard, said = os.pipe()
    waited, go = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        os.close(go)
        _play(act, scene, at, said, waited)
    os.close(said)
    os.close(waited)
    running = Stopped(child, heard, go)
    try:
        running.hear()
        yield running
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(heard)
        os.close(go)


def _play(act: Act, scene: Scene, at: int, said: int, waited: int) -> None:
    taken = 0

    def before(_step: str) -> None:
        nonlocal taken
        if taken == at:
            os.write(said, b"@")
            os.read(waited, 1)
        taken += 1

    try:
        outcome = done(act, scene, before)
    except BaseException as error:  # noqa: BLE001 -- the parent's assertion shows it
        outcome = f"not explained: {error!r}"
    os.write(said, outcome.encode() + b"\n")
    os._exit(0)


def done(act: Act, scene: Scene, before: BeforeStep = lambda _step: None, wait_s: float = AT_ONCE_S) -> str:
    """Run a command; return the sentence it ended with, empty = it succeeded."""
    try:
        act(scene, before, wait_s)
    except MeshboardError as error:
        return str(error)
    return ""


@dataclass(slots=True)
class Stage:
    """Makes scenes: copies of homes that were made once."""

    folder: Path
    count: int = 0
    scenes: dict[str, Path] = field(default_factory=dict)

    @contextmanager
    def scene(self, kind: str) -> Iterator[Scene]:
        """Give a fresh scene: `none` and `words` have a board, `old` one to be migrated, `nothing` none."""
        if kind not in self.scenes:
            self.scenes[kind] = self.folder / kind
            _furnish(self.folder / kind, kind)
        self.count += 1
        copy = self.folder / f"scene-{self.count}"
        shutil.copytree(self.scenes[kind], copy)
        yield Scene(copy)
        shutil.rmtree(copy)


def _furnish(folder: Path, kind: str) -> None:
    folder.mkdir()
    match kind:
        case "old":
            (folder / "home").mkdir()
            shutil.copy(OLD_LEDGER, folder / "home" / "ledger.sqlite")
        case "nothing":
            new_home(folder / "source", Protect(passphrase=words()))
            back_up(_unlocked(folder / "source").vault, folder / "backup")
            shutil.rmtree(folder / "source")
        case _:
            new_home(folder / "home", Protect(passphrase=words()) if kind == "words" else None)


def _unlocked(home: Path, wait_s: float = PATIENCE_S) -> Host:
    """Return a host that opens the home whichever of the known ways it is protected."""
    host = host_of(home, wait_s=wait_s)
    for typed in (words(), Secret.of_text(OTHER)):
        with suppress(TrustError):
            host.unlock(typed)
    return host


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Yield a stage in memory where the system has a place for that: a disk would be waited for."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Stage(Path(folder))


def assert_sound(scene: Scene, kind: str, ended: Sequence[tuple[Act, str]]) -> None:
    """Fail unless the board is as those who succeeded, in this order, left it, and the others were told."""
    succeeded = [act for act, sentence in ended if not sentence]
    for act, sentence in ended:
        assert not sentence or any(one in sentence for one in NOTHING_DONE), (act.__name__, sentence)
    if _wipe in succeeded:
        assert_nothing_in(scene.home)
        return
    changed = [act for act in succeeded if act in CHANGES]
    made = [act for act in succeeded if act in (_begin, _begin_encrypted, _restore)]
    assert len(changed) <= 1
    assert len(made) <= 1
    if kind == "nothing" and not made:
        assert_nothing_in(scene.home)
        return
    _assert_opens(scene, kind, changed, made)
    if kind != "old":
        wanted = [MORE] * succeeded.count(_post) + [TEXT] * (not made or made == [_restore])
        assert sorted(wanted) == sorted(texts(_unlocked(scene.home)))
    left = {path.name.partition(".version-")[0].partition(".aside-")[0] for path in scene.home.iterdir()}
    assert {name for name in left if not name.startswith("backup-")} <= KEPT, left


def assert_nothing_in(home: Path) -> None:
    """Fail when there is anything in a home."""
    assert not home.exists() or not list(home.iterdir())


def _assert_opens(scene: Scene, kind: str, changed: Sequence[Act], made: Sequence[Act]) -> None:
    """Fail unless the board opens in the way of whoever said success, and in no other."""
    host = host_of(scene.home)
    words_now = "" if kind in ("none", "old") or made == [_begin] else words().reveal().decode()
    if changed:
        words_now = OTHER if changed == [_set_passphrase] else ""
    assert host.is_locked == bool(words_now)
    if words_now:
        host.unlock(Secret.of_text(words_now))
    host.vault.open_ledger(checked=True).close()


@pytest.mark.parametrize(("kind", "first"), EVERY, ids=lambda one: getattr(one, "__name__", one))
def test_two_commands_at_any_two_moments_end_with_a_board_that_opens(
    stage: Stage, kind: str, first: Act
) -> None:
    """A second that is refused changed nothing, so the next one meets the first at the same moment."""
    at, moments = 0, True
    while moments:
        waiting = list(ON_A_BOARD[kind])
        while waiting:
            with stage.scene(kind) as scene, stopped(first, scene, at) as running:
                moments = running.ended is None
                ended = list[tuple[Act, str]]()
                while waiting and not ended:
                    second = waiting.pop()
                    sentence = done(second, scene)
                    if sentence and moments:
                        assert any(one in sentence for one in NOTHING_DONE), sentence
                    else:
                        ended = [(second, sentence)]
                assert_sound(scene, kind, [*ended, (first, running.go_on())])
            if not moments:
                break
        at += 1


WIPE_STEPS = ("mark", "others", "config.toml")


@pytest.mark.parametrize(("kind", "first"), EVERY, ids=lambda one: getattr(one, "__name__", one))
def test_a_wipe_wins_whatever_is_under_way_and_goes_on_during_it(stage: Stage, kind: str, first: Act) -> None:
    at, moments = 0, True
    while moments:
        for during in WIPE_STEPS:
            with stage.scene(kind) as scene, stopped(first, scene, at) as running:
                moments = running.ended is None
                sentence = done(_wipe, scene, running.goes_on_before(during))
                assert_sound(scene, kind, [(_wipe, sentence), (first, running.go_on())])
            if not moments:
                break
        at += 1


@pytest.mark.parametrize(("kind", "first"), EVERY, ids=lambda one: getattr(one, "__name__", one))
def test_a_kill_at_any_step_lets_the_one_who_waits_open_the_board(
    stage: Stage, kind: str, first: Act
) -> None:
    at, moments = 0, True
    while moments:
        with stage.scene(kind) as scene, stopped(first, scene, at) as running:
            moments = running.ended is None
            killing = threading.Timer(0.02, running.kill)
            killing.start()
            sentence = done(_wait_and_open, scene, wait_s=PATIENCE_S)
            killing.join()
            if sentence:
                assert first is _wipe or kind == "nothing"
                _assert_can_be_begun_anew(scene, sentence)
            else:
                _assert_nothing_is_left_over(scene, kind)
        at += 1


def _wait_and_open(scene: Scene, _before: BeforeStep, wait_s: float) -> None:
    """Open the home whichever of the known ways it is protected."""
    _unlocked(scene.home, wait_s).vault.open_ledger(checked=True).close()


def _assert_nothing_is_left_over(scene: Scene, kind: str) -> None:
    held = texts(_unlocked(scene.home))
    assert kind == "old" or held in ([], [TEXT], [TEXT, MORE], [MORE, TEXT])
    left = {path.name for path in scene.home.iterdir() if not path.name.startswith("backup-")}
    assert left <= {*KEPT, "ledger.key.aside-1", "ledger.sqlite.version-5"}


def _assert_can_be_begun_anew(scene: Scene, sentence: str) -> None:
    """Fail unless what was cut off is said, and nothing of it is in the way of a new board."""
    assert any(one in sentence for one in (*NOTHING_DONE, "There is no ledger at"))
    done(_wipe, scene)
    assert_nothing_in(scene.home)
    assert not done(_begin, scene)
