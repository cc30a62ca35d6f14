"""Things in the spool's folder that are no files: they block nobody, are not read, and are told once."""

import json
import os
import threading
from uuid import uuid4

import pytest

from realpad_form.adapters import spool as spool_module
from realpad_form.adapters.spool import FileSpool
from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.ports import NewLead


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "spool"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def spool(folder):
    return FileSpool(folder, Vault(["k" * 32]))


@pytest.fixture
def spooled(submission):
    def make(**changes):
        sent = submission(**changes)
        return NewLead(lead_id=sent.lead_id(), submission=sent, credential="riverside", payload={})

    return make


def fifo(path, _outside):
    os.mkfifo(path)


def folder_of_that_name(path, _outside):
    path.mkdir()


def device(path, _outside):
    if os.geteuid() == 0:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero, which never ends
    else:
        path.symlink_to("/dev/zero")


def link_to_device(path, _outside):
    path.symlink_to("/dev/zero")


def link_to_file_elsewhere(path, outside):
    path.symlink_to(outside)


def link_to_itself(path, _outside):
    path.symlink_to(path.name)


def link_to_fifo(path, outside):
    os.mkfifo(outside.with_name("pipe"))
    path.symlink_to(outside.with_name("pipe"))


def unreadable_file(path, _outside):
    path.write_bytes(b"\xff\x00")
    path.chmod(0)


def endless_file(path, _outside):
    with path.open("wb") as file:
        file.truncate(10**12)


PLANTED = [
    fifo, folder_of_that_name, device, link_to_device, link_to_file_elsewhere, link_to_itself, link_to_fifo,
    unreadable_file, endless_file,
]  # fmt: skip


@pytest.fixture
def outside(tmp_path, spooled):
    """A submission that somebody wrote somewhere else."""
    path = tmp_path / "outside"
    other = FileSpool(tmp_path / "other", Vault())
    other.keep(spooled())
    [kept] = (tmp_path / "other").glob("*.lead")
    path.write_bytes(kept.read_bytes())
    return path


@pytest.fixture(params=PLANTED, ids=lambda plant: plant.__name__)
def plant(request, outside):
    return lambda path: request.param(path, outside)


@pytest.fixture
def promptly():
    """Do something, and fail if it is kept waiting."""

    def act(what, *words, **more):
        result = []
        thread = threading.Thread(target=lambda: result.append(what(*words, **more)), daemon=True)
        thread.start()
        thread.join(10)
        assert not thread.is_alive(), "it waits"
        assert result, "it failed"
        return result[0]

    return act


def taken(spool):
    with spool.taking() as kept:
        return list(kept)


def name_of(spooled, identity, suffix=".lead"):
    return spool_module._name(spooled.submission.project, identity, suffix=suffix)


def test_it_is_no_lead_and_keeps_none_away(spool, folder, spooled, plant, promptly):
    plant(folder / f"{uuid4().hex}.lead")
    first, second = spooled(), spooled(key=None)
    promptly(spool.keep, first)
    promptly(spool.keep, second)

    for each in (first, second):
        found = promptly(spool.find, each.submission.key, project="riverside", token=each.submission.token)
        assert found.lead_id == each.lead_id
    assert promptly(taken, spool) == [first, second]
    assert list(folder.glob("*.token")) == []


@pytest.mark.parametrize("where", ["key", "token", "pointer"])
def test_in_the_very_place_of_a_submission_it_keeps_it_not_away(
    spool, folder, spooled, plant, promptly, where
):
    mine = spooled()
    identity = mine.submission.key if where == "key" else mine.submission.token
    plant(folder / name_of(mine, identity, suffix=".token" if where == "pointer" else ".lead"))
    words = {"project": "riverside", "token": mine.submission.token}

    assert promptly(lambda: [spool.find(mine.submission.key, **words)]) == [None]
    receipt = promptly(spool.keep, mine)

    assert (receipt.lead_id, receipt.is_repeat) == (mine.lead_id, False)
    assert promptly(taken, spool) == [mine]


@pytest.mark.parametrize("name", ["keeping", "lock"])
def test_in_the_place_of_a_lock_it_stops_nobody(spool, folder, spooled, plant, promptly, name):
    plant(folder / name)
    mine = spooled()

    promptly(spool.keep, mine)

    assert promptly(taken, spool) == [mine]


def test_it_is_not_counted(spool, folder, plant, promptly, request):
    plant(folder / f"{uuid4().hex}.lead")

    is_file = request.node.callspec.params["plant"] in (unreadable_file, endless_file)

    assert promptly(lambda: [spool.waiting()]) == [int(is_file)]


