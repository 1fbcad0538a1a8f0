"""Names and codes that no real place bears, in the form of the official ones."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

_COMMUNES = (
    "Ville-Témoin", "Témoin-les-Bois", "Saint-Exemple", "Témoin-sur-Lande", "Les Essarts-Fictifs",
    "Exemple-la-Plaine", "Saint-Factice", "Le Bourg-Témoin", "Port-Exemple", "La Lande-Fictive",
    "Vieux-Témoin", "Exemple-le-Château", "Notre-Dame-de-Fiction", "Témoin-le-Pont",
)  # fmt: skip
_QPVS = (
    "Les Acacias", "Bellerive", "Le Grand Pré", "Les Trois Tours", "Beauregard", "La Noue",
    "Les Tilleuls", "Clair-Soleil", "Le Moulin", "Les Genêts", "La Fontaine", "Haut-Vallon",
    "Les Peupliers", "Champ-Fleuri", "La Gare", "Les Marronniers", "Croix-Blanche", "Les Alizés",
)  # fmt: skip
REGION = ("99", "Région fictive")


def _departments() -> Iterator[str]:
    """99, then a digit and a letter: none is the code of a French department."""
    yield "99"
    for digit, letter in itertools.product("9876543", "CDEFGHJKLMNPQRSTUVWXYZ"):
        yield digit + letter


@dataclass
class Registry:
    """Gives out codes in order, so that no two zones of one mirror share one."""

    _names: Iterator[str] = field(default_factory=_departments)
    department: str = ""
    _communes: int = 999
    _qpvs: dict[str, int] = field(default_factory=lambda: {"QN": 99, "QP": 999})
    _first: bool = True

    def open_territory(self, communes: int, qpvs: int) -> None:
        """Move to another department if this one has no room for a whole agglomeration."""
        full = self._communes + communes > 999 or self._qpvs["QN"] + qpvs > 99
        if full:
            self._next_department()

    def _next_department(self) -> None:
        self.department = next(self._names)
        self._communes = 0
        self._qpvs = {"QN": 0, "QP": 0}

    def commune(self) -> str:
        """Five characters: department and number."""
        self._communes += 1
        return f"{self.department}{self._communes:03d}"

    def qpv_2024(self, change: str) -> str:
        """QN, department on three characters, number on two, M, I or N."""
        if self._qpvs["QN"] >= 99:  # only an agglomeration with more than 99 QPVs comes here
            self._next_department()
        self._qpvs["QN"] += 1
        return f"QN0{self.department}{self._qpvs['QN']:02d}{change}"

    def qpv_2015(self) -> str:
        """QP, department on three characters, number on three."""
        self._qpvs["QP"] += 1
        return f"QP0{self.department}{self._qpvs['QP']:03d}"


def territory_id(number: int) -> str:
    """The name that stands for an EPCI: ville-temoin, ville-temoin-2 and so on."""
    return "ville-temoin" if number == 0 else f"ville-temoin-{number + 1}"


def epci_siren(number: int) -> str:
    """Nine digits."""
    return str(999_000_001 + number)


def epci_name(number: int) -> str:
    """The name says that the data are fictive."""
    suffix = "" if number == 0 else f" {number + 1}"
    return f"Ville-Témoin{suffix} Agglomération (données fictives)"


def commune_name(rank: int, territory: int) -> str:
    """A name, numbered from the second territory on."""
    return _numbered(_COMMUNES, rank, territory)


def qpv_name(rank: int, territory: int) -> str:
    """A name that ends with (fictif)."""
    shift = rank + 5 * territory
    return _numbered(_QPVS, shift % len(_QPVS) + rank // len(_QPVS) * len(_QPVS), 0) + " (fictif)"


def _numbered(names: tuple[str, ...], rank: int, territory: int) -> str:
    turn, place = divmod(rank, len(names))
    parts = [names[place]]
    if territory:
        parts.append(str(territory + 1))
    if turn:
        parts.append("bis" if turn == 1 else f"n°{turn + 1}")
    return " ".join(parts)
