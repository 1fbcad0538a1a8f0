"""A list under a budget: the group's own, what it gives and breaks; a computed one beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from labo import equity, measure_words
from labo import release as engine
from labo.catalogue import MEASURES
from labo.equity import POVERTY, STANDARD, Groups
from labo.errors import BadInput
from labo.opinion import Parts, opinion, told
from labo.option_template import Place
from labo.portfolio import Floor, NoAnswer, Objective, Problem, within
from labo.portfolio_words import EFFECTS, digits, spelled
from labo.typed import number
from labo_web.atlas import option_list, portfolio_reading
from labo_web.atlas.french import printed
from labo_web.atlas.indices import Hidden, hidden_from
from labo_web.atlas.option_list import Listed
from labo_web.atlas.solutions import answers_to
from labo_web.releases.access import get_release_for, values_of
from labo_web.releases.models import Release, Value, Zone

# What a reader waits for. What is not found by then is not told, and the page says so.
SECONDS = 5.0
# Thresholds of the front where options are many.
POINTS = 6
BUDGET = 500_000
MOST_BUDGET = 1e10
FROM_CATALOGUE = 5
AIMS = {
    "equity": "l’effet qui compte plus pour les plus modestes",
    "benefit": "l’effet sur l’environnement, sans pondération",
}
FLOORS = {"budget": "du budget", "benefit": "du total des effets"}
SHOWN = 40


class Question:
    """What was asked of the list: amounts as they were typed, as numbers, and what is wrong."""

    def __init__(self, given: QueryDict) -> None:
        self.wrong: list[str] = []
        self.typed = {
            "budget": _moved(given, "budget", f"{BUDGET}"),
            "entretien": given.get("entretien", ""),
            "plancher": _moved(given, "plancher", "0"),
        }
        self.budget = self._euros("budget", "budget") or 0.0
        self.upkeep = self._euros("entretien", "entretien par an")
        self.floor = self._percent()
        self.of = given.get("plancher_de", "budget")
        self.aim = given.get("but", "equity")
        for value, among in ((self.of, FLOORS), (self.aim, AIMS)):
            if value not in among:
                self.wrong.append(f"« {value[:SHOWN]} » n’est pas un choix : reprenez la liste.")

    def _euros(self, name: str, noun: str) -> float | None:
        text = self.typed[name].strip()
        if not text:
            if name == "budget":
                self.wrong.append("Il manque le budget : écrivez un montant en euros.")
            return None
        try:
            found = number(text)
        except ValueError:
            found = -1.0
        if not 0 <= found <= MOST_BUDGET:
            self.wrong.append(
                f"« {text[:SHOWN]} » n’est pas un {noun} : écrivez un montant en euros, à partir "
                "de 0."
            )
        return found

    def _percent(self) -> float:
        text = self.typed["plancher"].strip().removesuffix("%").strip() or "0"
        try:
            found = number(text)
        except ValueError:
            found = -1.0
        if not 0 <= found <= 100:
            self.wrong.append(
                f"« {text[:SHOWN]} » n’est pas un plancher : écrivez un pourcentage de 0 à 100."
            )
        return found / 100

    def problem(self, listed: Listed, groups: Groups | None) -> Problem:
        """Return what is to be chosen from, and what must hold.

        Raises:
            BadInput: a floor that no budget could pay.
        """
        assert listed.options is not None  # noqa: S101 (there is a list)
        floor = Floor(self.floor, cast(Any, self.of)) if self.floor > 0 else None
        return Problem(
            listed.options,
            equity.weighed(listed.options, groups),
            self.budget,
            self.upkeep,
            floor,
            cast(Objective, self.aim),
        )


def _moved(given: QueryDict, name: str, default: str) -> str:
    """Return a number typed beside a slider, or the slider's where only that was moved.

    Without JavaScript the two do not know of each other: `….vu` is what the page showed.
    """
    typed = given.get(f"{name}.n")
    if typed is None or (typed == given.get(f"{name}.vu") and name in given):
        return given.get(name, typed if typed is not None else default)
    return typed


@require_http_methods(["GET", "HEAD", "POST"])
def portfolio(request: HttpRequest, territory: str) -> HttpResponse:
    """Start from the group's own list, then see what a computation would choose, and why."""
    release = get_release_for(request, territory)
    qpvs = list(release.zones.filter(kind="qpv").defer("geometry"))
    given = request.POST
    question = Question(given)
    listed, said = _list_of(request, release, qpvs)
    wrong = [*said, *listed.wrong, *question.wrong]
    partial = bool(getattr(request, "htmx", False))
    context: dict[str, Any] = {"release": release, "wrong": wrong}
    if listed.options is not None and not question.wrong:
        groups = _groups(release.folder, hidden_from(request, release))
        parts: Parts = "all"
        if partial:
            parts = "far" if given.get("part") == "loin" else "near"
        context |= _answer(question, listed, groups, qpvs, parts)
        wrong += context.pop("refused", [])
    context |= {"listed": listed, "partial": partial, "part": given.get("part", "")}
    status = 422 if wrong and request.method == "POST" else 200
    if partial:
        template = "_portfolio_far" if given.get("part") == "loin" else "_portfolio_answer"
        return render(request, f"atlas/{template}.html", context, status=status)
    context |= _form(question, listed, qpvs, given)
    return render(request, "atlas/portfolio.html", context, status=status)


