"""The command line: scriptable, honest exit codes, sentences on stderr."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from meshboard.cli.output import Exit
from meshboard.cli.root import app
from meshboard.domain.entries import PostPublished
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.figures import KEPT_AFTER_S
from meshboard.ledger.ledger import Ledger
from meshboard.station.home.host import Host
from meshboard.station.process.ownership import LOCK_FILE, Ownership
from meshboard.station.process.station_report import StationReport, tell_report
from meshboard.station.vault.vault import LEDGER_FILE

Run = Callable[..., Result]


@pytest.fixture
def bare(tmp_path: Path) -> Run:
    """Run a command in a home where nothing was set up."""

    def run(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, ["--home", str(tmp_path / "home"), *words], input=typed)

    return run


@pytest.fixture
def run(bare: Run) -> Run:
    """Run a command in a home with a circle."""
    assert bare("circle", "new", "Kitchen", "--as", "Ana", "--no-encrypt").exit_code == 0
    return bare


def as_json(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_post_can_be_put_up_listed_and_shown(run: Run) -> None:
    posted = as_json(
        run(
            "post", "need", "water", "for", "five", "-q", "2.5 gal", "-p", "5th & Oak", "-u", "high",
            "-c", "water",
            "--tag", "no stairs", "--hours", "5", "--hand-off", "leave-at-door", "--json",
        )
    )  # fmt: skip

    assert (posted["text"], posted["quantity"], posted["unit"]) == ("water for five", 2.5, "gal")
    assert (posted["urgency"], posted["hand_off"], posted["tags"]) == ("high", "leave_at_door", ["no stairs"])
    assert posted["expires_at"] == posted["posted_at"] + 5 * 3600
    assert as_json(run("list", "--json"))[0]["code"] == posted["code"]
    shown = run("show", posted["code"]).stdout
    assert "2.5 gal" in shown
    assert "stored here · not sent yet" in shown


def test_a_task_is_claimed_delivered_and_confirmed(run: Run) -> None:
    code = as_json(run("post", "task", "unload the van", "-q", "2 people", "--from", "18:30", "--json"))[
        "code"
    ]

    claimed = as_json(run("claim", code, "2", "--note", "with a trolley", "--by", "2h", "--json"))
    assert (claimed["state"], claimed["claims"][0]["note"]) == ("claimed", "with a trolley")
    assert run("deliver", code).exit_code == 0
    assert as_json(run("confirm", code, "--json"))["state"] == "done"
    assert as_json(run("list", "--json")) == []
    assert len(as_json(run("list", "--all", "--json"))) == 1


def test_an_edit_changes_only_what_is_named(run: Run) -> None:
    code = as_json(run("post", "need", "soup", "-q", "4 bowls", "-p", "hall", "--json"))["code"]

    edited = as_json(run("edit", code, "--qty", "6 bowls", "--json"))
    assert (edited["text"], edited["quantity"], edited["place"]) == ("soup", 6, "hall")
    assert run("note", code, "for", "noon").exit_code == 0
    assert as_json(run("withdraw", code, "--json"))["state"] == "withdrawn"


def test_what_the_rules_refuse_exits_1_with_a_sentence(run: Run) -> None:
    code = as_json(run("post", "notice", "water is safe again", "--json"))["code"]

    for words, sentence in [
        (("claim", code), "is a notice"),
        (("release", code), "no claim on"),
        (("show", "ZZZZ"), "no post ZZZZ"),
        (("post", "need", "   "), "a few words"),
        (("post", "need", "x", "-q", "lots"), "not a quantity"),
        (("post", "need", "x", "--from", "yesterdayish"), "not a time"),
        (("post", "need", "bell\x07"), "U+0007"),
        (("post", "need", "x", "-p", "p" * 25), "1 bytes too long"),
    ]:
        result = run(*words)
        assert (result.exit_code, result.stdout) == (Exit.REFUSED, ""), words
        assert sentence in result.stderr


def test_commands_on_a_forgotten_post_say_that_it_is_no_longer_kept(run: Run, tmp_path: Path) -> None:
    posted = as_json(run("post", "need", "water", "--hours", "5", "--json"))
    assert run("post", "need", "bread").exit_code == 0
    with Ledger.open(tmp_path / "home" / LEDGER_FILE) as ledger:
        assert ledger.forgetting.at_once(posted["expires_at"] + KEPT_AFTER_S) == 1

    for words in ("show", "claim", "withdraw", "confirm"):
        result = run(words, posted["code"])
        assert (result.exit_code, result.stdout) == (Exit.REFUSED, ""), words
        assert f"{posted['code']} is no longer kept" in result.stderr
    assert run("ledger", "check").exit_code == run("ledger", "rebuild").exit_code == 0
    assert [post["text"] for post in as_json(run("list", "--all", "--json"))] == ["bread"]


@pytest.mark.parametrize(
    "text", ["👩‍👩‍👧 ok 🫶", "נדרש מים ליד הכיכר", "نحتاج ماء", "two\nlines", "[red]no markup[/red]"]
)
def test_any_script_survives_the_way_through_the_ledger(run: Run, text: str) -> None:
    posted = as_json(run("post", "need", text, "--json"))

    assert posted["text"] == text.replace("\n", " ")
    assert posted["text"] in run("list").stdout


def test_a_word_that_is_none_of_the_choices_is_a_usage_error(run: Run) -> None:
    result = run("post", "wish", "a pony")

    assert result.exit_code == Exit.USAGE
    assert "need|offer|task|notice" in result.stderr


def test_before_the_first_start_every_command_says_how_to_begin(bare: Run) -> None:
    for words in (("list",), ("post", "need", "x"), ("station",), ("circle", "invite")):
        result = bare(*words)
        assert result.exit_code == Exit.NOT_SET_UP, words
        assert "meshboard circle new" in result.stderr


def test_a_code_is_asked_for_and_a_mistyped_group_is_named(run: Run, tmp_path: Path) -> None:
    code = as_json(run("circle", "invite", "--json"))["code"]
    wrong = code[:8] + ("X" if code[8] != "X" else "Y") + code[9:]
    other = ["--home", str(tmp_path / "other"), "circle", "join", "--as", "Ben", "--no-encrypt"]

    refused = CliRunner().invoke(app, other, input=wrong + "\n")
    assert refused.exit_code == Exit.INVITE
    assert "Group 2" in refused.stderr
    assert CliRunner().invoke(app, other, input=code + "\n").exit_code == 0


def test_the_invite_fits_a_small_terminal(run: Run) -> None:
    lines = run("circle", "invite").stdout.splitlines()

    picture = [line for line in lines if not set(line) - set(" ▀▄█")]
    assert 15 < len(picture) <= 23
    assert lines[-len(picture) :] == picture
    assert max(len(line) for line in lines) <= 80


def test_circles_are_listed(run: Run) -> None:
    (circle,) = as_json(run("circle", "list", "--json"))

    assert (circle["name"], circle["region"], circle["preset"], circle["stations"]) == (
        "Kitchen",
        "US",
        "LONG_FAST",
        1,
    )


def test_a_bad_address_is_refused_before_anything_is_made(bare: Run, tmp_path: Path) -> None:
    result = bare(
        "circle", "new", "Kitchen", "--as", "Ana", "--no-encrypt", "--link", "carrier-pigeon://loft"
    )

    assert result.exit_code == Exit.NOT_SET_UP
    assert not (tmp_path / "home" / "ledger.sqlite").exists()


def test_the_status_says_how_things_are_without_a_station(run: Run) -> None:
    assert run("post", "need", "soup").exit_code == 0

    seen = as_json(run("status", "--json"))
    assert (seen["name"], seen["circle"], seen["station_runs"], seen["to_send"]) == (
        "Ana",
        "Kitchen",
        False,
        2,
    )
    assert "to send: 2 entries" in run("status").stdout


def test_the_status_says_that_the_running_station_corrects_the_clock(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    tell_report(home / LEDGER_FILE, StationReport(clock_off_s=-3 * 24 * 3600))
    words = "this machine's clock is 3 days behind: set it right; only the station corrects it"

    assert words not in run("status").stdout
    station = Ownership(home)
    station.take()
    assert words in run("status").stdout
    assert as_json(run("status", "--json"))["clock_off_s"] == -3 * 24 * 3600
    station.give_back()


def test_a_ledger_can_be_checked_and_rebuilt(run: Run) -> None:
    before = as_json(run("post", "need", "soup", "--json"))

    assert run("ledger", "check").stdout == "The ledger is sound.\n"
    assert "100 % of" in run("ledger", "rebuild").stderr
    assert as_json(run("show", before["code"], "--json")) == before


def test_every_command_is_in_the_manual() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    names = [
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    ]
    names += [group.name for group in app.registered_groups if group.name]

    assert [name for name in names if f"meshboard {name}" not in manual] == []


def test_a_claim_shows_by_when_it_will_be_done(run: Run) -> None:
    code = as_json(run("post", "need", "soup", "--json"))["code"]

    assert run("claim", code, "--by", "2h").exit_code == 0
    assert "promised. By " in run("show", code).stdout


def test_a_quantity_in_scientific_notation_is_refused(run: Run) -> None:
    assert "not a quantity" in run("post", "need", "water", "-q", "1e3 gal").stderr


@pytest.fixture
def read_only(run: Run, tmp_path: Path) -> Iterator[Run]:
    """Run a command in a home with a circle, on a disk that can only be read."""
    home = tmp_path / "home"
    assert run("post", "need", "water").exit_code == 0
    if os.geteuid():
        home.chmod(0o555)
        yield run
        home.chmod(0o755)
        return
    if subprocess.run(["mount", "--bind", str(home), str(home)], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount")
    subprocess.run(["mount", "-o", "remount,ro,bind", str(home)], check=True)
    yield run
    subprocess.run(["umount", "-l", str(home)], check=True)


@pytest.mark.parametrize("has_lock_file", [False, True])
@pytest.mark.parametrize("words", [("status",), ("airtime",), ("list",)])
def test_a_disk_that_can_only_be_read_is_read(
    request: pytest.FixtureRequest, tmp_path: Path, words: tuple[str, ...], has_lock_file: bool
) -> None:
    request.getfixturevalue("run")
    if has_lock_file:
        (tmp_path / "home" / LOCK_FILE).touch()
    on_it: Run = request.getfixturevalue("read_only")

    read = on_it(*words)

    assert (read.exit_code, read.stderr) == (0, "")


@pytest.mark.parametrize("words", [("status",), ("list",), ("circle", "list"), ("station",)])
def test_an_address_that_is_not_understood_is_said_by_every_command(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "home" / "config.toml").write_text('link = "ftp://x"\n')

    refused = run(*words)

    assert refused.exit_code == Exit.NOT_SET_UP
    assert "config.toml" in refused.stderr
    assert "“link”" in refused.stderr
    assert "The radio address “ftp://x” is not understood; write none, auto" in refused.stderr


def test_an_address_given_for_this_run_stands_in_for_a_wrong_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home" / "config.toml").write_text('link = "ftp://x"\n')

    assert run("--link", "none", "list").exit_code == 0
    refused = run("--link", "ftp://y", "list")
    assert (refused.exit_code, "config.toml" in refused.stderr) == (Exit.NOT_SET_UP, False)
    assert "“ftp://y” is not understood" in refused.stderr


@pytest.mark.parametrize("words", [("status",), ("list",), ("circle", "list"), ("station",)])
def test_an_unknown_setting_is_named_by_every_command(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "home" / "config.toml").write_text("hop_limits = 4\n")

    refused = run(*words)

    assert (refused.exit_code, "there is no setting “hop_limits”" in refused.stderr) == (
        Exit.NOT_SET_UP,
        True,
    )


@pytest.mark.parametrize("told", ["164", "232", '"all"'])
def test_a_frame_limit_that_cannot_be_is_refused(run: Run, tmp_path: Path, told: str) -> None:
    (tmp_path / "home" / "config.toml").write_text(f"max_frame_bytes = {told}\n")

    refused = run("status")

    assert refused.exit_code == Exit.NOT_SET_UP
    assert "“max_frame_bytes” is not right" in refused.stderr


def test_what_does_not_fit_a_smaller_frame_is_refused_and_the_limit_is_told(run: Run, tmp_path: Path) -> None:
    text = "x9Qw7 Zk4Tj 8Vb2N 5Rm1C 3Lp6D 0Hs9F 7Gy2X 4Ku8B 1We5V 6Ni3A 2Oq7J"
    assert run("post", "need", text).exit_code == 0
    assert "Frames here" not in run("status").stdout
    (tmp_path / "home" / "config.toml").write_text("max_frame_bytes = 165\n")

    refused = run("post", "need", f"{text} again")

    assert (refused.exit_code, "too long for one radio frame" in refused.stderr) == (Exit.REFUSED, True)
    assert "Frames here have at most 165 bytes, not 231. config.toml says so" in run("status").stdout


def write_posts(home: Path, posts: int, actor_of: Callable[[int], Actor]) -> None:
    host = Host(home)
    desk = host.open()._desk
    content = PostContent(PostKind.NEED, Category.WATER, Urgency.NORMAL, "from somebody else")
    with desk.writing():
        for number in range(posts):
            desk.write(PostPublished(content), actor_of(number))
    host.close()


@pytest.fixture
def flooded(run: Run, tmp_path: Path) -> Run:
    """Return the home's commands, after 450 texts of 64 handhelds were written past all rules."""
    write_posts(tmp_path / "home", 450, lambda n: Actor(ActorKind.HANDHELD, (n % 64).to_bytes(8, "big")))
    return run


