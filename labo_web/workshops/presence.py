"""Who came, counted in groups: one event is never shown alone, and no subtraction tells of a few.

Each trait is counted apart, by hand or on a sheet, and answering is free: « on ne sait pas » is an
answer. Several events are shown together once each group has eleven people, and again only once
eleven more have come: see `Cumulation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum

from labo.secrecy import MIN_HOUSEHOLDS
from labo_web.accounts.models import Territory
from labo_web.workshops.models import Cumulation, Evaluation, Event, FresqueSheet, Headcount

# The rule of households is kept for people who are counted one by one.
FEWEST = MIN_HOUSEHOLDS
UNKNOWN = "unknown"
ANSWERS: dict[str, dict[str, str]] = {
    "home": {"here": "habitent le quartier", "elsewhere": "habitent ailleurs"},
    "gender": {"women": "femmes", "men": "hommes"},
    "age": {
        "under_18": "moins de 18 ans",
        "from_18": "18 à 29 ans",
        "from_30": "30 à 64 ans",
        "from_65": "65 ans et plus",
    },
}
MARKS = {"low": "1 ou 2 sur 5", "middle": "3 sur 5", "high": "4 ou 5 sur 5"}
ASKED: dict[str, str] = {
    "knowledge": "Je comprends ce que le climat change ici",
    "power": "Je peux agir sur ce qui se passe dans mon quartier",
    "heard": "Ce que j’ai dit a été entendu",
    "satisfaction": "Je suis content d’être venu",
}

# {subject: {answer: people}}; a subject is a trait, or a moment and a question.
Counted = dict[str, dict[str, int]]
# {subject: [{"answers": [...], "people": n}]}: groups of answers, which hold everybody.
Shown = dict[str, list[dict[str, Any]]]


def present_at(event: Event) -> int | None:
    """Return how many came, or None where nobody counted; a sheet may have been filled in alone."""
    found = event.headcounts.filter(trait=Headcount.Trait.PRESENT).first()
    if found is not None:
        return found.people
    sheet = FresqueSheet.objects.filter(event=event).first()
    return sheet.present if sheet else None


def count_present(event: Event, people: int) -> None:
    """Write how many came, once for the counts and for the sheet of a session."""
    event.headcounts.update_or_create(
        trait=Headcount.Trait.PRESENT, answer="present", defaults={"people": people}
    )
    FresqueSheet.objects.filter(event=event).update(present=people)


def counted_in(territory: Territory) -> tuple[Counted, int]:
    """Return all that was counted in the events of a territory, and in how many events."""
    events = Event.objects.filter(territory=territory).exclude(state=Event.State.CANCELLED)
    rows = Headcount.objects.filter(event__in=events)
    present = rows.filter(trait="present").aggregate(n=Sum("people", default=0))["n"]
    found: Counted = {"present": {"present": present}}
    for trait, answers in ANSWERS.items():
        sums = rows.filter(trait=trait).values_list("answer").annotate(n=Sum("people"))
        given = dict.fromkeys(answers, 0) | {a: n for a, n in sums if a in answers}
        found[trait] = given | {UNKNOWN: max(present - sum(given.values()), 0)}
    for moment in Evaluation.Moment.values:
        of = Evaluation.objects.filter(event__in=events, moment=moment)
        for name in ASKED:
            marks = dict(of.values_list(name).annotate(n=Count("pk")))
            found[f"{moment} {name}"] = {
                "low": marks.get(1, 0) + marks.get(2, 0),
                "middle": marks.get(3, 0),
                "high": marks.get(4, 0) + marks.get(5, 0),
                UNKNOWN: marks.get(None, 0),
            }
    return found, rows.values("event").distinct().count()


def grouped(answers: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return groups of answers of eleven people or more that hold everybody; none if too few came.

    Small answers, those of nobody among them, go together with « on ne sait pas »; when together
    they are still a few, the smallest of the others joins them.
    """
    if sum(answers.values()) < FEWEST:
        return []
    order = sorted((n, a) for a, n in answers.items() if a != UNKNOWN)
    rest = [UNKNOWN] if UNKNOWN in answers else []
    rest += [a for n, a in order if n < FEWEST]
    apart = [(n, a) for n, a in order if n >= FEWEST]
    while apart and 0 < sum(answers[a] for a in rest) < FEWEST:
        rest.append(apart.pop(0)[1])
    groups = [{"answers": [a], "people": n} for n, a in apart]
    if any(answers[a] for a in rest):
        groups.append({"answers": sorted(rest), "people": sum(answers[a] for a in rest)})
    elif rest and groups:
        # Nobody: said with the largest group, since « none of these » would tell of each of them.
        groups[-1] = {"answers": sorted([apart[-1][1], *rest]), "people": apart[-1][0]}
    return groups


