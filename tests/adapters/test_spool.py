"""Submissions kept in files: whole, on disk, once, and unreadable for others."""

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from realpad_form.adapters import spool as spool_module
from realpad_form.adapters.spool import FileSpool
from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.ports import NewLead


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def spool(folder):
    return FileSpool(folder, Vault(["k" * 32]))


@pytest.fixture
def spooled(submission):
    def make(**changes):
        return NewLead(
            lead_id=uuid4(),
            submission=submission(**changes),
            credential="riverside",
            payload={"name": "Jana"},
        )

    return make


def files(folder):
    return [path for path in folder.glob("*.lead") if not path.is_symlink()]


def taken(spool):
    with spool.taking() as kept:
        return list(kept)


def test_what_is_taken_is_what_was_kept_oldest_first(spool, spooled):
    kept = [spooled() for _ in range(3)]
    for each in kept:
        assert spool.keep(each).lead_id == each.lead_id

    assert spool.waiting() == 3
    assert taken(spool) == kept
    assert spool.waiting() == 0


def test_a_repeat_is_kept_once_and_gets_the_first_receipt(spool, spooled):
    first = spooled()
    spool.keep(first)
    again = spooled(key=first.submission.key)

    receipt = spool.keep(again)

    assert (receipt.lead_id, receipt.is_repeat) == (first.lead_id, True)
    assert spool.waiting() == 1


def test_twenty_at_once_of_one_submission_are_one(spool, spooled):
    first = spooled()
    repeats = [spooled(key=first.submission.key) for _ in range(20)]

    with ThreadPoolExecutor(20) as pool:
        receipts = list(pool.map(spool.keep, repeats))

    assert len({receipt.lead_id for receipt in receipts}) == 1
    assert sum(not receipt.is_repeat for receipt in receipts) == 1


def test_a_token_keeps_one_submission_whatever_its_key(spool, spooled):
    first = spooled()
    spool.keep(first)

    receipts = [spool.keep(spooled(key=key, token=first.submission.token)) for key in (uuid4(), None)]

    assert [receipt.lead_id for receipt in receipts] == [first.lead_id] * 2
    assert spool.find(None, project="riverside", token=first.submission.token).is_repeat
    assert taken(spool) == [first]


def test_a_token_whose_lead_is_in_the_log_is_no_more_in_the_way(spool, spooled, folder):
    first = spooled()
    spool.keep(first)
    taken(spool)
    again = spooled(token=first.submission.token)

    assert not spool.keep(again).is_repeat
    assert taken(spool) == [again]
    assert list(folder.glob("*.lead")) == []


def test_submissions_without_key_and_token_are_never_repeats(spool, spooled):
    for _ in range(2):
        assert not spool.keep(spooled(key=None, token=None)).is_repeat

    assert spool.find(None, project="riverside", token=None) is None


def test_what_is_kept_is_found_by_its_key(spool, spooled):
    kept = spooled()
    spool.keep(kept)

    key = kept.submission.key

    assert spool.find(key, project="riverside", token=None).lead_id == kept.lead_id
    assert spool.find(key, project="jantar", token=None) is None


def test_files_are_private_and_sealed_and_their_names_tell_nothing(spool, spooled, folder):
    kept = spooled()
    spool.keep(kept)

    [path] = files(folder)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "Nov" not in path.read_text()
    assert str(kept.submission.key) not in path.name


def test_a_file_cut_short_stays_and_holds_up_nobody(spool, spooled, folder, caplog):
    broken, good = spooled(), spooled()
    spool.keep(broken)
    [path] = files(folder)
    path.write_text(path.read_text()[:50])
    spool.keep(good)

    assert taken(spool) == [good]
    assert path.exists()
    assert "cannot be read" in caplog.text


def test_what_was_not_moved_stays(spool, spooled):
    spool.keep(spooled())

    with spool.taking() as kept:
        next(kept)  # and nobody asks for the next one

    assert spool.waiting() == 1


def test_one_process_at_a_time_takes(spool, spooled, folder):
    spool.keep(spooled())

    with spool.taking() as mine:
        assert taken(FileSpool(folder, Vault(["k" * 32]))) == []
        assert len(list(mine)) == 1


def test_a_folder_that_cannot_be_written_promises_nothing(tmp_path, spooled):
    (tmp_path / "file").touch()

    with pytest.raises(StorageUnavailableError):
        FileSpool(tmp_path / "file", Vault()).keep(spooled())


def test_order_is_kept_when_the_clock_is_set_back(spool, spooled, monkeypatch):
    kept = [spooled() for _ in range(4)]
    now_ns = time.time_ns()
    for each, hours in zip(kept, (48, 0, 0, 1), strict=True):
        monkeypatch.setattr(spool_module.time, "time_ns", lambda at=now_ns + hours * 3_600 * 10**9: at)
        spool.keep(each)

    assert taken(spool) == kept


OLD, NEW = "o" * 32, "n" * 32


def test_after_resealing_the_old_key_can_go_and_the_order_stays(folder, spooled):
    old = FileSpool(folder, Vault([OLD]))
    kept = [spooled() for _ in range(3)]
    for each in kept:
        old.keep(each)
    both = FileSpool(folder, Vault([NEW, OLD]))
    assert both.count_stale() == 3

    assert (both.reseal(), both.reseal(), both.count_stale()) == (3, 0, 0)

    new = FileSpool(folder, Vault([NEW]))
    first = kept[0].submission
    assert new.find(first.key, project=first.project, token=None).is_repeat
    assert new.find(None, project=first.project, token=first.token).is_repeat
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(folder)} == {0o600}
    assert taken(new) == kept


def test_what_was_kept_before_there_was_a_key_is_sealed_too(folder, spooled):
    kept = spooled()
    FileSpool(folder, Vault()).keep(kept)

    assert FileSpool(folder, Vault([NEW])).reseal() == 1

    assert b"Jana" not in files(folder)[0].read_bytes()
    assert taken(FileSpool(folder, Vault([NEW]))) == [kept]


def test_what_cannot_be_read_is_not_sealed_anew_but_told(folder, spooled, caplog):
    FileSpool(folder, Vault([OLD])).keep(spooled())
    (folder / f"{uuid4().hex}.lead").write_text("not JSON")
    before = {path: path.read_bytes() for path in files(folder)}
    spool = FileSpool(folder, Vault([NEW]))

    assert (spool.reseal(), spool.count_stale()) == (0, 2)

    assert {path: path.read_bytes() for path in files(folder)} == before
    assert caplog.text.count("cannot be read as a lead") == 2


def test_a_file_of_a_process_that_was_killed_while_sealing_is_removed(folder, spooled):
    spool = FileSpool(folder, Vault([NEW]))
    spool.keep(spooled())
    left = folder / f"{uuid4().hex}.anew"
    left.write_text("half")

    spool.reseal()

    assert not left.exists()
    assert spool.waiting() == 1


def test_nothing_is_sealed_anew_while_it_is_taken_out(folder, spooled, monkeypatch):
    monkeypatch.setattr(spool_module, "WAIT_S", 0.0)
    old, new = FileSpool(folder, Vault([OLD])), FileSpool(folder, Vault([NEW, OLD]))
    kept = spooled()
    old.keep(kept)

    with old.taking() as taking:
        assert next(taking) == kept
        with pytest.raises(StorageUnavailableError, match="run this again"):
            new.reseal()

    assert new.reseal() == 1


def test_a_spool_that_was_never_used_has_nothing_to_seal_anew(folder):
    assert FileSpool(folder, Vault([NEW])).reseal() == 0
    assert not folder.exists()
