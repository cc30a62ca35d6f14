"""Maximum matchings in small bipartite graphs: who can have what, if everybody takes one thing at most."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

Edges = Mapping[int, Sequence[int]]
"""What each taker could take, the best first."""


def match(takers: Iterable[int], edges: Edges, *, without: int | None = None) -> dict[int, int]:
    """Return who takes each thing, with as many takers served as possible; nobody takes `without`."""
    taken: dict[int, int] = {}
    for taker in takers:
        _augment(taker, edges, taken, without=without)
    return taken


def _augment(taker: int, edges: Edges, taken: dict[int, int], *, without: int | None) -> None:
    """Serve one more taker if that is possible, letting others take something else.

    Source: Berge's lemma; a breadth-first search for an augmenting path.
    """
    came_from: dict[int, int] = {}  # thing -> the taker that would take it
    queue = deque([taker])
    while queue:
        current = queue.popleft()
        for thing in edges.get(current, ()):
            if thing == without or thing in came_from:
                continue
            came_from[thing] = current
            if thing not in taken:
                _switch(thing, came_from, taken, last=taker)
                return
            queue.append(taken[thing])


def _switch(thing: int, came_from: Mapping[int, int], taken: dict[int, int], *, last: int) -> None:
    """Let everybody on the path that ends at `thing` take what the path says."""
    previous = {taker: owned for owned, taker in taken.items()}
    while True:
        taker = came_from[thing]
        taken[thing] = taker
        if taker == last:
            return
        thing = previous[taker]
