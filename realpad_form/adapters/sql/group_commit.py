"""Commits shared by threads that have something to store at the same time."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar, cast

MAX_BATCH: Final = 64
"""The most items in one transaction, so that nobody waits for a crowd."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class _Pending(Generic[Item, Result]):
    """A thread's item. The thread is woken when the item is done, or when it is its turn to commit."""

    item: Item
    wakeup: threading.Lock = field(default_factory=threading.Lock)  # held while the thread has to sleep
    is_done: bool = False
    result: Result | None = None
    error: BaseException | None = None


class GroupCommit(Generic[Item, Result]):
    """Commits the items of several threads at once.

    A thread that finds nobody committing does so for all who come meanwhile. `commit` stores several items,
    all or none of them, and returns a result for each, in order. When it fails, each item is tried alone, so
    that none suffers from its neighbours; after a `no_retry` error none is.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Item]], Sequence[Result]],
        *,
        no_retry: type[Exception] | tuple[type[Exception], ...],
    ) -> None:
        self._commit = commit
        self._no_retry = no_retry
        self._lock = threading.Lock()
        self._waiting: list[_Pending[Item, Result]] = []
        self._is_busy = False

    def submit(self, item: Item) -> Result:
        """Have an item committed; return its result or raise its error."""
        pending: _Pending[Item, Result] = _Pending(item)
        pending.wakeup.acquire()
        with self._lock:
            self._waiting.append(pending)
            must_wait, self._is_busy = self._is_busy, True
        if must_wait:
            pending.wakeup.acquire()
        if not pending.is_done:  # it is our turn to commit for all who wait
            with self._lock:
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            self._run(batch)
            with self._lock:
                next_up = self._waiting[:1]
                self._is_busy = bool(next_up)
            for each in batch + next_up:
                each.wakeup.release()
        if pending.error is not None:
            raise pending.error
        return cast(Result, pending.result)

    def _run(self, batch: Sequence[_Pending[Item, Result]]) -> None:
        try:
            results = self._commit([pending.item for pending in batch])
        except BaseException as error:  # noqa: BLE001 - each waiting thread raises it
            if len(batch) > 1 and isinstance(error, Exception) and not isinstance(error, self._no_retry):
                for pending in batch:
                    self._run([pending])
                return
            for pending in batch:
                pending.error, pending.is_done = error, True
        else:
            for pending, result in zip(batch, results, strict=True):
                pending.result, pending.is_done = result, True
