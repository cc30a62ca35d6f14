"""The numbers of calls beside the database: they only grow, whatever becomes of the file."""

import fcntl
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from realpad_form.adapters import call_file
from realpad_form.adapters.call_file import CallFile

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


def test_it_is_for_its_owner_only(numbers, path):
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

    time.sleep(call_file.TOUCHED_S + 0.2)
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
