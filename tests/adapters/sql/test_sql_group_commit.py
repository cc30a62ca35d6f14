"""Group commit: everyone gets his own result, and nobody pays for his neighbours."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pytest

from realpad_form.adapters.sql.group_commit import MAX_BATCH, GroupCommit


class HopelessError(Exception):
    """Nothing helps."""


class Work:
    """Doubles numbers; the first call waits for `go`, so that the other callers gather behind it."""

    def __init__(self, spoils: Callable[[Sequence[int]], Exception | None] = lambda pieces: None) -> None:
        self.spoils = spoils
        self.calls: list[list[int]] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, pieces: Sequence[int]) -> list[int]:
        self.calls.append(list(pieces))
        self.begun.set()
        assert self.go.wait(10)
        if error := self.spoils(pieces):
            raise error
        return [2 * piece for piece in pieces]


def gather(work: Work, numbers: Sequence[int]) -> list[Future[int]]:
    """Do 0 first, the other numbers while it is at work; return their outcomes, 0's first."""
    commits: GroupCommit[int, int] = GroupCommit(work, no_retry=HopelessError)
    with ThreadPoolExecutor(len(numbers) + 1) as pool:
        first = pool.submit(commits.submit, 0)
        assert work.begun.wait(10)
        others = [pool.submit(commits.submit, number) for number in numbers]
        while len(commits._waiting) < len(numbers):
            pass
        work.go.set()
        outcomes = [first, *others]
        assert not wait(outcomes, 10).not_done
    return outcomes


def test_a_lone_thread_works_at_once_and_alone() -> None:
    work = Work()
    work.go.set()
    commits: GroupCommit[int, int] = GroupCommit(work, no_retry=HopelessError)
    assert [commits.submit(1), commits.submit(2)] == [2, 4]
    assert work.calls == [[1], [2]]


def test_whoever_comes_meanwhile_is_served_commits() -> None:
    work = Work()
    outcomes = gather(work, range(1, 10))
    assert [each.result() for each in outcomes] == [2 * number for number in range(10)]
    assert work.calls[0] == [0]
    assert sorted(work.calls[1]) == list(range(1, 10))
    assert len(work.calls) == 2


def test_a_crowd_is_split() -> None:
    work = Work()
    outcomes = gather(work, range(1, MAX_BATCH + 6))
    assert [each.result() for each in outcomes] == [2 * number for number in range(MAX_BATCH + 6)]
    assert [len(call) for call in work.calls] == [1, MAX_BATCH, 5]


def test_one_that_fails_takes_nobody_with_it() -> None:
    work = Work(lambda pieces: ValueError("three") if 3 in pieces else None)
    outcomes = gather(work, range(1, 6))
    assert isinstance(outcomes[3].exception(), ValueError)
    assert [each.result() for i, each in enumerate(outcomes) if i != 3] == [0, 2, 4, 8, 10]


def test_after_a_hopeless_error_nobody_is_tried_alone() -> None:
    work = Work(lambda pieces: HopelessError() if len(pieces) > 1 else None)
    outcomes = gather(work, range(1, 6))
    assert all(isinstance(each.exception(), HopelessError) for each in outcomes[1:])
    assert len(work.calls) == 2


def test_it_goes_on_after_an_error() -> None:
    work = Work(lambda pieces: HopelessError() if 1 in pieces else None)
    work.go.set()
    commits: GroupCommit[int, int] = GroupCommit(work, no_retry=HopelessError)
    with pytest.raises(HopelessError):
        commits.submit(1)
    assert commits.submit(2) == 4
