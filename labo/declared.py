"""A collection of declarations by id, that refuses duplicates."""

import difflib
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from labo.errors import UnknownName


class HasId(Protocol):
    """Anything that is declared has an id."""

    @property
    def id(self) -> str:
        """The name under which it is declared."""
        ...


T = TypeVar("T", bound=HasId)


class Declared(Generic[T]):
    """Declarations of one noun ("source", "layer" …), in the order of their declaration.

    It is filled while the catalogue is imported and frozen afterwards, so that nothing can change
    what a diagnosis means while it runs.
    """

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._by_id: dict[str, T] = {}
        self._frozen = False

    def add(self, item: T) -> T:
        """Declare `item`; a second declaration under the same id is an error at import."""
        if self._frozen:
            raise TypeError(f"{self.noun} {item.id!r} declared after the catalogue was frozen")
        if item.id in self._by_id:
            raise TypeError(f"{self.noun} {item.id!r} is declared twice")
        self._by_id[item.id] = item
        return item

    def freeze(self) -> None:
        """Refuse every later declaration."""
        self._frozen = True

    def __getitem__(self, name: str) -> T:
        """Return the declaration of that id, or say which ids are near.

        Raises:
            UnknownName: no declaration has this id.
        """
        if name in self._by_id:
            return self._by_id[name]
        near = difflib.get_close_matches(name, self._by_id, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"see `labo list {self.noun}s`."
        raise UnknownName(f"There is no {self.noun} named {name!r}; {hint}")

    def __contains__(self, name: object) -> bool:
        return name in self._by_id

    def __iter__(self) -> Iterator[T]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)
