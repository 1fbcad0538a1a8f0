"""What a kit holds, in plain content: facts of a release, resources, grids, a script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from labo_web.documents.drawings import Drawing, code_of
from labo_web.documents.facts import Edition, Facts
from labo_web.documents.texts import Exact
from labo_web.releases import findings
from labo_web.releases.models import Zone
from labo_web.releases.reading import HAZARDS, Reading
from labo_web.workshops.kit.grids import AXES, GRIDS
from labo_web.workshops.kit.pictures import (
    HEAT,
    OF_HAZARD,
    PICTOGRAMS,
    Landmark,
    pictogram,
    sheet_map,
)
from labo_web.workshops.kit.script import SCRIPTS, Timed, timed
from labo_web.workshops.kit.tongues import FRENCH, Tongue

FACTS = 8  # fact cards at most; the three findings and resources come first
BLANKS = 4  # blank cards of a sheet
DOTS = 3  # for each person, at each of the two votes
# What may be printed, in the order of the sheets.
PARTS = {
    "mode-emploi": "Mode d’emploi du kit",
    "carte": "Carte A3 du quartier",
    "faits": "Cartes de faits",
    "ressources": "Cartes de ressources",
    "blanches": "Cartes blanches",
    "gommettes": "Gommettes à découper",
    "deroule": "Déroulé pour l’animation",
    "grilles": "Grilles à remplir",
}


@dataclass(frozen=True)
class Occasion:
    """The gathering that sheets belong to; without one they have no number."""

    code: str = ""
    title: str = ""
    day: dt.date | None = None
    join: str = ""  # the address where its sheets are typed in, less their names


@dataclass(frozen=True)
class Means:
    """A resource, ready for a card; a place has a position."""

    name: str
    kind: str
    lines: tuple[str, ...]
    pictogram: str = "hands"
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True)
class FactCard:
    """One fact: a sentence, its doubt in words, what it is beside, where it comes from."""

    head: str
    theme: str
    picture: Drawing
    sentence: str
    likely: str
    beside: str
    source: str


@dataclass(frozen=True)
class MeansCard:
    """One resource."""

    name: str
    kind: str
    picture: Drawing
    lines: tuple[str, ...]
    number: int


@dataclass(frozen=True)
class Place:
    """A place of a grid: its words, in French and in the second language."""

    french: str
    other: str
    picture: Drawing | None = None
    choices: tuple[str, ...] = ()
    tall: bool = False


@dataclass(frozen=True)
class Sheet:
    """A grid to print: its places, and what brings it back."""

    title: str
    how: str
    picture: Drawing
    number: str
    address: str
    qr: str
    table: str
    ratings: tuple[Place, ...]
    columns: tuple[Place, ...]
    lines: tuple[str, ...]
    texts: tuple[Place, ...]
    notes: tuple[Place, ...]


@dataclass(frozen=True)
class Kit:
    """All that is printed."""

    edition: Edition
    name: str
    where: str
    parts: tuple[str, ...]
    names: tuple[str, ...]
    drawing: Drawing | None
    landmarks: tuple[str, ...]
    legend: str
    facts: tuple[FactCard, ...]
    means: tuple[MeansCard, ...]
    blanks: int
    dots: int
    script_name: str
    script: tuple[Timed, ...]
    copies: tuple[str, ...]
    sheets: tuple[Sheet, ...]
    other: Tongue | None
    rtl: bool
    words: Mapping[str, str]
    words_other: Mapping[str, str]
    tables: int
    people: int
    occasion: str
    pictures: Mapping[str, Drawing]


def fact_cards(facts: Facts, here: Zone) -> tuple[FactCard, ...]:
    """Return the cards of a neighbourhood: its findings, its resources, then what else is sure."""
    own = facts.of(here.code)
    by_name = {r.x.name: r for r in own if r.known}
    summary = findings.of(facts.request, here, own)
    told = {part.key: [x for x in part.lines if not x.missing] for part in summary.parts}
    written = summary.brief is not None
    cards: dict[str, FactCard] = {}
    for key, head in (("findings", FRENCH["fact"]), ("resources", FRENCH["resource"])):
        for line in told[key]:
            if r := by_name.get(line.subject):
                cards[line.subject] = _card(head, r, line.text if written else r.sentence)
    more = sorted(
        (r for r in own if r.known and r.sure and r.x.name not in cards),
        key=lambda r: (not r.worse, -r.distance),
    )
    for r in more[: max(FACTS - len(cards), 0)]:
        cards[r.x.name] = _card(FRENCH["fact"], r, r.sentence)
    unknown = tuple(
        FactCard(FRENCH["unknown"], "", pictogram("question"), line.text, "", "", "")
        for line in told["doubts"]
    )
    return (*cards.values(), *unknown)


def _card(head: str, r: Reading, sentence: str) -> FactCard:
    hazard = r.x.hazards[0]
    used = "; ".join(f"{s['producer']}, {s['label']}, {s['vintage']}" for s in r.sources)
    return FactCard(
        head,
        HAZARDS[hazard],
        pictogram(OF_HAZARD[hazard]),
        sentence,
        r.likely,
        r.beside,
        f"Source : {used}." if used else "",
    )


def kit(
    facts: Facts,
    here: Zone,
    *,
    parts: Sequence[str],
    means: Sequence[Means],
    script: str,
    start: dt.time,
    tables: int,
    people: int,
    other: Tongue | None,
    rtl: bool,
    occasion: Occasion,
) -> Kit:
    """Return what is printed for a neighbourhood.

    Args:
        facts: those of the neighbourhood, as whoever prints may read them.
        here: the neighbourhood.
        parts: some of PARTS.
        means: its published resources and the places of open data.
        script: a key of SCRIPTS.
        start: the hour of the first step.
        tables: how many.
        people: how many.
        other: a second language, or None.
        rtl: whether that language is written from right to left.
        occasion: the gathering that sheets are brought back to.
    """
    own = facts.of(here.code)
    heat = facts.release.indicators.select_related("cells")
    shown = heat.filter(name=HEAT, environment=True, cells__isnull=False).first()
    placed = [m for m in means if m.lat is not None and m.lon is not None]
    drawn = None
    if "carte" in parts:
        marks = [Landmark(m.lat or 0.0, m.lon or 0.0) for m in placed]
        drawn = sheet_map(facts.zones, here, shown, marks)
    label, steps = SCRIPTS[script]
    return Kit(
        edition=facts.edition(facts.address(here.code), own),
        name=here.name,
        where=f"QPV {here.code}, génération {facts.release.generation}.",
        parts=tuple(p for p in PARTS if p in parts),
        names=tuple(PARTS[p] for p in PARTS if p in parts),
        drawing=drawn,
        landmarks=tuple(f"{n}. {m.name}" for n, m in enumerate(placed, 1)),
        legend=_legend(shown is not None, drawn.scale if drawn else ""),
        facts=fact_cards(facts, here),
        means=tuple(
            MeansCard(
                m.name, m.kind, pictogram(m.pictogram), m.lines,
                placed.index(m) + 1 if m in placed else 0,
            )
            for m in means
        ),
        blanks=BLANKS,
        dots=people * DOTS,
        script_name=label,
        script=timed(steps, start, tables),
        copies=_copies(parts, script, tables),
        sheets=tuple(_sheets(script, tables, other, occasion)) if "grilles" in parts else (),
        other=other,
        rtl=rtl,
        words=FRENCH,
        words_other=other.words if other else {},
        tables=tables,
        people=people,
        occasion=_occasion(occasion),
        pictures={name: pictogram(name) for name in PICTOGRAMS},
    )  # fmt: skip


def _legend(coloured: bool, ground: str) -> str:
    text = "Trait épais : le quartier. Tirets : les autres quartiers prioritaires. "
    if coloured:
        text += (
            "Couleurs, du clair au foncé : le sol chauffe de plus en plus, en été, par carreau de "
            "200 mètres (mesuré par satellite, ce n’est pas la température de l’air). "
        )
    text += "Pour dire un endroit, donnez sa case : par exemple B 4."
    if ground:
        return f"{text} Rues et bâtiments : {ground}."
    return f"{text} Les rues manquent : l’équipe du site peut les ajouter."


def _occasion(occasion: Occasion) -> str:
    day = f", le {occasion.day:%d/%m/%Y}" if occasion.day else ""
    return f"{occasion.title}{day}" if occasion.title else ""


def _copies(parts: Sequence[str], script: str, tables: int) -> tuple[str, ...]:
    """Say how many of each sheet are printed."""
    each = f"une fois par table, donc {tables} fois"
    said = {
        "carte": f"en A3, en couleur, une pour le mur et {each}",
        "faits": f"sur papier épais, {each}, puis à découper",
        "ressources": f"sur papier épais, {each}, puis à découper",
        "blanches": f"{2 * tables} fois",
        "gommettes": "une fois, sur papier autocollant si possible",
        "deroule": "une fois par personne qui anime",
        "grilles": (
            "une fois : chaque arrêt a déjà sa feuille"
            if script == "marche"
            else "une fois : chaque table a déjà ses feuilles"
        ),
    }
    return tuple(f"{PARTS[p]} : {said[p]}." for p in PARTS if p in parts and p in said)


STOPS = 10


def _sheets(script: str, tables: int, other: Tongue | None, occasion: Occasion) -> list[Sheet]:
    names = ["marche"] if script == "marche" else [n for n in GRIDS if n != "marche"]
    places = range(1, (STOPS if script == "marche" else tables) + 1)
    return [_sheet(name, place, other, occasion) for place in places for name in names]


def _sheet(name: str, table: int, other: Tongue | None, occasion: Occasion) -> Sheet:
    grid = GRIDS[name]
    place = FRENCH["stop" if name == "marche" else "table"]
    address = f"{occasion.join}{name}-{table}/" if occasion.join else ""
    return Sheet(
        title=grid.title,
        how=grid.how,
        picture=pictogram(grid.pictogram),
        number=f"{occasion.code}-{name}-{table}" if occasion.code else "",
        address=Exact(address),
        qr=code_of(address) if address else "",
        table=f"{place} {table}",
        ratings=tuple(_place(r, other, r) for r in grid.ratings),
        columns=tuple(_place(c, other) for c in grid.columns),
        lines=grid.lines,
        texts=tuple(
            replace(
                _place(t, other),
                choices=AXES[t] if t in grid.axes else (),
                tall=t == grid.tall,
            )
            for t in grid.texts
        ),
        notes=tuple(_place(n, other) for n in grid.notes),
    )


def _place(key: str, other: Tongue | None, picture: str = "") -> Place:
    drawn = pictogram(picture) if picture else None
    return Place(FRENCH[key], other.words[key] if other else "", drawn)
