"""What was erased and taken away, kept beside the database."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from realpad_form.adapters.tombstones import TombstoneFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "tombstones.jsonl"


def test_lines_are_kept_in_order_with_their_time(path):
    TombstoneFile(path).add(lead="1")
    TombstoneFile(path).add(reset="2")

    lines = list(TombstoneFile(path).lines())

    assert [{name for name in line if name != "at"} for line in lines] == [{"lead"}, {"reset"}]
    assert lines[0]["at"] <= lines[1]["at"]


def test_without_a_file_there_is_nothing(path):
    assert list(TombstoneFile(path).lines()) == []


def test_it_is_for_its_owner_only(path):
    TombstoneFile(path).add(lead="1")

    assert path.stat().st_mode & 0o777 == 0o600


def test_many_writers_lose_no_line(path):
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda number: TombstoneFile(path).add(lead=str(number)), range(60)))

    assert {line["lead"] for line in TombstoneFile(path).lines()} == {str(number) for number in range(60)}


def test_a_line_that_was_cut_off_is_told_and_hides_no_other(path, caplog):
    TombstoneFile(path).add(lead="1")
    with path.open("a") as file:
        file.write('{"lead": "2"')

    TombstoneFile(path).add(lead="3")

    assert [line["lead"] for line in TombstoneFile(path).lines()] == ["1", "3"]
    assert "tombstones.jsonl:2" in caplog.text


def test_what_cannot_be_written_is_told_and_stops_nobody(tmp_path, caplog):
    (tmp_path / "data").write_text("a file")

    TombstoneFile(tmp_path / "data" / "tombstones.jsonl").add(lead="1")

    assert "would undo this" in caplog.text