def test_a_members_post_is_shown_whatever_handhelds_wrote_and_what_is_hidden_is_said(flooded: Run) -> None:
    own = as_json(flooded("post", "need", "insulin", "--json"))
    line, listed = "370 posts of unknown handhelds hidden", flooded("list")
    assert (own["hidden"], listed.exit_code) == (None, 0)
    assert own["code"] in listed.stdout
    assert f"{line}; meshboard list --hidden shows them" in listed.stdout

    shown = flooded("list", "--json")
    assert len(as_json(shown)) == 81
    assert line in shown.stderr
    every = as_json(flooded("list", "--hidden", "--json"))
    hidden = [post for post in every if post["hidden"]]
    assert len(hidden) == 370
    assert hidden[0]["hidden"].startswith("beyond the 80 posts that boards show of all unknown handhelds")
    assert f"hidden: {hidden[0]['hidden']}" in flooded("show", hidden[0]["code"]).stdout
    assert as_json(flooded("status", "--json"))["hidden_posts"] == {"count": 370, "why": [line]}
    assert line in flooded("status").stdout


def test_what_is_stored_but_hidden_elsewhere_is_said_and_ends_with_its_own_code(run: Run) -> None:
    for number in range(5):
        assert run("post", "need", f"help {number}", "-u", "critical").exit_code == 0
    code = as_json(run("post", "need", "help", "--json"))["code"]

    edited = run("edit", code, "-u", "critical", "--json")
    assert edited.exit_code == Exit.HIDDEN
    why = "beyond the 5 critical posts that boards show of one member, until one of them closes"
    assert json.loads(edited.stdout)["hidden"] == why
    assert f"Stored, but hidden on boards: {why}" in edited.stderr
    listed = run("list").stdout
    assert code in listed  # who wrote it sees it here
    assert "1 of yours hidden on the other boards" in listed


def test_a_walk_up_beyond_what_a_keyboard_may_fill_is_stored_and_told(run: Run, tmp_path: Path) -> None:
    write_posts(tmp_path / "home", 400, lambda n: Actor(ActorKind.WALK_UP, n.to_bytes(8, "big")))

    posted = run("post", "need", "insulin", "--walk-up", "--json")
    assert posted.exit_code == Exit.HIDDEN
    assert "all walk-ups of one station together" in json.loads(posted.stdout)["hidden"]
    assert len(json.loads(posted.stdout)["pick_up_code"]) == 6
    assert "1 more from people at the keyboard of Ana" in run("list").stdout
    own = run("post", "need", "bread")
    assert own.exit_code == 0
    assert "bread" in run("list").stdout