def _form(
    question: Question, listed: Listed, qpvs: list[Zone], given: Mapping[str, str]
) -> dict[str, Any]:
    names = {z.code: z.name for z in qpvs}
    rows = listed.rows
    text = option_list.text_of(rows) if rows else given.get("liste", "")
    few = len(rows) <= option_list.MOST_QUANTITIES
    return {
        "text": text,
        "qpvs": qpvs,
        "rows": [_shown(n, row, names) for n, row in enumerate(rows)] if few else [],
        "many": 0 if few else len(rows),
        "typed": question.typed,
        "most_budget": _round_up(max(2 * question.budget, 1_000_000)),
        "budget": f"{question.budget:.0f}",
        "floor": f"{min(100 * question.floor, _most_floor(len(qpvs))):g}",
        "most_floor": f"{_most_floor(len(qpvs))}",
        "aim": question.aim,
        "of": question.of,
        "aims": AIMS.items(),
        "floors": FLOORS.items(),
        "families": [
            (label, [(x.id, printed(x.label), printed(x.unit_label)) for x in MEASURES
                     if x.family == family])
            for family, label in measure_words.FAMILIES.items()
        ],
        "new": {name: given.get(f"n.{name}", "") for name in NEW},
        "units": _units(listed, given),
        "each": FROM_CATALOGUE,
        "most": option_list.MOST_OPTIONS,
    }  # fmt: skip


