"""What a plan of solutions, and a level of warming, change in a neighbourhood: differences only.

All of it is in the address, so that a group keeps it, shares it and prints it; nothing is stored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from labo import measure_words, night, scenario, storm, words
from labo.catalogue import INDICATORS, MEASURES
from labo.difference import VERDICTS, Difference, Effect, NotRun
from labo.errors import LaboError
from labo.index_words import COMPONENTS
from labo.measure_plan import Plan, plan_of
from labo.options import number
from labo.ranges import Range
from labo.scenario import LEVELS, NO_MIRROR, Scenario, scenario_of
from labo_web.atlas.french import printed
from labo_web.atlas.indices import composites, hidden_from
from labo_web.releases.access import get_zone_for
from labo_web.releases.charts import strip
from labo_web.releases.models import Zone

PLANS = ("a", "b")
LINES = 5
SHOWN = 40
EFFECTS = {storm.NAME: "Eau d’orage qui ne ruisselle plus", night.NAME: "Air, la nuit"}
UNITS = {storm.UNIT: "m³", night.UNIT: "°C"}


@dataclass(frozen=True)
class Line:
    """A line of a plan as it was typed."""

    field: str
    measure: str
    quantity: str


@dataclass
class Asked:
    """What the address asks: lines of two plans, a level of warming, and what is wrong."""

    lines: dict[str, list[Line]]
    warming: str
    middle: bool
    wrong: list[str]
    plans: dict[str, Plan]

    @property
    def empty(self) -> bool:
        """Whether nothing was asked."""
        return not self.warming and not any(x.measure for x in self.lines["a"])


@require_safe
def page(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """What solutions with quantities, at a level of warming, change here."""
    here = get_zone_for(request, territory, zone)
    asked = _asked(request.GET, here)
    context: dict[str, Any] = {"release": here.release, "zone": here, "asked": asked}
    if not asked.wrong and not asked.empty:
        context |= _answer(request, here, asked)
    partial = bool(getattr(request, "htmx", False))
    if not partial:
        context |= {
            "families": _families(),
            "levels": [(f"{x:g}", f"{x:g}".replace(".", ","), at) for x, at in LEVELS.items()],
        }
    template = "atlas/_scenario_answer.html" if partial else "atlas/scenario.html"
    made = render(request, template, context, status=422 if asked.wrong else 200)
    made["Vary"] = "HX-Request"
    return made


def _families() -> list[tuple[str, list[tuple[str, str, str]]]]:
    return [
        (label, [(x.id, printed(x.label), printed(x.unit_label)) for x in MEASURES
                 if x.family == family])
        for family, label in measure_words.FAMILIES.items()
    ]  # fmt: skip


def _asked(given: QueryDict, here: Zone) -> Asked:
    lines = {
        plan: [
            Line(f"{plan}{n}", given.get(f"{plan}{n}", ""), given.get(f"{plan}{n}.n", ""))
            for n in range(1, LINES + 1)
        ]
        for plan in PLANS
    }
    warming = given.get("climat", "")
    asked = Asked(lines, warming, "milieu" in given, [], {})
    if warming and warming not in {f"{x:g}" for x in LEVELS}:
        asked.wrong.append(
            f"« {warming[:SHOWN]} » n’est pas un niveau de réchauffement : choisissez 2, 2,7 ou "
            "4 °C."
        )
        asked.warming = ""
    for plan in PLANS:
        rows = [_row(x, asked, here) for x in lines[plan] if x.measure or x.quantity.strip()]
        if asked.wrong:
            continue
        try:
            asked.plans[plan] = plan_of([row for row in rows if row])
        except LaboError as error:
            asked.wrong.append(_said(error))
    return asked


def _row(x: Line, asked: Asked, here: Zone) -> dict[str, Any]:
    """Return a line as the engine takes it; what is wrong with it goes to `asked`."""
    measure = next((m for m in MEASURES if m.id == x.measure), None)
    if measure is None:
        asked.wrong.append(
            f"« {x.measure[:SHOWN]} » n’est pas une solution du catalogue : choisissez-en une."
            if x.measure
            else f"Choisissez une solution pour la quantité « {x.quantity[:SHOWN]} »."
        )
        return {}
    text = x.quantity.strip()
    try:
        quantity = number(text) if text else 0.0
    except ValueError:
        quantity = -1.0
    if quantity < 0 or not text:
        asked.wrong.append(
            f"« {printed(measure.label)} » : « {text[:SHOWN]} » n’est pas une quantité. Écrivez un "
            f"nombre à partir de 0, en {printed(measure.unit_label)}."
        )
        return {}
    row: dict[str, Any] = {"measure": measure.id, "zone": here.code, "quantity": quantity}
    if asked.middle and measure.opens:
        middle = shapely.from_geojson(here.geometry).representative_point()
        row |= {"lon": middle.x, "lat": middle.y}
    return row


def _said(error: LaboError) -> str:
    """Return a message of the engine as a page prints it."""
    text = re.sub(r"`labo [^`]*`", "la ligne de commande", str(error))
    return printed(re.sub(r"'([^']*)'(?=[ ;:.,)])", r"« \1 »", text))


# The answer


def _answer(request: HttpRequest, here: Zone, asked: Asked) -> dict[str, Any]:
    release = here.release
    hidden = hidden_from(request, release)
    level = float(asked.warming) if asked.warming else None
    made: list[Scenario] = []
    try:
        for plan in PLANS:
            if plan == "a" or asked.plans[plan].lines:
                made.append(scenario_of(release.folder, asked.plans[plan], level, hidden=hidden))
    except LaboError as error:
        asked.wrong.append(_said(error))
        return {}
    first = made[0]
    labels = {x.id: x.label for x in composites(release)}
    answer = {
        "told": [_told(x, here, name, labels) for x, name in zip(made, ("A", "B"), strict=False)],
        "climate": [_row_of(x, INDICATORS[x.name].label) for x in first.climate],
        "warming": asked.warming.replace(".", ","),
        "horizon": "" if level is None else LEVELS[level],
        "two": len(made) > 1,
    }
    if len(made) > 1:
        between = [x for x in scenario.compare(first, made[1]) if x.zone == here.code]
        answer["between"] = [
            _row_of(x, _label(x, labels))
            for x in between
            if x.component in ("", "index") and x.verdict != "same"
        ]
    return answer


def _told(x: Scenario, here: Zone, name: str, labels: dict[str, str]) -> dict[str, Any]:
    own = [d for d in x.changed if d.zone == here.code]
    scores = [d for d in x.scores if d.zone == here.code and d.component == "index"]
    moved = [d for d in scores if d.verdict != "same"]
    return {
        "name": name,
        "empty": not x.plan.lines,
        "sentence": _sentence(own),
        "rows": [_row_of(d, INDICATORS[d.name].label) for d in own],
        "scores": [_row_of(d, labels.get(d.name, d.name)) for d in moved],
        "still": [printed(labels.get(d.name, d.name)) for d in scores if d.verdict == "same"],
        "effects": [_effect(e) for e in x.effects],
        "elsewhere": sorted({x.zones[d.zone] for d in x.changed if d.zone != here.code}),
        "not_run": [_not_run(n) for n in x.not_run],
        "notes": [printed(text) for text in x.notes],
        "capital": _euros(x.cost.capital),
        "running": _euros(x.cost.running),
    }


def _sentence(own: Sequence[Difference]) -> str:
    """Say how many indicators change, and how surely."""
    if not own:
        return "Aucun indicateur d’ici ne change d’un chiffre connu."
    by_verdict = {
        word: [printed(INDICATORS[d.name].label) for d in own if d.verdict == verdict]
        for verdict, word in VERDICTS.items()
    }
    parts = [f"{word} : {', '.join(names)}" for word, names in by_verdict.items() if names]
    return printed(f"{' ; '.join(parts).capitalize()}.")


def _label(x: Difference, labels: dict[str, str]) -> str:
    return labels.get(x.name, x.name) if x.component else INDICATORS[x.name].label


def _row_of(x: Difference, label: str) -> dict[str, Any]:
    unit = x.unit
    ends = [x.change.low, x.change.high, 0.0]
    return {
        "label": printed(label),
        "component": COMPONENTS.get(x.component, ""),
        "before": _value(x.before, unit, score=bool(x.component)),
        "after": _value(x.after, unit, score=bool(x.component)),
        "change": _change(x.change, unit, score=bool(x.component)),
        "verdict": VERDICTS[x.verdict],
        "drawing": _drawing(x.change, max(map(abs, ends)), hollow=x.verdict == "indistinct"),
    }


def _drawing(change: Range, most: float, *, hollow: bool) -> SafeString:
    """Return a difference around zero; each row has its own axis."""
    most = most or 1.0
    return strip(
        (-most, most), change.central, change.low, change.high, line=0.0, hollow=hollow
    )  # fmt: skip


def _value(x: Range, unit: str, *, score: bool) -> str:
    if score:
        return f"{_one(x.central)} ({_one(x.low)} à {_one(x.high)})"
    figure = words.figure(x.central, unit)
    return f"{figure} ({words.interval(x.low, x.high, unit).replace('–', ' à ')})"


def _change(x: Range, unit: str, *, score: bool) -> str:
    if score:
        central, low, high = (_signed(_one(v), v) for v in (x.central, x.low, x.high))
    else:
        central, low, high = (words.change(v, unit) for v in (x.central, x.low, x.high))
    return f"{central} ({low} à {high})"


def _one(value: float) -> str:
    return f"{value:.1f}".replace(".", ",").replace("-", words.MINUS)


def _signed(text: str, value: float) -> str:
    return f"+{text}" if value > 0 else text


def _effect(x: Effect) -> dict[str, str]:
    unit = UNITS[x.unit]
    digits = [_one(v) for v in (x.change.central, x.change.low, x.change.high)]
    return {
        "label": EFFECTS[x.name],
        "change": f"{digits[0]}\u00a0{unit} ({digits[1]} à {digits[2]})",
        "verdict": VERDICTS[x.verdict],
    }


def _not_run(x: NotRun) -> dict[str, str]:
    """Return what was not run again: by its name, with the reason that a page can say."""
    label = EFFECTS.get(x.name, x.name.capitalize())
    if x.name in {i.id for i in INDICATORS}:
        label = INDICATORS[x.name].label
    elif x.name in {m.id for m in MEASURES}:
        label = MEASURES[x.name].label
    reason = re.sub(r" \(`[^`]*`\)", "", x.reason)
    if x.reason == NO_MIRROR:
        reason = "il y faut les images du sol, que la livraison n’a pas : sur un ordinateur, "
        reason += "« labo scenario --mirror » les lit"
    reason = reason.replace("donnez lon et lat dans le plan", "cochez « au milieu du quartier »")
    return {"label": printed(label), "reason": printed(reason)}


def _euros(x: Range) -> str:
    ends = words.interval(x.low, x.high, "euro").replace("–", " à ")
    return f"{words.figure(x.central, 'euro')} ({ends})"
