"""What heat, flood and air mean for a neighbourhood: a plain sentence each, and how sure it is.

One rule for all places. Of each topic the facts are declared in order. What is surely worse than in
the agglomeration comes first, else what touches somebody, else the first that is known. A second
fact follows where it says something else: hot by day, not by night. What is missing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labo import words
from labo_web.releases.reading import BY_COMMUNE, SAME_IN_COMMUNE, WIDE, Reading

SHARE = "1"  # unit of a share


@dataclass(frozen=True)
class Fact:
    """An indicator and how it is said of residents: what one does, what many do, and the rest.

    What is no share of residents is said with the sentence of its declaration.
    """

    indicator: str
    one: str = ""
    many: str = ""
    rest: str = ""


@dataclass(frozen=True)
class Topic:
    """A hazard in plain words, and the facts that tell it."""

    hazard: str
    title: str
    facts: tuple[Fact, ...]


TOPICS = (
    Topic(
        "heat",
        "La chaleur",
        (
            Fact("hot_day_share", "vit", "vivent", "dans des rues qui chauffent fort le jour"),
            Fact("hot_night_share", "vit", "vivent", "dans des rues qui restent chaudes la nuit"),
            Fact("surface_temperature_anomaly"),
        ),
    ),
    Topic(
        "flood",
        "L’inondation",
        (
            Fact("flood_residents_share", "vit", "vivent", "là où l’eau d’une crue peut venir"),
            Fact(
                "flood_extreme_residents_share",
                "vit",
                "vivent",
                "là où l’eau d’une crue exceptionnelle peut venir",
            ),
            Fact("submersion_residents_share", "vit", "vivent", "là où la mer peut venir"),
            Fact("runoff_potential"),
        ),
    ),
    Topic(
        "air",
        "L’air",
        (
            Fact(
                "pm25_above_who_share",
                "respire",
                "respirent",
                "plus de particules fines que ne le conseille l’Organisation mondiale de la santé",
            ),
            Fact(
                "no2_above_who_share",
                "respire",
                "respirent",
                "plus de gaz des moteurs et chaudières (NO2) que ne le conseille l’Organisation "
                "mondiale de la santé",
            ),
            Fact("pm25_mean"),
            Fact("no2_mean"),
        ),
    ),
)


@dataclass(frozen=True)
class Said:
    """A fact of a neighbourhood: what it is, how sure, and the figures for who wants them."""

    text: str
    doubt: str
    figures: str


@dataclass(frozen=True)
class Meaning:
    """What a topic means here; `said` is empty where nothing is known, and `missing` says why."""

    topic: Topic
    said: tuple[Said, ...]
    missing: str

    @property
    def anchor(self) -> str:
        """The section of the page that has all of its figures."""
        return f"profil-{self.topic.hazard}"


def meanings(own: Iterable[Reading]) -> list[Meaning]:
    """Return what the topics mean for a neighbourhood, from its readings."""
    rows = {r.x.name: r for r in own}
    return [_meaning(topic, rows) for topic in TOPICS]


def _meaning(topic: Topic, rows: Mapping[str, Reading]) -> Meaning:
    found = [(f, r) for f in topic.facts if (r := rows.get(f.indicator))]
    known = [(f, r) for f, r in found if r.known]
    if not known:
        return Meaning(topic, (), _missing([r for _, r in found]))
    first = min(known, key=lambda pair: (not pair[1].worse, nobody(pair[1])))
    told = [first]
    # A measure says again what a share has said, unless it is another thing: rain is not a river.
    others = [
        (f, r)
        for f, r in known
        if doubt(r) != doubt(first[1]) and (f.one or r.worse) and f is not first[0]
    ]
    told += others[:1]
    return Meaning(topic, tuple(_said(f, r) for f, r in told), "")


def _missing(rows: Sequence[Reading]) -> str:
    reasons = [r.v.reason for r in rows if r.v.reason]
    if not reasons:
        return "on ne sait pas : cette donnée n’est pas dans la livraison"
    return f"on ne sait pas : {SAME_IN_COMMUNE if BY_COMMUNE in reasons else reasons[0]}"


def _said(fact: Fact, r: Reading) -> Said:
    figures = r.figure if r.exact or not r.interval else f"{r.figure}, de {r.span}"
    if r.whole_figure != words.NOTHING:
        figures += f" ; agglomération : {r.whole_figure}"
    text = _people(fact, r) if fact.one and r.x.unit == SHARE else r.sentence
    return Said(text.removesuffix("."), doubt(r), figures)


def nobody(r: Reading) -> bool:
    """Say whether a share is none, as it is shown, up to the end of its interval."""
    high = r.v.central if r.v.high is None else r.v.high
    none = words.figure(0.0, SHARE)
    return r.x.unit == SHARE and r.figure == none and words.figure(high, SHARE) == none


def _people(fact: Fact, r: Reading) -> str:
    """Say a share of residents as so many out of ten."""
    if nobody(r):
        return f"Personne, ici, ne {fact.one} {fact.rest}"
    share = r.v.central or 0.0
    tenths = int(10 * share + 0.5)
    if words.figure(r.v.low, SHARE) == words.figure(1.0, SHARE):
        return f"Ici, tous les habitants {fact.many} {fact.rest}"
    if tenths == 10:
        return f"Ici, presque tous les habitants {fact.many} {fact.rest}"
    if tenths < 2:
        many = "environ 1 habitant" if tenths else "moins d’1 habitant"
        return f"Ici, {many} sur 10 {fact.one} {fact.rest}"
    return f"Ici, environ {tenths} habitants sur 10 {fact.many} {fact.rest}"


def doubt(r: Reading) -> str:
    """Say how a value compares with the agglomeration, and how sure that is, in plain words."""
    if nobody(r):
        return "à ce que l’on sait"
    if r.worse:
        return "pire qu’ailleurs dans l’agglomération, c’est assez sûr"
    if r.sure:
        return "mieux qu’ailleurs dans l’agglomération, c’est assez sûr"
    if r.v.gap is None:
        return "on ne peut pas comparer avec le reste de l’agglomération"
    if r.width > WIDE:
        # The end of the interval may look better: the value of the agglomeration is unsure too.
        return "ces chiffres sont trop incertains pour dire si c’est mieux ou pire qu’ailleurs"
    return "comme ailleurs dans l’agglomération, à ce que l’on sait"