def tells_of_few(new: Counted, old: Counted, one: Shown, other: Shown) -> bool:
    """Return whether subtracting what was shown from what would be tells of fewer than eleven.

    Whatever can be had from both is a sum of blocks, the finest sets of answers that are sums of
    groups in each: every block must have changed by nobody, or by eleven people or more.
    """
    for subject in one.keys() & other.keys():
        for block in _blocks([g["answers"] for g in (*one[subject], *other[subject])]):
            change = abs(
                sum(new[subject].get(a, 0) for a in block)
                - sum(old[subject].get(a, 0) for a in block)
            )
            if 0 < change < FEWEST:
                return True
    return False


def _blocks(groups: Iterable[Iterable[str]]) -> list[set[str]]:
    """Return the sets that groups which share an answer make together."""
    found: list[set[str]] = []
    for group in groups:
        block = set(group)
        for other in [x for x in found if x & block]:
            found.remove(other)
            block |= other
        if block:
            found.append(block)
    return found


def cumulate(territory: Territory) -> Cumulation | None:
    """Publish the events of a territory together if that tells of no few people; else nothing.

    What had been published stays, and every earlier publication is checked against.
    """
    new, events = counted_in(territory)
    shown = {subject: groups for subject, answers in new.items() if (groups := grouped(answers))}
    if not shown:
        return None
    before = list(Cumulation.objects.filter(territory=territory))
    if before and before[0].shown == shown:
        return None
    if any(tells_of_few(new, row.counted, shown, row.shown) for row in before):
        return None
    return Cumulation.objects.create(territory=territory, shown=shown, counted=new, events=events)


@dataclass(frozen=True)
class Row:
    """A group of people, its count, and its share of those who came."""

    label: str
    people: int
    share: float


@dataclass(frozen=True)
class Part:
    """What was counted of one subject."""

    title: str
    total: int
    rows: list[Row]


TITLES = {"home": "Où l’on habite", "gender": "Femmes et hommes", "age": "Âge"}


def parts_of(shown: Shown) -> list[Part]:
    """Return what is shown of a territory, in words and in order."""
    found = []
    for trait, title in TITLES.items():
        found += _part(title, shown.get(trait, []), ANSWERS[trait])
    for moment in Evaluation.Moment:
        for name, text in ASKED.items():
            title = f"« {text} », {moment.label}"
            found += _part(title, shown.get(f"{moment.value} {name}", []), MARKS)
    return found


def _part(title: str, groups: list[dict[str, Any]], labels: Mapping[str, str]) -> list[Part]:
    total = sum(g["people"] for g in groups)
    if len(groups) < 2:
        return []  # everybody in one group says nothing
    rows = [Row(_label(g["answers"], labels), g["people"], g["people"] / total) for g in groups]
    return [Part(title, total, rows)]


def _label(answers: list[str], labels: Mapping[str, str]) -> str:
    if answers == [UNKNOWN]:
        return "on ne sait pas"
    if len(answers) == 1:
        return labels[answers[0]]
    if UNKNOWN in answers and len(answers) > 1:
        named = [labels[a] for a in answers if a != UNKNOWN]
        return f"{', '.join(named)}, ou on ne sait pas"
    return ", ".join(labels[a] for a in answers)
