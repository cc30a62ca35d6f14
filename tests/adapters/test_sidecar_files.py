"""Files beside the database: what gives a restored copy of it away, and what it has to do again."""

import fcntl
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from realpad_form.adapters import sidecar_files
from realpad_form.adapters.sidecar_files import CallFile, TombstoneFile

LOG = uuid4()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "calls.json"


@pytest.fixture
def numbers(path):
    return CallFile(path)


def test_a_log_that_nobody_has_recorded_is_not_known(numbers):
    assert numbers.read(LOG) is None


def test_numbers_only_grow(numbers):
    numbers.raise_to(LOG, {"riverside/a": 5, "jantar/b": 1})
    numbers.raise_to(LOG, {"riverside/a": 3, "jantar/b": 2})

    assert numbers.read(LOG).calls == {"riverside/a": 5, "jantar/b": 2}


def test_accounts_of_lanes_are_kept_beside_their_numbers(numbers):
    numbers.raise_to(LOG, {"riverside/a": 5}, {"riverside/a": "one"})
    numbers.raise_to(LOG, {"jantar/b": 1}, {"jantar/b": "two"})
    numbers.raise_to(LOG, {"riverside/a": 6})

    assert numbers.read(LOG).accounts == {"riverside/a": "one", "jantar/b": "two"}


def test_logs_and_what_is_known_of_them_are_kept_apart(numbers):
    other = uuid4()
    numbers.raise_to(LOG, {"riverside/a": 5}, place="here")
    numbers.raise_to(other, {"riverside/a": 2}, place="there")
    numbers.raise_to(LOG, {}, journal="beside")

    mine, others = numbers.read(LOG), numbers.read(other)
    assert (mine.calls, mine.place, mine.journal) == ({"riverside/a": 5}, "here", "beside")
    assert (others.calls, others.place) == ({"riverside/a": 2}, "there")


def test_many_writers_lose_no_number(path):
    def write(lane):
        for number in range(1, 30):
            CallFile(path).raise_to(LOG, {f"lane/{lane}": number})

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write, range(6)))

    assert CallFile(path).read(LOG).calls == {f"lane/{lane}": 29 for lane in range(6)}


def test_call_file_is_for_its_owner_only(numbers, path):
    numbers.raise_to(LOG, {"riverside/a": 1})

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("content", ["", "{", "[]", '{"logs": {}}', "\0" * 300])
def test_a_damaged_file_is_as_good_as_none_and_is_written_anew(numbers, path, content):
    path.parent.mkdir()
    path.write_text(content)

    assert numbers.read(LOG) is None
    numbers.raise_to(LOG, {"riverside/a": 1})
    assert numbers.read(LOG).calls == {"riverside/a": 1}


def test_what_a_newer_version_records_is_kept_and_does_not_matter(numbers, path):
    numbers.raise_to(LOG, {"riverside/a": 1})
    content = json.loads(path.read_text())
    content["logs"][LOG.hex]["later"] = 1
    path.write_text(json.dumps(content))

    numbers.raise_to(LOG, {"riverside/a": 2})

    assert numbers.read(LOG).calls == {"riverside/a": 2}
    assert json.loads(path.read_text())["logs"][LOG.hex]["later"] == 1


def test_a_file_that_somebody_else_has_written_is_known_by_its_time(numbers, path):
    numbers.raise_to(LOG, {"riverside/a": 1})
    assert not numbers.read(LOG).is_touched
    content = path.read_bytes()
    times = path.stat()

    time.sleep(sidecar_files.TOUCHED_S + 0.2)
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # as rsync -a does

    assert numbers.read(LOG).is_touched
    numbers.raise_to(LOG, {})
    assert not numbers.read(LOG).is_touched


def test_a_start_of_the_machine_is_noticed(numbers, path):
    numbers.raise_to(LOG, {"riverside/a": 1})
    assert numbers.read(LOG).is_of_this_boot
    content = json.loads(path.read_text())

    path.write_text(json.dumps({**content, "boot": "another"}))

    assert not numbers.read(LOG).is_of_this_boot


def test_a_process_that_stands_still_with_the_lock_keeps_nobody_from_sending(numbers, path):
    numbers.raise_to(LOG, {"riverside/a": 1})
    with path.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        began = time.monotonic()

        numbers.raise_to(LOG, {"riverside/a": 2})

        assert numbers.read(LOG).calls == {"riverside/a": 2}
        assert time.monotonic() - began < 1


def test_a_folder_that_cannot_be_written_is_told_once(tmp_path, caplog):
    (tmp_path / "data").write_text("a file")
    numbers = CallFile(tmp_path / "data" / "calls.json")

    numbers.raise_to(LOG, {"riverside/a": 1})
    numbers.raise_to(LOG, {"riverside/a": 2})

    assert numbers.read(LOG) is None
    assert len(caplog.records) == 1
    assert "cannot be written" in caplog.text


@pytest.fixture
def tombstones(tmp_path):
    return tmp_path / "data" / "tombstones.jsonl"


def test_lines_are_kept_in_order_with_their_time(tombstones):
    TombstoneFile(tombstones).add(lead="1")
    TombstoneFile(tombstones).add(reset="2")

    lines = list(TombstoneFile(tombstones).lines())

    assert [{name for name in line if name != "at"} for line in lines] == [{"lead"}, {"reset"}]
    assert lines[0]["at"] <= lines[1]["at"]


def test_without_a_file_there_is_nothing(tombstones):
    assert list(TombstoneFile(tombstones).lines()) == []


def test_tombstones_are_for_their_owner_only(tombstones):
    TombstoneFile(tombstones).add(lead="1")

    assert tombstones.stat().st_mode & 0o777 == 0o600


def test_many_writers_lose_no_line(tombstones):
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda number: TombstoneFile(tombstones).add(lead=str(number)), range(60)))

    assert {line["lead"] for line in TombstoneFile(tombstones).lines()} == {
        str(number) for number in range(60)
    }


def test_a_line_that_was_cut_off_is_told_and_hides_no_other(tombstones, caplog):
    TombstoneFile(tombstones).add(lead="1")
    with tombstones.open("a") as file:
        file.write('{"lead": "2"')

    TombstoneFile(tombstones).add(lead="3")

    assert [line["lead"] for line in TombstoneFile(tombstones).lines()] == ["1", "3"]
    assert "tombstones.jsonl:2" in caplog.text


def test_what_cannot_be_written_is_told_and_stops_nobody(tmp_path, caplog):
    (tmp_path / "data").write_text("a file")

    TombstoneFile(tmp_path / "data" / "tombstones.jsonl").add(lead="1")

    assert "would undo this" in caplog.text