def _units(listed: Listed, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the units that an effect may be given in, in French; a list has one unit."""
    own = listed.options.unit if listed.options is not None else ""
    if own:
        return [(own, spelled(own))]
    typed = given.get("n.unit", "")
    more = [(typed, spelled(typed))] if typed and typed not in EFFECTS else []
    return [*((unit, printed(label)) for unit, label in EFFECTS.items()), *more]


def _shown(n: int, row: option_list.Row, names: Mapping[str, str]) -> dict[str, str]:
    """Return a row of the group's list: what it is, where, and how many are chosen."""
    by_name = {name.casefold(): name for name in names.values()}
    zone = row.get("zone", "")
    where = names.get(zone) or by_name.get(zone.casefold(), zone)
    cost = _amount(row.get("capital_central", ""))
    return {
        "field": f"q.{n}",
        "label": printed(row.get("label") or row.get("id", "")),
        "where": f"{where}, {row.get('site', '')}",
        "cost": f"{cost}\u00a0€" if cost else "coût absent",
        "to_check": "" if row.get("cost_grade") == "verified" else "1",
        "effect": _amount(row.get("benefit_central", "")),
        "chosen": row.get(option_list.CHOSEN, ""),
    }


def _amount(text: str) -> str:
    """Return a number as people read it; what is none comes back as it was typed."""
    try:
        return digits(number(text))
    except ValueError:
        return text


def _round_up(value: float) -> str:
    step = 100_000
    return f"{step * -(-int(value) // step)}"


def _most_floor(neighbourhoods: int) -> int:
    """Return the highest floor of the slider, %: what can be shared out."""
    return max(1, int(100 / max(1, neighbourhoods)))


# The list


NEW = (
    *("measure", "zone", "site", "quantity", "benefit_low", "benefit_central", "benefit_high"),
    *("unit", "beneficiaries", "loses_rent", "loses_displacement"),
)


def _list_of(request: HttpRequest, release: Release, qpvs: list[Zone]) -> tuple[Listed, list[str]]:
    """Return the list after what was asked of it, and what could not be done."""
    given, zones = request.POST, {z.code: z.name for z in qpvs}
    action, text, said = given.get("action", ""), given.get("liste", ""), []
    if action == "exemple":
        text = option_list.example(_places(request, release, qpvs))
    elif action == "catalogue":
        text = option_list.text_of(_first_of_catalogue(request, release, qpvs))
    elif action == "vider":
        text = ""
    elif (sent := request.FILES.get("fichier")) is not None:
        if sent.size is not None and sent.size > option_list.MOST_CHARACTERS:
            said.append(
                f"« {str(sent.name)[:SHOWN]} » est trop lourd : une page lit "
                f"{option_list.MOST_OPTIONS} options au plus. Votre liste n’a pas changé."
            )
        else:
            text = _decoded(sent.read())
    listed = option_list.read(text, zones)
    if listed.rows and action not in ("exemple", "catalogue"):
        rows = option_list.with_quantities(listed.rows, given)
        if rows != listed.rows:
            listed = option_list.read(option_list.text_of(rows), zones)
    if action == "ajouter" and not listed.wrong:
        row, missing = _new_row(given, listed, zones)
        said += missing
        if row is not None:
            after = option_list.read(option_list.text_of([*listed.rows, row]), zones)
            # A line that is refused does not enter the list: what was typed stays in its fields.
            said += after.wrong
            listed = listed if after.wrong else after
    return listed, said


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # as Excel writes it in France


def _new_row(
    given: Mapping[str, str], listed: Listed, zones: Mapping[str, str]
) -> tuple[option_list.Row | None, list[str]]:
    new = {name: given.get(f"n.{name}", "").strip() for name in NEW}
    x = next((x for x in MEASURES if x.id == new["measure"]), None)
    wrong = []
    if x is None:
        wrong.append("Choisissez une solution à ajouter.")
    if new["zone"] not in zones:
        wrong.append("Choisissez un quartier pour cette solution.")
    if not new["site"]:
        wrong.append("Écrivez le lieu : une rue, une école, un immeuble.")
    if x is None or wrong:
        return None, wrong
    said = {name: new[name] for name in NEW if name not in ("measure", "zone", "site", "quantity")}
    if new["benefit_central"] and not new["unit"]:
        said["unit"] = listed.options.unit if listed.options is not None else ""
    row = option_list.row_of(x, new["zone"], new["site"], said)
    row["id"] = option_list.unused(row["id"], listed.rows)
    row[option_list.CHOSEN] = new["quantity"] or "1"
    return row, []


def _places(request: HttpRequest, release: Release, qpvs: list[Zone]) -> list[Place]:
    found = values_of(request, release, indicators=["population"], zones=[z.code for z in qpvs])
    people = {v.zone.code: v.central or 0.0 for v in found}
    return [Place(z.code, z.name, people.get(z.code, 0.0)) for z in qpvs]


def _first_of_catalogue(
    request: HttpRequest, release: Release, qpvs: list[Zone]
) -> list[option_list.Row]:
    by_zone: dict[str, list[Value]] = {z.code: [] for z in qpvs}
    for v in values_of(request, release, zones=list(by_zone)):
        by_zone[v.zone.code].append(v)
    ranked = {code: answers_to(values) for code, values in by_zone.items()}
    return option_list.from_catalogue(ranked, FROM_CATALOGUE)


@lru_cache(maxsize=12)
def _groups(folder: Path, hidden: Hidden) -> Groups | None:
    """Return the residents by standard of living, without what whoever asks may not see."""
    found = equity.groups_of(engine.read(folder))
    if found is None or not hidden:
        return found
    without = {zone for zone, name in hidden if name in (POVERTY, STANDARD)}
    return replace(
        found,
        zones={z: shares for z, shares in found.zones.items() if z not in without},
        poverty={z: range_ for z, range_ in found.poverty.items() if z not in without},
    )


# The answer


def _answer(
    question: Question, listed: Listed, groups: Groups | None, qpvs: list[Zone], parts: Parts
) -> dict[str, Any]:
    try:
        problem = question.problem(listed, groups)
    except BadInput as error:
        return {"refused": [_floor_said(error, question, listed)]}
    names = {z.code: z.name for z in qpvs}
    assert listed.options is not None  # noqa: S101 (there is a list)
    shown = {zone: names.get(zone, zone) for zone in listed.options.zones}
    try:
        with within(SECONDS):
            result = opinion(
                problem, groups, listed.own, points=POINTS, seconds=SECONDS, parts=parts
            )
    except (BadInput, NoAnswer) as error:
        # The group's own list needs no program: it is told whatever happens.
        own = None if listed.own is None else told(problem, listed.own, groups, None)
        return portfolio_reading.without_computed(
            own, problem, shown, late=isinstance(error, NoAnswer)
        )
    without = sorted(set(names.values()) - set(shown.values()))
    return portfolio_reading.read(result, problem, shown, without)


def _floor_said(error: BadInput, question: Question, listed: Listed) -> str:
    zones = 0 if listed.options is None else len(listed.options.zones)
    if question.floor * zones > 1:
        return (
            f"Un plancher de {question.typed['plancher']} % pour chacun des {zones} quartiers "
            f"dépasse le tout : {_cut_down(100 / zones)} % au plus."
        )
    return re.sub(r"\s+", " ", str(error))


def _cut_down(value: float) -> str:
    return f"{int(value * 10) / 10:g}".replace(".", ",")
