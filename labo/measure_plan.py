"""A plan: so much of such a measure in such a zone, as a group writes it in a file.

Messages are French: they answer the person who wrote the plan, on a page as in a terminal.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labo.catalogue import MEASURES
from labo.errors import BadInput, MissingFile, UnknownName
from labo.formula import number
from labo.measure import Measure

# A plan that people discuss fits on some pages; a longer list is chosen among, not simulated.
MOST_LINES = 1_000
MOST_BYTES = 1_000_000
MOST_LETTERS = 200
KEYS = ("measure", "zone", "quantity", "site", "lon", "lat")
REQUIRED = KEYS[:3]
# What is counted one by one: half a tree is a mistake.
WHOLE = ("tree", "place", "dwelling", "household", "resident")


@dataclass(frozen=True, kw_only=True)
class Line:
    """So many units of a measure in a zone.

    zone: its id, official code or name. site: a label, "" if none. lon, lat: where it is, degrees
    (EPSG:4326), None where nobody said.
    """

    measure: Measure
    zone: str
    quantity: float
    site: str
    lon: float | None
    lat: float | None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        where = {} if self.lon is None else {"lon": self.lon, "lat": self.lat}
        return {
            "measure": self.measure.id,
            "label": self.measure.label,
            "zone": self.zone,
            "quantity": self.quantity,
            "unit": self.measure.unit_label,
            **({"site": self.site} if self.site else {}),
            **where,
        }


@dataclass(frozen=True)
class Plan:
    """What a group would do: its lines, none of them unlawful; the order of lines is nothing."""

    lines: tuple[Line, ...]

    def as_json(self) -> list[dict[str, Any]]:
        """Return it as plain data."""
        return [x.as_json() for x in self.lines]


def read_plan(path: Path) -> Plan:
    """Return the plan of a TOML file, as `example` writes one.

    Raises:
        MissingFile: there is none; BadInput: it is not such a file, or a line is not as it should.
        UnknownName: a measure that is not in the catalogue.
    """
    if not path.is_file():
        raise MissingFile(f"Le plan {str(path)!r} n'existe pas : `labo scenario … --example`.")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise BadInput(
            f"{str(path)!r} fait {number(size)} octets ; un plan en fait {number(MOST_BYTES)} au "
            f"plus, pour {number(MOST_LINES)} lignes : regroupez-le."
        )
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"{str(path)!r} n'est pas un fichier TOML ({error}) : corrigez-le là, ou repartez de "
            "`labo scenario … --example`."
        ) from error
    if unknown := sorted(set(content) - {"measures"}):
        raise BadInput(f"{str(path)!r} a {unknown[0]!r} ; attendu : des blocs [[measures]].")
    rows = content.get("measures")
    if not isinstance(rows, list):
        raise BadInput(f"{str(path)!r} n'a aucun bloc [[measures]] : un par solution du plan.")
    return plan_of(rows)


def plan_of(rows: Sequence[Mapping[str, Any]]) -> Plan:
    """Return the plan of rows that have the keys KEYS, those of REQUIRED at least.

    Raises:
        BadInput: too many rows, or one that is not as it should: the message numbers it, from 1.
        UnknownName: a measure that is not in the catalogue.
    """
    if len(rows) > MOST_LINES:
        raise BadInput(
            f"Ce plan a {number(len(rows))} lignes ; {number(MOST_LINES)} au plus : regroupez-les "
            "par quartier."
        )
    return Plan(tuple(_line(row, at) for at, row in enumerate(rows, 1)))


def _line(row: Mapping[str, Any], at: int) -> Line:
    where = f"Ligne {at} du plan"
    if not isinstance(row, Mapping):
        raise BadInput(f"{where} : {row!r:.60} ; attendu : {', '.join(KEYS)}.")
    if unknown := [str(name) for name in row if name not in KEYS]:
        near = difflib.get_close_matches(unknown[0], KEYS, n=1, cutoff=0.6)
        hint = f"vouliez-vous dire {near[0]!r} ?" if near else f"attendu : {', '.join(KEYS)}."
        raise BadInput(f"{where} : {unknown[0]!r:.60} n'est pas connu ; {hint}")
    for name in REQUIRED:
        if name not in row:
            raise BadInput(f"{where} : il manque {name!r} ({', '.join(REQUIRED)}).")
    found = _measure(row["measure"], where)
    where = line_said(at, found)
    lon, lat = (_degrees(row, name, where) for name in ("lon", "lat"))
    if (lon is None) != (lat is None):
        raise BadInput(f"{where} : donnez lon et lat ensemble, ou aucun des deux.")
    quantity = _quantity(row["quantity"], found, where)
    if lon is not None and found.unit == "place" and quantity > 1:
        raise BadInput(
            f"{where} : {quantity:g} lieux à la même position ; un lieu par ligne quand il est "
            "situé."
        )
    return Line(
        measure=found,
        zone=_text(row["zone"], "zone", where),
        quantity=quantity,
        site=_text(row["site"], "site", where) if row.get("site") else "",
        lon=lon,
        lat=lat,
    )


def line_said(at: int, measure: Measure) -> str:
    """Return what a line of a plan is called: its solution, then its number."""
    return f"« {measure.label} » (ligne {at} du plan)"


def _measure(given: Any, where: str) -> Measure:
    name = _text(given, "measure", where)
    if name in MEASURES:
        return MEASURES[name]
    near = difflib.get_close_matches(name, [x.id for x in MEASURES], n=3, cutoff=0.5)
    hint = f"vouliez-vous dire {' ou '.join(near)} ?" if near else "voyez `labo list measures`."
    raise UnknownName(f"{where} : aucune solution ne s'appelle {name!r} ; {hint}")


def _text(given: Any, name: str, where: str) -> str:
    if not isinstance(given, str) or not given.strip() or len(given) > MOST_LETTERS:
        raise BadInput(f"{where} : {name} = {given!r:.60} ; attendu : un texte court.")
    return given.strip()


def _quantity(given: Any, measure: Measure, where: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise BadInput(f"{where} : quantity = {given!r:.60} ; attendu : un nombre.")
    if not math.isfinite(given) or given < 0:
        raise BadInput(f"{where} : quantity = {given} ; attendu : un nombre à partir de 0.")
    if measure.unit in WHOLE and given != math.floor(given):
        raise BadInput(
            f"{where} : quantity = {given} ; « {measure.unit_label} » se compte en nombres entiers."
        )
    return float(given)


def _degrees(row: Mapping[str, Any], name: str, where: str) -> float | None:
    given = row.get(name)
    if given is None:
        return None
    most = 180 if name == "lon" else 90
    fine = isinstance(given, int | float) and not isinstance(given, bool)
    if not fine or not math.isfinite(given) or abs(given) > most:
        raise BadInput(
            f"{where} : {name} = {given!r:.60} ; attendu : des degrés, entre −{most} et {most}."
        )
    return float(given)


# A file to begin with

HEAD = """\
# Un plan : ce que l'on ferait, où, et combien. Un bloc [[measures]] par solution.
# Quantités INVENTÉES : remplacez-les par celles de votre groupe.
#
# measure   la solution (« labo list measures » les donne toutes)
# zone      le quartier : son code ou son nom
# quantity  combien, dans l'unité de la solution (dite à côté)
# site      facultatif : un nom de lieu
# lon, lat  facultatif : où, en degrés. Il les faut pour recalculer l'accès à pied d'un lieu ouvert.
"""
EXAMPLES: tuple[tuple[str, float, str], ...] = (
    ("plant_trees", 120, "rues et pieds d'immeubles"),
    ("unseal_soil", 2_000, "parking"),
    ("cool_places_in_august", 1, "centre social"),
    ("home_visits", 1, ""),
)


def example(places: Iterable[tuple[str, str, float, float]]) -> str:
    """Return the text of a plan to begin with.

    Args:
        places: code, name, longitude and latitude of the neighbourhoods; the first is taken.
    """
    code, name, lon, lat = next(iter(places), ("CODE_DU_QUARTIER", "?", 0.0, 0.0))
    parts = [HEAD]
    for measure, quantity, site in EXAMPLES:
        x = MEASURES[measure]
        lines = [
            "[[measures]]",
            f'measure = "{x.id}"  # {x.label}',
            f'zone = "{code}"  # {name}',
            f"quantity = {quantity:g}  # {x.unit_label}",
        ]
        if site:
            lines.append(f'site = "{site}"')
        if x.opens:
            lines += [f"lon = {lon:.5f}  # à déplacer", f"lat = {lat:.5f}"]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)
