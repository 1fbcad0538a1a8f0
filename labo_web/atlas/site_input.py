"""A site as a page sends it: a drawing in JSON, or a table of amounts. Both give the same sites.

Whatever is wrong is said in French sentences, which name the state (« Variante 1 ») they are of;
what was sent goes back to the page as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from django.http import QueryDict
from shapely.errors import GEOSException
from shapely.geometry import Point, Polygon

from labo.drawn_site import MOST_POINTS, MOST_SHAPES, Drawn, measured
from labo.errors import LaboError
from labo.runoff import SOIL_GROUPS
from labo.site import MOST_TREES, MOST_VARIANTS, SAME_M2, SAME_SHARE, Site
from labo.surfaces import SURFACES, TREES
from labo.typed import number
from labo_web.atlas.french import printed
from labo_web.atlas.sheet import Sheet

STATES = ("Aujourd’hui", *(f"Variante {k}" for k in range(1, MOST_VARIANTS + 1)))
# Beyond, no hand drew it.
MOST_CHARACTERS = 1_000_000
FARTHEST = 1e6
SHOWN = 40

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Shape:
    """A surface or a tree that was drawn, in metres of the sheet; a tree is one point."""

    kind: str
    points: Ring


@dataclass(frozen=True)
class State:
    """What is drawn of a site at one moment, and what its ground is where nothing is drawn."""

    name: str
    rest: str
    surfaces: list[Shape]
    trees: list[Shape]


@dataclass(frozen=True)
class Drawing:
    """An outline and the states drawn inside it, today first."""

    outline: Ring
    states: list[State]


@dataclass
class Asked:
    """What was sent, and what it says: sites by name of their state, or what is wrong."""

    mode: str
    soil: str
    typed: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    drawing: Drawing | None = None
    sites: dict[str, Site] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


class Unreadable(ValueError):
    """What cannot be read, in a sentence."""


def read(given: QueryDict, sheet: Sheet) -> Asked:
    """Read what a form sent."""
    soil = given.get("sol", "")
    asked = Asked("tableau" if given.get("mode") == "tableau" else "dessin", soil)
    if soil and soil not in SOIL_GROUPS:
        asked.wrong.append(
            f"Sol « {_cut(soil)} » : choisissez {', '.join(SOIL_GROUPS)}, ou « on ne sait pas »."
        )
        asked.soil = ""
    if asked.mode == "tableau":
        asked.typed = {
            name: given.get(name, "") for n in range(len(STATES)) for name in columns_of(n)
        }
        _read_table(asked)
    else:
        asked.text = given.get("dessin", "")
        _read_drawing(asked, sheet)
    if not asked.wrong:
        _check_grounds(asked)
    return asked


def _check_grounds(asked: Asked) -> None:
    """Compare only what covers the same ground; the engine would refuse it too, without names."""
    if STATES[0] not in asked.sites:
        asked.wrong.append(
            "Rien n’est dit du site aujourd’hui : dessinez ou comptez d’abord ce qui est là."
        )
        return
    before = asked.sites[STATES[0]].ground
    for name, site in asked.sites.items():
        if abs(site.ground - before) > max(SAME_M2, SAME_SHARE * before):
            asked.wrong.append(
                f"{name} couvre {site.ground:.0f} m² et le site {before:.0f} m² : décrivez la même "
                "surface, sans trou ni double."
            )


# A table


def columns_of(state: int) -> Iterator[str]:
    """Give the names of the fields of a state, surfaces first."""
    for kind in (*SURFACES, *TREES):
        yield f"e{state}.{kind.id}"


def _read_table(asked: Asked) -> None:
    for n, name in enumerate(STATES):
        surfaces: dict[str, float] = {}
        trees: dict[str, float] = {}
        for kinds, found in ((SURFACES, surfaces), (TREES, trees)):
            for kind in kinds:
                text = asked.typed[f"e{n}.{kind.id}"].strip()
                if not text:
                    continue
                try:
                    found[kind.id] = number(text)
                except ValueError:
                    asked.wrong.append(
                        f"{name}, « {printed(kind.label)} » : « {_cut(text)} » n’est pas un "
                        "nombre. Écrivez par exemple 120 ou 12,5."
                    )
        if (surfaces or trees) and not asked.wrong:
            _add(asked, name, surfaces, trees)


def _add(
    asked: Asked, name: str, surfaces: Mapping[str, float], trees: Mapping[str, float]
) -> None:
    try:
        asked.sites[name] = Site(surfaces, trees)
    except LaboError as error:
        asked.wrong.append(f"{name} : {printed(str(error))}")


# A drawing


def _read_drawing(asked: Asked, sheet: Sheet) -> None:
    try:
        drawing = asked.drawing = drawing_of(asked.text)
    except Unreadable as error:
        asked.wrong.append(str(error))
        return
    for state in drawing.states:
        try:
            asked.sites[state.name] = measured(
                Polygon(drawing.outline),
                [Drawn(s.kind, Polygon(s.points)) for s in state.surfaces],
                [Drawn(t.kind, Point(t.points[0])) for t in state.trees],
                rest=state.rest,
                territory=sheet.territory,
            )
        except LaboError as error:
            asked.wrong.append(f"{state.name} : {printed(str(error))}")
        except GEOSException:
            asked.wrong.append(f"{state.name} : une forme ne se lit pas. Redessinez-la.")


def drawing_of(text: str) -> Drawing:
    """Return what a drawing says, checked before any geometry is built of it.

    Raises:
        Unreadable: it cannot be read; the message is a French sentence.
    """
    if not text.strip():
        raise Unreadable(
            "Aucun dessin n’est arrivé : dessinez, ou remplissez le tableau des surfaces."
        )
    if len(text) > MOST_CHARACTERS:
        raise Unreadable("Ce dessin est trop long : simplifiez les formes, ou retirez-en.")
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except Unreadable:
        raise
    except (ValueError, RecursionError):
        raise Unreadable("Ce dessin ne se lit pas : rechargez la page.") from None
    states = found.get("states") if isinstance(found, dict) else None
    if not isinstance(states, list) or not 1 <= len(states) <= len(STATES):
        raise Unreadable(f"Ce dessin doit avoir de 1 à {len(STATES)} états : rechargez la page.")
    outline = _ring(found.get("outline"), "Le contour du site", 3)
    made = [_state(state, name) for state, name in zip(states, STATES, strict=False)]
    points = len(outline) + sum(len(s.points) for state in made for s in state.surfaces)
    if points > MOST_POINTS:
        raise Unreadable(f"{points} points dessinés : simplifiez, {MOST_POINTS} au plus.")
    return Drawing(outline, made)


def _no_constant(name: str) -> NoReturn:
    raise Unreadable(
        f"Un point du dessin est « {name} » et non un nombre : redessinez cette forme."
    )


def _state(found: Any, name: str) -> State:
    if not isinstance(found, dict):
        raise Unreadable(f"{name} ne se lit pas : rechargez la page.")
    rest = found.get("rest")
    if not isinstance(rest, str) or rest not in {x.id for x in SURFACES if x.covers}:
        raise Unreadable(
            f"{name} : le sol « {_cut(str(rest))} » n’existe pas, choisissez-en un autre."
        )
    surfaces = _shapes(found.get("surfaces"), name, "surface", {x.id for x in SURFACES})
    trees = _shapes(found.get("trees"), name, "arbre", {x.id for x in TREES})
    return State(name, rest, surfaces, trees)


def _shapes(found: Any, name: str, noun: str, kinds: set[str]) -> list[Shape]:
    most, least = (MOST_TREES, 1) if noun == "arbre" else (MOST_SHAPES, 3)
    if not isinstance(found, list):
        raise Unreadable(f"{name} ne se lit pas : rechargez la page.")
    if len(found) > most:
        raise Unreadable(f"{name} : {len(found)} {noun}s, c’est trop. {most} au plus.")
    shapes = []
    for number_of, shape in enumerate(found, 1):
        said = f"{name}, {noun} {number_of}"
        kind = shape.get("kind") if isinstance(shape, dict) else None
        if not isinstance(kind, str) or kind not in kinds:
            raise Unreadable(
                f"{said} : « {_cut(str(kind))} » n’existe pas, choisissez autre chose."
            )
        shapes.append(Shape(kind, _ring(shape.get("points"), said, least)))
    return shapes


def _ring(found: Any, said: str, least: int) -> Ring:
    if not isinstance(found, list) or len(found) < least:
        raise Unreadable(f"{said} n’a pas assez de points : redessinez la forme ou retirez-la.")
    if len(found) > MOST_POINTS:
        raise Unreadable(f"{said} a {len(found)} points : simplifiez, {MOST_POINTS} au plus.")
    ring = []
    for at in found:
        if (
            not isinstance(at, list)
            or len(at) != 2
            or not all(isinstance(x, int | float) and not isinstance(x, bool) for x in at)
            or not all(abs(x) <= FARTHEST for x in at)
        ):
            raise Unreadable(f"{said} a un point sans position : redessinez la forme.")
        ring.append((float(at[0]), float(at[1])))
    return ring


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
