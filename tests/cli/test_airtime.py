"""The airtime from a shell, without a station; beside one it is tested in tests/station/test_airtime.py."""

from tests.cli.conftest import Run, as_json


def test_without_a_station_the_airtime_says_so_and_what_waits_for_one(run: Run) -> None:
    assert run("post", "need", "water").exit_code == 0
    told = run("airtime")

    assert told.exit_code == 0
    assert "sent 0.0 s of 360.0 s in the last hour (US)" in told.stdout
    assert "entries of this circle written here: no station is running" in told.stdout


def test_the_json_of_the_airtime_has_every_use_and_every_minute(run: Run) -> None:
    told = as_json(run("airtime", "--json"))

    uses = {"news", "repair", "summary", "request", "beacon", "hello", "keys", "text"}
    assert set(told["spent_by_use_s"]) == uses
    assert len(told["spent_by_minute_s"]) == 60
    assert (told["station_runs"], told["left_s"], told["channel_utilisation"]) == (False, 360.0, None)
    assert told["waiting"][0]["held_back_by"] == "no station is running"
