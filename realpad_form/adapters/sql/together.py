"""Threads that write at the same time share one transaction, and so one flush to the disk."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar, cast

AT_MOST: Final = 64
"""Pieces of work done together, so that nobody waits for a crowd."""

In = TypeVar("In")
Out = TypeVar("Out")


@dataclass(slots=True, eq=False)
class _Turn(Generic[In, Out]):
    """A thread's piece of work. The thread is woken when it is done, or when it is its turn to do it."""

    piece: In
    asleep: threading.Lock = field(default_factory=threading.Lock)  # held while the thread shall sleep
    is_done: bool = False
    result: Out | None = None
    error: BaseException | None = None


class Together(Generic[In, Out]):
    """Group commit: a thread that finds nobody at work works for all who came meanwhile.

    `work` does several pieces, all or none of them, and returns a result for each, in order. When it fails,
    each piece is tried alone, so that none suffers from its neighbours; after a `hopeless` error none is.
    """

    def __init__(
        self,
        work: Callable[[Sequence[In]], Sequence[Out]],
        *,
        hopeless: type[Exception] | tuple[type[Exception], ...],
    ) -> None:
        self._work = work
        self._hopeless = hopeless
        self._lock = threading.Lock()
        self._waiting: list[_Turn[In, Out]] = []
        self._is_busy = False

    def do(self, piece: In) -> Out:
        """Have a piece of work done; return its result or raise its error."""
        turn: _Turn[In, Out] = _Turn(piece)
        turn.asleep.acquire()
        with self._lock:
            self._waiting.append(turn)
            must_wait, self._is_busy = self._is_busy, True
        if must_wait:
            turn.asleep.acquire()
        if not turn.is_done:
            self._work_for_all()
        if turn.error is not None:
            raise turn.error
        return cast(Out, turn.result)

    def _work_for_all(self) -> None:
        """Do what waits, this thread's own piece first, then let the next thread begin."""
        with self._lock:
            turns, self._waiting = self._waiting[:AT_MOST], self._waiting[AT_MOST:]
        self._settle(turns)
        with self._lock:
            following = self._waiting[:1]
            self._is_busy = bool(following)
        for turn in turns + following:
            turn.asleep.release()

    def _settle(self, turns: Sequence[_Turn[In, Out]]) -> None:
        try:
            results = self._work([turn.piece for turn in turns])
        except BaseException as error:  # noqa: BLE001 - each waiting thread raises it
            if len(turns) > 1 and isinstance(error, Exception) and not isinstance(error, self._hopeless):
                for turn in turns:
                    self._settle([turn])
                return
            for turn in turns:
                turn.error, turn.is_done = error, True
        else:
            for turn, result in zip(turns, results, strict=True):
                turn.result, turn.is_done = result, True
