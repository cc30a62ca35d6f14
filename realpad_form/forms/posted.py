"""What came in a POST, before anybody looked at it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Posted:
    """The texts of a POST by key, as WTForms wants its form data."""

    values: Mapping[str, Sequence[str]]
    malformed: frozenset[str] = frozenset()  # keys whose values no form could send

    def __contains__(self, key: object) -> bool:
        return key in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def getlist(self, key: str) -> list[str]:
        """Return every text of a key."""
        return list(self.values.get(key, ()))
