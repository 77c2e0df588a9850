"""Contacts, pick-up codes, flags and mutes from a shell: nothing secret is ever an argument."""

import os

from meshboard.cli.output import Exit
from tests.cli.conftest import Run, as_json

DOOR = "third door left, ask for Noor"


def piped(line: str) -> str:
    """Return the number of a file descriptor with one line to read."""
    reading, writing = os.pipe()
    os.write(writing, line.encode() + b"\n")
    os.close(writing)
    return str(reading)


def test_a_contact_is_asked_for_and_shown_to_who_posted_it(run: Run) -> None:
    posted = as_json(run("post", "need", "insulin", "--contact", "--json", typed=DOOR + "\n"))

    assert posted["contact"]["text"] == DOOR
    shown = run("show", posted["code"]).stdout
    assert f"contact: {DOOR}" in shown
    assert "Nobody has it yet: it goes to whom you accept." in shown
    assert "contact" not in str(as_json(run("show", posted["code"], "--json"))["history"])


def test_a_contact_comes_from_a_descriptor_is_changed_and_taken_out(run: Run) -> None:
    posted = as_json(run("post", "need", "insulin", "--contact-fd", piped(DOOR), "--first-member", "--json"))
    assert (posted["contact"]["text"], posted["contact"]["first_member"]) == (DOOR, True)

    changed = as_json(run("edit", posted["code"], "--contact-fd", piped("at the bakery"), "--json"))
    assert (changed["contact"]["text"], changed["text"]) == ("at the bakery", "insulin")
    assert as_json(run("edit", posted["code"], "--no-contact", "--json"))["contact"] is None


def test_a_walk_up_gets_a_code_once_and_comes_back_with_it(run: Run) -> None:
    posted = as_json(run("post", "need", "insulin", "--walk-up", "--as", "Noor", "--json"))
    post, code = posted["code"], posted["pick_up_code"]

    refused = run("pick-up", post, "withdraw", "--code-fd", piped("000000"))
    assert (refused.exit_code, "4 more tries" in refused.stderr) == (1, True)
    assert code not in run("show", post).stdout
    edited = as_json(run("pick-up", post, "edit", "insulin, two pens", "--code-fd", piped(code), "--json"))
    assert (edited["text"], edited["poster"]["me"]) == ("insulin, two pens", True)
    assert f"1 wrong pick-up code for {post} since" in run("status").stdout
    assert as_json(run("status", "--json"))["wrong_pick_up_codes"][0]["count"] == 1


def test_a_pick_up_code_is_not_asked_for_where_it_cannot_be_hidden(run: Run) -> None:
    posted = as_json(run("post", "need", "insulin", "--walk-up", "--json"))

    refused = run("pick-up", posted["code"], typed=posted["pick_up_code"] + "\n")

    assert (refused.exit_code, "--code-fd N" in refused.stderr) == (Exit.NOT_SET_UP, True)


def test_a_void_code_tells_why(run: Run) -> None:
    posted = as_json(run("post", "need", "insulin", "--walk-up", "--json"))
    assert run("pick-up", "void", posted["code"], "--reason", "the slip was lost").exit_code == 0

    refused = run("pick-up", posted["code"], "--code-fd", piped(posted["pick_up_code"]))
    assert refused.exit_code == 1
    assert "the slip was lost" in refused.stderr


def test_a_claim_through_a_station_is_accepted_only_after_saying_who_reads_the_contact(run: Run) -> None:
    posted = as_json(run("post", "need", "insulin", "--contact-fd", piped(DOOR), "--json"))
    assert run("claim", posted["code"]).exit_code == 0

    accepted = run("accept", posted["code"])

    assert accepted.exit_code == 0
    assert "Accepting hands your contact to Ana, and to nobody else." in accepted.stderr
    assert "handed to: Ana, just now" in accepted.stdout


def test_flags_and_mutes_answer_in_sentences(run: Run) -> None:
    code = as_json(run("post", "need", "insulin", "--json"))["code"]

    assert run("flag", code).stdout == f"{code}: flagged by you; 1 more hides it on every board.\n"
    assert run("flag", code).exit_code == 1
    assert run("unflag", code).stdout == f"{code}: nobody flags it.\n"
    assert "your own station" in run("mute", code).stderr
    assert run("muted").stdout == "Nobody is muted here.\n"
    assert run("unmute", "3").exit_code == 1
