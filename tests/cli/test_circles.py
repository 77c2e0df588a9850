"""Circles on the command line: codes that no shell remembers, consequences said before they are real."""

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from meshboard.cli.inviting import write_invite
from meshboard.cli.output import Exit
from meshboard.cli.root import app
from meshboard.errors import ConfigError
from meshboard.ledger.ledger import Ledger
from meshboard.station.home.host import Host

Run = Callable[..., Result]


def at(home: Path) -> Run:
    """Run commands in a home."""

    def run(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, ["--home", str(home), *words], input=typed)

    return run


@pytest.fixture
def ana(tmp_path: Path) -> Run:
    run = at(tmp_path / "ana")
    assert run("circle", "new", "Kitchen", "--as", "Ana", "--no-encrypt").exit_code == 0
    return run


@pytest.fixture
def line_of(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Give the number of a file descriptor with a line to read."""
    opened: list[int] = []

    def descriptor(line: str) -> str:
        (tmp_path / "line").write_text(line + "\n")
        opened.append(os.open(tmp_path / "line", os.O_RDONLY))
        return str(opened[-1])

    yield descriptor
    for number in opened:
        os.close(number)


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_code_comes_from_a_file_descriptor_and_is_no_argument(
    ana: Run, tmp_path: Path, line_of: Callable[[str], str]
) -> None:
    code = told(ana("circle", "invite", "--json"))["code"]
    ben = at(tmp_path / "ben")

    assert ben("circle", "join", code, "--as", "Ben", "--no-encrypt").exit_code == Exit.USAGE
    assert ben("circle", "join", "--as", "Ben", "--no-encrypt", "--code-fd", line_of(code)).exit_code == 0
    assert told(ben("circle", "list", "--json"))[0]["name"] == "Kitchen"


def test_an_invite_s_file_lets_in_and_is_its_owners_alone(ana: Run, tmp_path: Path) -> None:
    file, ben = tmp_path / "invite.txt", at(tmp_path / "ben")
    made = ana("circle", "invite", "--file", str(file))

    assert made.exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().split("\n")[1] not in made.stdout
    assert ana("circle", "invite", "--file", str(file)).exit_code == Exit.NOT_SET_UP  # there is one already
    assert ben("circle", "join", "--as", "Ben", "--no-encrypt", "--file", str(file)).exit_code == 0


@pytest.mark.parametrize("place", ["there", "missing/invite.txt"])
def test_where_no_file_can_be_written_no_invite_is_open(ana: Run, tmp_path: Path, place: str) -> None:
    (tmp_path / "there").write_text("kept")

    refused = ana("circle", "invite", "--file", str(tmp_path / place))

    assert (refused.exit_code, "cannot be written" in refused.stderr) == (Exit.NOT_SET_UP, True)
    assert told(ana("circle", "invites", "--json")) == []
    assert (tmp_path / "there").read_text() == "kept"


def test_an_invite_of_three_days_is_said_to_hold_three_days(ana: Run) -> None:
    shown = ana("circle", "invite").stdout

    assert "for one person, for 3 days more" in shown
    assert "open for one person, for 3 days more" in ana("circle", "invites").stdout


def test_where_the_disk_is_full_the_new_invite_is_void_again(ana: Run, tmp_path: Path) -> None:
    host = Host(tmp_path / "ana")
    board = host.open()
    full = os.open("/dev/full", os.O_WRONLY)  # every write to it fails as on a full disk

    with pytest.raises(ConfigError, match="cannot be written: No space left"):
        write_invite(board, tmp_path / "invite.txt", full, board.circle.make_invite(), is_new=True)

    assert [line.is_closed for line in board.circle.invites()] == [True]
    os.close(full)
    host.close()


def test_where_an_invite_cannot_be_made_no_file_is_left(ana: Run, tmp_path: Path) -> None:
    refused = ana("circle", "invite", "--uses", "1000", "--file", str(tmp_path / "invite.txt"))

    assert refused.exit_code == Exit.REFUSED
    assert not (tmp_path / "invite.txt").exists()


def test_a_second_circle_needs_another_name(ana: Run) -> None:
    refused = ana("circle", "new", "kitchen", "--as", "Ana")

    assert (refused.exit_code, "Use another name" in refused.stderr) == (Exit.REFUSED, True)
    assert len(told(ana("circle", "list", "--json"))) == 1


def test_an_invite_is_listed_shown_again_and_made_void(ana: Run) -> None:
    made = told(ana("circle", "invite", "--uses", "3", "--hours", "0", "--json"))

    (listed,) = told(ana("circle", "invites", "--json"))
    assert (listed["letters"], listed["uses"], listed["expires_at"]) == (made["letters"], 3, None)
    assert told(ana("circle", "invite", "--again", made["letters"], "--json"))["code"] == made["code"]
    assert ana("circle", "void", made["letters"]).exit_code == 0
    assert told(ana("circle", "invites", "--json"))[0]["is_closed"]
    assert "closed" in ana("circle", "invite", "--again", made["letters"]).stderr
    assert "without --uses" in ana("circle", "invite", "--again", made["letters"], "--uses", "3").stderr


def test_circles_stand_side_by_side_and_one_is_chosen(ana: Run) -> None:
    assert ana("circle", "new", "Bike crew", "--as", "Ana B", "--time-zone", "Europe/Madrid").exit_code == 0
    assert ana("post", "need", "flour").exit_code == 0
    assert ana("--circle", "bike", "post", "need", "tubes").exit_code == 0

    assert [post["text"] for post in told(ana("list", "--json"))] == ["flour"]
    assert told(ana("--circle", "bi", "circle", "show", "--json"))["time_zone"] == "Europe/Madrid"
    assert ana("circle", "use", "bike").exit_code == 0
    assert [post["text"] for post in told(ana("list", "--json"))] == ["tubes"]
    assert "in no circle “tea”" in ana("--circle", "tea", "list").stderr


def test_leaving_says_what_stays_with_others_and_asks(ana: Run) -> None:
    refused = ana("circle", "leave", "kitchen", typed="n\n")
    assert refused.exit_code == Exit.REFUSED
    assert "stays with the others" in refused.stderr
    assert len(told(ana("circle", "list", "--json"))) == 1

    assert ana("circle", "leave", "kitchen", "--yes").exit_code == 0
    assert ana("list").exit_code == Exit.NOT_SET_UP
    assert ana("circle", "new", "Kitchen", "--as", "Ana").exit_code == 0


def test_nobody_takes_themselves_out_and_a_key_can_be_changed(ana: Run) -> None:
    assert "Nobody takes themselves out" in ana("circle", "remove", "Ana", "--yes").stderr
    assert "Nobody vouches for themselves" in ana("circle", "vouch", "Ana").stderr
    assert "do not vouch for them" in ana("circle", "withdraw", "Ana", "--yes").stderr
    assert "Nobody here is called “Zed”" in ana("circle", "remove", "Zed", "--yes").stderr
    assert "codes shown before have the old key" in ana("circle", "rekey").stdout
    assert told(ana("circle", "show", "--json"))["epoch"] == 1
    assert told(ana("circle", "invite", "--json"))["code"]


def test_nobody_is_asked_about_what_is_refused_anyway(ana: Run) -> None:
    refused = ana("circle", "remove", "Ana")

    assert (refused.exit_code, refused.stderr.count("\n")) == (Exit.REFUSED, 1)
    assert "Nobody takes themselves out" in refused.stderr


@pytest.fixture
def ben(ana: Run, tmp_path: Path) -> Run:
    """Return the command line of a station that came by an invite of Ana's, and is known to her."""
    assert ana("circle", "invite", "--file", str(tmp_path / "invite.txt")).exit_code == 0
    run = at(tmp_path / "ben")
    joined = run("circle", "join", "--as", "Ben", "--no-encrypt", "--file", str(tmp_path / "invite.txt"))
    assert joined.exit_code == 0
    tell_all(tmp_path / "ana", tmp_path / "ben")
    tell_all(tmp_path / "ben", tmp_path / "ana")
    return run


def tell_all(speaker: Path, hearer: Path) -> None:
    """Let one station hear all that the other holds."""
    with Ledger.open(speaker / "ledger.sqlite") as told, Ledger.open(hearer / "ledger.sqlite") as heard:
        store = told.store(told.circles.all()[0].id)
        for log, held in store.holdings().items():
            heard.append(store.entries(log, 1, held.count), None)


@pytest.mark.usefixtures("ben")
def test_a_vouch_taken_back_says_that_they_read_on_until_the_key_changes(ana: Run) -> None:
    refused = ana("circle", "withdraw", "Ben", typed="n\n")

    assert refused.exit_code == Exit.REFUSED
    assert "will count no more: Ben" in refused.stderr
    assert "can still read until the key is changed" in refused.stderr
    assert "circle rekey" in refused.stderr


@pytest.mark.usefixtures("ben")
def test_a_vouch_names_the_key_that_two_people_compare(ana: Run) -> None:
    assert ana("circle", "withdraw", "Ben", "--yes").exit_code == 0
    vouched = ana("circle", "vouch", "Ben")

    (person,) = (one for one in told(ana("circle", "people", "--json")) if one["name"] == "Ben")
    assert person["id"][:4] in vouched.stdout
    assert person["id"][:8] not in vouched.stdout, "in groups of four, as the screens show it"


def test_a_time_zone_nobody_knows_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    run = at(tmp_path / "ana")
    refused = run("circle", "new", "Kitchen", "--as", "Ana", "--no-encrypt", "--time-zone", "Mars/Olympus")

    assert refused.exit_code == Exit.REFUSED
    assert "no time zone “Mars/Olympus”" in refused.stderr
    assert not (tmp_path / "ana" / "ledger.sqlite").exists()