def test_it_is_told_once(spool, folder, plant, promptly, caplog):
    name = f"planted-{uuid4().hex}.lead"
    plant(folder / name)

    for _ in range(5):
        promptly(lambda: [taken(spool), spool.waiting()])

    assert caplog.text.count(name) == 1


def test_a_link_into_the_folder_of_an_older_version_leads_to_its_submission(spool, folder, spooled):
    """Older versions gave a submission with key and token a second name like that."""
    kept = spooled()
    spool.keep(kept)
    [pointer] = folder.glob("*.token")
    pointer.unlink()
    link = folder / name_of(kept, kept.submission.token)
    link.symlink_to(name_of(kept, kept.submission.key))

    found = spool.find(None, project="riverside", token=kept.submission.token)
    repeat = spool.keep(spooled(token=kept.submission.token))

    assert found.lead_id == repeat.lead_id == kept.lead_id
    assert repeat.is_repeat
    assert spool.waiting() == 1
    assert taken(spool) == [kept]
    assert list(folder.glob("*.lead")) == []


def test_a_link_that_an_older_version_left_to_nothing_is_in_nobodys_way(spool, folder, spooled):
    mine = spooled()
    (folder / name_of(mine, mine.submission.token)).symlink_to(f"{'0' * 32}.lead")

    spool.keep(mine)

    assert taken(spool) == [mine]
    assert list(folder.glob("*.lead")) == []


def test_a_pointer_to_another_submission_gives_nobody_its_receipt(folder, spooled):
    plain = FileSpool(folder, Vault())
    kept, mine = spooled(), spooled()
    plain.keep(kept)
    (folder / name_of(mine, mine.submission.token, suffix=".token")).write_text(
        name_of(kept, kept.submission.key)
    )

    assert plain.find(None, project="riverside", token=mine.submission.token) is None


@pytest.mark.parametrize("words", ["../outside", "/etc/hostname", "", "x.lead", "\u0159"])
def test_a_pointer_out_of_the_folder_is_not_followed(spool, folder, spooled, words):
    mine = spooled()
    (folder / name_of(mine, mine.submission.token, suffix=".token")).write_text(words, encoding="utf-8")

    assert spool.find(None, project="riverside", token=mine.submission.token) is None
    spool.keep(mine)
    assert spool.find(None, project="riverside", token=mine.submission.token).lead_id == mine.lead_id


def test_a_file_sealed_with_a_key_that_is_not_set_stays_until_it_is_and_holds_up_nobody(
    folder, spooled, caplog
):
    first, second = spooled(), spooled()
    FileSpool(folder, Vault(["o" * 32])).keep(first)
    spool = FileSpool(folder, Vault(["k" * 32]))
    spool.keep(second)

    assert taken(spool) == [second]
    assert taken(spool) == []
    assert spool.waiting() == 1
    assert caplog.text.count("which is not set") == 1
    assert taken(FileSpool(folder, Vault(["k" * 32, "o" * 32]))) == [first]


def test_a_repeat_of_a_file_that_cannot_be_read_is_kept_beside_it(folder, spooled):
    mine = spooled()
    FileSpool(folder, Vault(["o" * 32])).keep(mine)
    spool = FileSpool(folder, Vault(["k" * 32]))

    receipt = spool.keep(mine)

    assert receipt.lead_id == mine.lead_id
    assert taken(spool) == [mine]
    assert spool.waiting() == 1


def test_a_file_too_long_is_not_read(folder, spooled, caplog, monkeypatch):
    spool = FileSpool(folder, Vault())
    spool.keep(spooled())
    [path] = folder.glob("*.lead")
    path.write_text(json.dumps({**json.loads(path.read_text()), "more": "x" * 1000}))
    monkeypatch.setattr(spool_module, "MOST_BYTES", 1000)

    assert taken(spool) == []
    assert "too long" in caplog.text


def test_a_probe_leaves_nothing_behind_and_fails_where_nothing_can_be_kept(folder, tmp_path):
    FileSpool(folder, Vault()).probe()
    FileSpool(tmp_path / "not yet", Vault()).probe()
    (tmp_path / "file").touch()

    assert list(folder.iterdir()) == []
    assert not (tmp_path / "not yet").exists()
    with pytest.raises(StorageUnavailableError):
        FileSpool(tmp_path / "file", Vault()).probe()
