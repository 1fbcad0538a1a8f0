"""What is said of one neighbourhood: the two-page sheet, and the page for its residents."""

from __future__ import annotations

from dataclasses import dataclass

from labo import words
from labo_web.atlas.documents.positions import composites
from labo_web.documents.drawings import Drawing, code_of, whereabouts
from labo_web.documents.facts import Edition, Facts
from labo_web.releases import findings, reading
from labo_web.releases.importing import PARTNER
from labo_web.releases.models import Zone
from labo_web.releases.reading import Reading

RESIDENTS = "population"
# What a resident asks first, and the words of the question.
TOPICS = {
    "heat": "La chaleur",
    "flood": "L’eau et les inondations",
    "air": "L’air et le bruit",
}
HELPS = 2  # resources on the residents' page
UNKNOWNS = 3  # names of what is not known there


@dataclass(frozen=True)
class Point:
    """A sentence, and what stands beside it in smaller type."""

    text: str
    beside: str


@dataclass(frozen=True)
class Row:
    """An indicator: its value, interval and gap in words; places on its axis from 0 to 100."""

    label: str
    figure: str
    interval: str
    gap: str
    verdict: str
    hollow: bool
    dot: float | None
    low: float | None
    high: float | None
    whole: float | None


@dataclass(frozen=True)
class Part:
    """The indicators of a component."""

    component: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Hazard:
    """The indicators of a hazard."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Missing:
    """Indicators without a value, and why."""

    reason: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Brief:
    """Findings, doubts and resources as the page says them, and who says them."""

    credit: str
    findings: tuple[str, ...]
    doubts: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """Two pages on a neighbourhood; `elsewhere`: indicators that only the page in line shows."""

    edition: Edition
    name: str
    where: str
    people: str
    brief: Brief
    hazards: tuple[Hazard, ...]
    elsewhere: int
    missing: tuple[Missing, ...]
    drawing: Drawing
    qr: str


@dataclass(frozen=True)
class Topic:
    """What a hazard means here: a sentence; how sure it is, and the agglomeration beside it."""

    title: str
    text: str
    beside: str


@dataclass(frozen=True)
class Leaflet:
    """One page for residents."""

    edition: Edition
    name: str
    where: str
    people: str
    topics: tuple[Topic, ...]
    resources: tuple[Point, ...]
    unknowns: tuple[str, ...]
    drawing: Drawing
    qr: str


def sheet(facts: Facts, here: Zone, components: dict[str, str] | None = None) -> Sheet:
    """Return the sheet of a neighbourhood; `components` are the words of another reading."""
    own = facts.of(here.code)
    address = facts.address(here.code)
    names = {word.capitalize(): name for name, word in reading.COMPONENTS.items()}
    weighed = {name for x in composites(facts.release) for name in x.indicators}
    known = [r for r in own if r.known and not r.is_count]
    # Chosen by declaration and never by result: what makes the indices, and what partners gave.
    shown = [r for r in known if r.x.name in weighed or r.x.component == PARTNER] or known
    reasons: dict[str, list[str]] = {}
    for r in own:
        if not r.known:
            reasons.setdefault(r.v.reason, []).append(r.x.label)
    return Sheet(
        edition=facts.edition(address, own),
        name=here.name,
        where=where(facts, here),
        people=people(own),
        brief=brief_of(facts, here),
        hazards=tuple(
            Hazard(
                group.title,
                tuple(
                    Part((components or {}).get(names[word], word), tuple(map(row, rows)))
                    for word, rows in group.parts
                ),
            )
            for group in reading.by_hazard(shown)
        ),
        elsewhere=len(known) - len(shown),
        missing=tuple(Missing(why, tuple(labels)) for why, labels in sorted(reasons.items())),
        drawing=whereabouts(facts.zones, here),
        qr=code_of(address),
    )


def brief_of(facts: Facts, here: Zone) -> Brief:
    """Return what is said first of a neighbourhood, with the figures of this release."""
    told = findings.of(facts.request, here, facts.of(here.code))
    lines = {p.key: tuple(line.text for line in p.lines if not line.missing) for p in told.parts}
    return Brief(told.credit, lines["findings"], lines["doubts"], lines["resources"])


def row(r: Reading) -> Row:
    """Return a reading as a line of a table."""
    at = {name: float(text) for name, text in (r.axis or {}).items()}
    return Row(
        r.x.label,
        r.figure,
        r.interval,
        r.gap,
        r.verdict,
        r.unsure,
        *(at.get(name) for name in ("dot", "low", "high", "whole")),
    )


def where(facts: Facts, here: Zone) -> str:
    """Say in which communes a neighbourhood is, and under which code."""
    communes = {z.code: z.name for z in facts.zones if z.kind == "commune"}
    towns = ", ".join(communes.get(code, code) for code in here.communes)
    text = f"{towns}. " if towns else ""
    text += f"Quartier prioritaire (QPV) {here.code}, génération {facts.release.generation}."
    if here.npnru:
        text += f" Programme de renouvellement urbain : {here.npnru}."
    return text


def people(own: list[Reading]) -> str:
    """Say how many live there."""
    found = next((r for r in own if r.x.name == RESIDENTS), None)
    if found is None or not found.known:
        why = f" ({found.v.reason})" if found else ""
        return f"Nombre d’habitants : pas de valeur{why}."
    return (
        f"Ici vivent environ {found.figure} habitants en ménage fiscal : de {found.span}, "
        "neuf fois sur dix."
    )


def leaflet(facts: Facts, here: Zone) -> Leaflet:
    """Return the page for residents of a neighbourhood."""
    own = facts.of(here.code)
    address = facts.address(here.code)
    count = next((r for r in own if r.x.name == RESIDENTS and r.known), None)
    helps = reading.resources(own)[:HELPS]
    told = [r for h in TOPICS if (r := reading.telling(own, h))]
    communes = {z.code: z.name for z in facts.zones if z.kind == "commune"}
    return Leaflet(
        edition=facts.edition(address, [*told, *helps]),
        name=here.name,
        where=", ".join(communes.get(code, code) for code in here.communes),
        people=f"Environ {count.figure} habitants (entre {_between(count)})." if count else "",
        topics=tuple(
            Topic(TOPICS[r.x.hazards[0]], r.sentence, _told(r.likely, r.beside)) for r in told
        ),
        resources=tuple(
            Point(r.sentence, _told(r.likely, f"Dans toute l’agglomération : {r.whole_said}."))
            for r in helps
        ),
        unknowns=tuple(_unknowns(own)),
        drawing=whereabouts(facts.zones, here),
        qr=code_of(address),
    )


def _told(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _between(r: Reading) -> str:
    return f"{words.figure(r.v.low, r.x.unit)} et {words.figure(r.v.high, r.x.unit)}"


def _unknowns(own: list[Reading]) -> list[str]:
    """Say in plain words what the figures do not tell."""
    known = [r for r in own if r.known and not r.is_count]
    found = []
    imputed = max((r.v.imputed_share or 0.0 for r in known), default=0.0)
    if imputed > findings.IMPUTED:
        found.append(
            f"Pour protéger la vie privée, l’Insee ne donne pas les chiffres exacts de tous les "
            f"immeubles : pour {words.figure(imputed, '1')} des habitants, c’est une moyenne "
            "d’alentour."
        )
    unsure = sum(r.v.gap is not None and not r.sure for r in known)
    if unsure:
        found.append(
            f"Sur {unsure} sujets, on ne sait pas si le quartier est différent du reste de "
            "l’agglomération."
        )
    absent = [r.x.label for r in own if not r.known]
    if absent:
        names = " ; ".join(label[:1].lower() + label[1:] for label in absent[:UNKNOWNS])
        more = len(absent) - UNKNOWNS
        names += f" ; et {more} autres" if more > 1 else " ; et un autre" if more == 1 else ""
        found.append(f"On n’a pas de chiffre pour ce seul quartier sur : {names}.")
    return found
