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

from labo import measure_words, two_plans, words
from labo import scenario_words as said
from labo.catalogue import INDICATORS, MEASURES
from labo.difference import VERDICTS, Difference, Effect, NotRun
from labo.errors import LaboError
from labo.measure_plan import Plan, plan_of
from labo.ranges import Range
from labo.scenario import LEVELS, NO_MIRROR, Scenario, scenario_of
from labo.typed import number
from labo_web.atlas.french import printed
from labo_web.atlas.indices import composites, hidden_from
from labo_web.releases.access import get_zone_for
from labo_web.releases.charts import strip
from labo_web.releases.models import Zone

PLANS = ("a", "b")
LINES = 5
SHOWN = 40
WHOLE = "index"  # the component that is the whole of an index


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
    first, labels = made[0], {x.id: x.label for x in composites(release)}
    answer = {
        "told": [_told(x, here, name, labels) for x, name in zip(made, ("A", "B"), strict=False)],
        "climate": [_row_of(x, labels) | {"verdict": ""} for x in first.climate],
        "warming": asked.warming.replace(".", ","),
        "horizon": "" if level is None else LEVELS[level],
        "two": len(made) > 1,
    }
    if len(made) > 1:
        between = two_plans.compare(first, made[1])
        answer["between"] = [
            _row_of(x, labels)
            for x in between
            if x.zone == here.code and x.component in ("", WHOLE) and x.verdict != "same"
        ]
        answer["between_effects"] = [
            _effect(x, labels)
            for x in two_plans.compare_effects(first, made[1])
            if x.zone == here.code
        ]
    return answer


def _told(x: Scenario, here: Zone, name: str, labels: dict[str, str]) -> dict[str, Any]:
    own = [d for d in x.changed if d.zone == here.code]
    scores = [d for d in x.scores if d.zone == here.code and d.component == WHOLE]
    return {
        "name": name,
        "empty": not x.plan.lines,
        "sentence": _sentence(own, labels),
        "rows": [_row_of(d, labels) for d in own],
        "scores": [_row_of(d, labels) for d in scores if d.verdict != "same"],
        "still": [printed(said.name_of(d, labels)) for d in scores if d.verdict == "same"],
        "effects": [_effect(e, labels) for e in x.effects],
        "elsewhere": sorted({x.zones[d.zone] for d in x.changed if d.zone != here.code}),
        "not_run": [_not_run(n) for n in x.not_run],
        "notes": [printed(text) for text in x.notes],
        "capital": _euros(x.cost.capital),
        "running": _euros(x.cost.running),
    }


def _sentence(own: Sequence[Difference], labels: dict[str, str]) -> str:
    """Say which indicators change, and how surely."""
    if not own:
        return "Aucun indicateur d’ici ne change d’un chiffre connu."
    by_verdict = {
        word: [printed(said.name_of(d, labels)) for d in own if d.verdict == verdict]
        for verdict, word in VERDICTS.items()
    }
    parts = [f"{word} : {', '.join(names)}" for word, names in by_verdict.items() if names]
    text = " ; ".join(parts)
    return printed(f"{text[:1].upper()}{text[1:]}.")


def _row_of(x: Difference, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "label": printed(said.name_of(x, labels)),
        "before": _value(x, x.before),
        "after": _value(x, x.after),
        "change": _change(x),
        "verdict": printed(said.verdict(x)),
        "drawing": _drawing(x.change, hollow=x.verdict == "indistinct"),
    }


def _value(x: Difference, of: Range) -> str:
    central, low, high = (said.value(x, end) for end in (of.central, of.low, of.high))
    return central if low == high else f"{central} ({low} à {high})"


def _change(x: Difference | Effect) -> str:
    ends = said.span(x, x.change)
    central = said.moved(x, x.change.central)
    return f"{central} ({ends})" if ends else central


def _drawing(change: Range, *, hollow: bool) -> SafeString:
    """Return a difference around zero; each row has its own axis."""
    most = max(abs(change.low), abs(change.high)) or 1.0
    ends = (change.low, change.high)
    return strip((-most, most), change.central, *ends, line=0.0, hollow=hollow)


def _effect(x: Effect, labels: dict[str, str]) -> dict[str, str]:
    return {
        "label": printed(said.name_of(x, labels)),
        "change": _change(x),
        "verdict": printed(said.verdict(x)),
    }


def _not_run(x: NotRun) -> dict[str, str]:
    """Return what was not run again: by its name, with the reason that a page can say."""
    label = x.name.capitalize()
    if x.name in said.EFFECTS:
        label = said.EFFECTS[x.name][0]
    elif x.name in INDICATORS:
        label = INDICATORS[x.name].label
    elif x.name in MEASURES:
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
