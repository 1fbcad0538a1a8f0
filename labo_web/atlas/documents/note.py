"""The two-page note for elected officials: what stays true, one line why, what could change it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from labo import words
from labo.inequality import FEWEST_AREAS
from labo_web.atlas.documents.positions import HERE, OFTEN, Position, Ranking, rankings
from labo_web.atlas.documents.sheet import Brief, Point, brief_of, people, where
from labo_web.documents.drawings import Drawing, code_of, neighbourhoods, whereabouts
from labo_web.documents.facts import Edition, Facts
from labo_web.releases.models import Value, Zone

MOST = 2  # neighbourhoods told at length of one index; the others are named
NAMED = 8
LIMITS = (
    "Un indice résume des indicateurs choisis et pesés. D’autres choix sont possibles.",
    "Il dit où regarder, pas quoi décider : un atelier peut proposer d’autres poids.",
    "Il parle de lieux et de conditions de vie, jamais de la valeur des habitants.",
    "Un quartier absent d’une liste n’est pas un quartier sans besoin.",
)


@dataclass(frozen=True)
class Line:
    """A neighbourhood in an index."""

    name: str
    stands: bool
    text: str
    span: str
    reason: str
    lever: str
    change: str


@dataclass(frozen=True)
class Theme:
    """An index: its question, the neighbourhoods that answer it, and the others in a sentence."""

    label: str
    question: str
    lines: tuple[Line, ...]
    others: str


@dataclass(frozen=True)
class Moment:
    """A climate indicator, horizon by horizon."""

    label: str
    cells: tuple[Point, ...]


@dataclass(frozen=True)
class Climate:
    """The climate to come of the agglomeration."""

    reference: str
    horizons: tuple[str, ...]
    rows: tuple[Moment, ...]


@dataclass(frozen=True)
class Note:
    """Two pages for elected officials, on a territory or on one neighbourhood."""

    edition: Edition
    name: str
    where: str
    lead: str
    how: str
    themes: tuple[Theme, ...]
    brief: Brief | None
    climate: Climate
    limits: tuple[str, ...]
    names: tuple[str, ...]
    drawing: Drawing
    qr: str


def territory_note(facts: Facts) -> Note:
    """Return the note of a territory."""
    qpvs, release = facts.qpvs, facts.release
    found = rankings(facts, [z.code for z in qpvs])
    address = facts.address()
    shown = [r for z in qpvs for r in facts.of(z.code)]
    count = len(qpvs)
    return Note(
        edition=facts.edition(address, shown),
        name=release.territory.name,
        where=(
            f"{count} quartier{_s(count)} prioritaire{_s(count)} de la politique de la ville "
            f"(QPV), génération {release.generation}."
        ),
        lead=_lead(found),
        how=_how(found),
        themes=levers_once(tuple(map(_theme, found))),
        brief=None,
        climate=_climate(facts),
        limits=LIMITS,
        names=tuple(z.name for z in qpvs),
        drawing=neighbourhoods(facts.zones, qpvs or facts.zones),
        qr=code_of(address),
    )


def neighbourhood_note(facts: Facts, here: Zone) -> Note:
    """Return the note of a neighbourhood."""
    own = facts.of(here.code)
    address = facts.address(here.code)
    found = rankings(facts, [here.code])
    return Note(
        edition=facts.edition(address, own),
        name=here.name,
        where=f"{where(facts, here)} {people(own)}",
        lead=_lead_of_one(found),
        how=_how(found),
        themes=levers_once(
            tuple(
                Theme(r.composite.label, r.composite.question, tuple(map(_line, r.positions)), "")
                for r in found
            )
        ),
        brief=brief_of(facts, here),
        climate=_climate(facts),
        limits=LIMITS,
        names=(),
        drawing=whereabouts(facts.zones, here),
        qr=code_of(address),
    )


def _s(count: int) -> str:
    return "s" if count > 1 else ""


def _line(p: Position) -> Line:
    return Line(p.zone.name, p.stands, p.text, p.span, p.reason, p.lever, p.change)


def levers_once(themes: tuple[Theme, ...]) -> tuple[Theme, ...]:
    """Return the same themes, what could be changed in a neighbourhood said only the first time."""
    seen: set[tuple[str, str]] = set()
    made = []
    for theme in themes:
        lines = [
            replace(line, lever="") if (line.name, line.lever) in seen else line
            for line in theme.lines
        ]
        seen |= {(line.name, line.lever) for line in lines if line.lever != HERE}
        made.append(replace(theme, lines=tuple(lines)))
    return tuple(made)


def _theme(found: Ranking) -> Theme:
    """Return an index with those who stay among the most exposed, then those who often are."""
    told = [p for p in found.positions if p.stands or (found.ranked and _often(p))][:MOST]
    rest = [p for p in found.positions if p not in told]
    more = [p for p in rest if p.stands]
    others = []
    if not told:
        others.append(
            "Aucun quartier n’y est souvent parmi les plus exposés : on ne peut pas les départager."
            if found.ranked
            else "Aucun quartier n’a d’écart sûr, du côté le plus vulnérable, avec l’agglomération."
        )
    if more:
        others.append(f"Aussi : {_names(more)}.")
    if often := [p for p in rest if not p.stands and found.ranked and _often(p)]:
        others.append(f"Souvent aussi : {_names(often)}.")
    unsure = [p for p in rest if not p.stands and p.order is not None and p not in often]
    if unsure and told:
        said = "Plus rarement :" if found.ranked else "Sans écart sûr, ou moins vulnérables :"
        others.append(f"{said} {_names(unsure)}.")
    if empty := [p for p in rest if p.order is None]:
        others.append(f"Pas d’indice pour {_names(empty)}.")
    return Theme(
        found.composite.label,
        found.composite.question,
        tuple(map(_line, told)),
        " ".join(others),
    )


def _often(p: Position) -> bool:
    return p.order is not None and -p.order >= OFTEN


def _names(positions: list[Position]) -> str:
    names = [p.zone.name for p in positions[:NAMED]]
    more = len(positions) - len(names)
    return ", ".join(names) + (f" et {more} autre{_s(more)}" if more else "")


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} et {names[-1]}"


def _lead(found: list[Ranking]) -> str:
    """Say in two sentences what stays true whatever the calculation."""
    if not found:
        return "Cette livraison n’a pas d’indice : lisez les quartiers un par un."
    if not any(r.ranked for r in found):
        times: dict[str, int] = {}
        for r in found:
            for p in r.positions:
                if p.stands:
                    times[p.zone.name] = times.get(p.zone.name, 0) + 1
        text = (
            f"Moins de {FEWEST_AREAS} quartiers : ils ne sont pas classés, et chacun se lit par "
            "son écart à l’agglomération."
        )
        if times:
            most = max(times.values())
            first = [name for name, n in times.items() if n == most][:NAMED]
            text += (
                f" Sur {len(found)} sujets, c’est {_and(sorted(first))} qui "
                f"s’en écart{'ent' if len(first) > 1 else 'e'} le plus souvent du côté "
                f"vulnérable : {most} fois."
            )
        return text
    core: dict[str, list[str]] = {}
    for r in found:
        for p in r.positions:
            if p.stands:
                core.setdefault(p.zone.name, []).append(_begun(r.composite.label))
    if not core:
        return (
            "Aucun quartier ne reste parmi les plus exposés dans 9 calculs sur 10 : on ne peut "
            "pas les départager."
        )
    told = " ; ".join(f"{name} ({', '.join(labels)})" for name, labels in sorted(core.items()))
    return f"Restent parmi les plus exposés dans 9 calculs sur 10 : {told}."


def _lead_of_one(found: list[Ranking]) -> str:
    """Say of a neighbourhood what stays true whatever the calculation."""
    stands = [_begun(r.composite.label) for r in found for p in r.positions if p.stands]
    if not any(r.positions for r in found):
        return "Pas d’indice pour ce quartier dans cette livraison : ses constats sont plus bas."
    ranked = any(r.ranked for r in found)
    if not stands:
        return (
            "Sur aucun sujet il n’est parmi les plus exposés dans 9 calculs sur 10."
            if ranked
            else "Sur aucun sujet l’écart avec l’agglomération n’est sûr, du côté vulnérable."
        )
    many = f"{len(stands)} sujet{_s(len(stands))} sur {len(found)}"
    said = (
        "il reste parmi les plus exposés dans 9 calculs sur 10"
        if ranked
        else "il est sûrement plus vulnérable que l’agglomération"
    )
    return f"Sur {many}, {said} : {' ; '.join(stands)}."


def _begun(label: str) -> str:
    return label[:1].lower() + label[1:]


def _how(found: list[Ranking]) -> str:
    """Say how to read the positions."""
    if not found:
        return ""
    if any(r.ranked for r in found):
        return (
            "Le calcul est refait des centaines de fois, avec d’autres données possibles et "
            "d’autres choix de méthode. « Dans 9 calculs sur 10 » : le quartier est dans le quart "
            "le plus exposé des quartiers du territoire au moins 9 fois sur 10. Les quartiers sont "
            "comparés entre eux : la raison dit ce qui place celui-ci devant leur médiane. Entre "
            "parenthèses, l’intervalle à 90 % ; « contre » : la valeur de l’agglomération."
        )
    return (
        "Un indice va de 1, là où une commune ou un quartier de l’agglomération est le moins "
        "vulnérable, à 100. L’écart est en points de cet indice, avec son intervalle à 90 %. "
        "Entre parenthèses, l’intervalle d’un chiffre ; « contre » : la valeur de l’agglomération."
    )


def _climate(facts: Facts) -> Climate:
    """Return the climate to come, an indicator a row, a horizon a column."""
    values = facts.climate_values()
    scenarios = sorted({v.scenario for v in values})
    moments = sorted({(v.horizon[-4:], v.horizon, v.scenario) for v in values})
    rows = []
    for name in dict.fromkeys(v.indicator.name for v in values):
        own = {(v.horizon, v.scenario): v for v in values if v.indicator.name == name}
        cells = [_cell(own.get((horizon, scenario))) for _, horizon, scenario in moments]
        rows.append(Moment(next(iter(own.values())).indicator.label, tuple(cells)))
    return Climate(
        ", ".join(scenarios),
        tuple(h if len(scenarios) == 1 else f"{h}, {scenario}" for _, h, scenario in moments),
        tuple(rows),
    )


def _cell(v: Value | None) -> Point:
    if v is None:
        return Point(words.NOTHING, "")
    unit = v.indicator.unit
    return Point(words.figure(v.central, unit), words.interval(v.low, v.high, unit))
