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
    would_take: dict[int, int] = {}  # thing -> who would take it
    gives_up: dict[int, int] = {}  # taker -> the thing that somebody before on the path would take
    queue = deque([taker])
    while queue:
        current = queue.popleft()
        for thing in edges.get(current, ()):
            if thing == without or thing in would_take:
                continue
            would_take[thing] = current
            if thing not in taken:
                _switch(thing, would_take, gives_up, taken)
                return
            gives_up[taken[thing]] = thing
            queue.append(taken[thing])


def _switch(
    thing: int, would_take: Mapping[int, int], gives_up: Mapping[int, int], taken: dict[int, int]
) -> None:
    """Let everybody on the path that ends at `thing` take what the path says."""
    while True:
        taker = would_take[thing]
        taken[thing] = taker
        if taker not in gives_up:
            return
        thing = gives_up[taker]
