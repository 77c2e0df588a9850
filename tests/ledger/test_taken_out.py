import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from meshboard.errors import LedgerError
from meshboard.ledger.circle.taken_out import take_out_posts, taken_out_words
from meshboard.ledger.file.conversion import copy_under_key
from meshboard.ledger.file.files import prepare_file
from meshboard.ledger.file.schema import Migration, released_migrations
from meshboard.ledger.file.tally import tally_of
from meshboard.ledger.ledger import Ledger
from meshboard.trust.secret import Secret

VERSION_5 = Path(__file__).parent / "files" / "version-5.db"
NAME = "posts-taken-out-630dcd2966c43366.json"


@pytest.fixture
def older(tmp_path: Path) -> Path:
    return Path(shutil.copy(VERSION_5, tmp_path / "ledger.db"))


def test_what_people_wrote_in_a_circle_nobody_founded_is_taken_out_into_a_file(older: Path) -> None:
    with Ledger.open(older) as ledger:
        assert [circle.name for circle in ledger.circles.all()] == ["Town"]
    told = json.loads(older.with_name(NAME).read_text(encoding="utf-8"))

    assert older.with_name(NAME).stat().st_mode & 0o777 == 0o600
    assert told["circle"] == "Fifth Street"
    need, withdrawn = told["posts"]
    assert need["text"] == "insulin for the weekend"
    assert (need["by"], need["place"], need["contact"]) == ("Hall", "5th & Oak", "2nd door on the left")
    assert need["claims"][0]["by"] == "Ana Müller"
    assert need["notes"] == [{"by": "Bea, through Hall", "text": "ring twice"}]
    assert withdrawn["is_withdrawn"]
    assert b"insulin" not in older.read_bytes()
    assert b"lanterns" in older.read_bytes()


def test_people_are_told_where_it_is_until_they_delete_it(older: Path) -> None:
    Ledger.open(older).close()

    assert NAME in taken_out_words(older)
    assert "circle new" in taken_out_words(older)
    older.with_name(NAME).unlink()
    assert taken_out_words(older) == ""


def test_posts_of_an_encrypted_ledger_are_taken_out_too(older: Path) -> None:
    key, secret = Secret(bytes(range(32))), older.with_name("secret.db")
    copy_under_key(older, secret, None, key)

    Ledger.open(secret, key).close()

    assert "insulin for the weekend" in secret.with_name(NAME).read_text(encoding="utf-8")


def test_an_update_that_is_cut_off_is_done_again_and_leaves_one_file(older: Path) -> None:
    *before, last = released_migrations()
    failing = Migration(last.version, (*last.statements, "THIS IS NO SQL"))
    tally_of(older).touch()
    with pytest.raises(LedgerError):
        prepare_file(older, [*before, failing], take_out=take_out_posts)
    with closing(sqlite3.connect(older)) as connection:
        assert connection.execute("SELECT count(*) FROM circle").fetchone() == (2,)
    assert older.with_name(NAME).exists()
    assert tally_of(older).exists()  # how far logs went stays known

    Ledger.open(older).close()

    assert not tally_of(older).exists()

    assert [path.name for path in older.parent.glob("posts*")] == [NAME]


def test_nothing_is_deleted_where_the_file_cannot_be_written(older: Path) -> None:
    def fail(_connection: object, _path: Path) -> bool:
        raise LedgerError("The disk is full.")

    with pytest.raises(LedgerError, match="as it was before"):
        prepare_file(older, released_migrations(), take_out=fail)

    with closing(sqlite3.connect(older)) as connection:
        assert connection.execute("SELECT count(*) FROM post").fetchone() == (3,)


def test_a_file_with_other_posts_of_that_circle_is_left_as_it_is(older: Path) -> None:
    older.with_name(NAME).write_text("{}", encoding="utf-8")

    Ledger.open(older).close()

    assert older.with_name(NAME).read_text(encoding="utf-8") == "{}"
    assert "insulin" in older.with_name(NAME.replace(".json", "-2.json")).read_text(encoding="utf-8")
