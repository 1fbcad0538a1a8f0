"""The page that compares: territories, neighbourhoods and indicators that one chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from labo.diagnosis import PRESENT
from labo.inequality import FEWEST_AREAS
from labo_web.atlas import comparing
from labo_web.atlas.comparing import Line
from labo_web.releases import reading
from labo_web.releases.access import latest_for, withhold
from labo_web.releases.models import Indicator, Release, Value, Zone
from labo_web.releases.reading import Reading
from labo_web.typography import page

FIRST = "poverty_share"
MOST = 6  # indicators side by side: more cannot be read
CHOOSABLE = 100  # neighbourhoods that one can pick from a list
SHOWN = 100  # neighbourhoods on a page: a country has more than anyone reads at once


@dataclass(frozen=True)
class Column:
    """An indicator that is compared: its lines, and who stands out or cannot be told apart.

    `few`: there are too few neighbourhoods to rank.
    """

    x: Indicator
    lines: list[Line]
    sentence: str
    few: bool

    @property
    def component(self) -> str:
        """What it tells, and on which side it makes more vulnerable."""
        return reading.component_label(self.x)


@require_safe
def comparison(request: HttpRequest) -> HttpResponse:
    """Neighbourhoods of one or more territories, for one indicator or several."""
    every = latest_for(request)
    generation = request.GET.get("generation", "")
    generations = _generations(request)
    if generation and generation not in generations:
        raise Http404("Aucune livraison ouverte n’a cette génération de périmètres.")
    releases = latest_for(request, generation) if generation else every
    picked = _picked(request, releases)
    choices = _choices(picked)
    asked = list(dict.fromkeys(request.GET.getlist("indicateur"))) or [FIRST]
    by_name = {x.name: x for x in choices}
    if unknown := [name for name in asked if name not in by_name]:
        if "indicateur" in request.GET or not choices:
            if choices:
                raise Http404(f"L’indicateur {unknown[0][:60]} n’est pas dans cette livraison.")
            asked = []
        else:
            asked = [choices[0].name]
    shown = [by_name[name] for name in asked[:MOST]]
    rows = _readings(request, picked, shown)
    zones = list({r.v.zone.pk: r.v.zone for of in rows.values() for r in of}.values())
    ticked = set(request.GET.getlist("quartier"))
    wanted = {z.pk for z in zones if _key(z) in ticked}
    kept = wanted or {z.pk for z in zones}
    columns = [_column(x, [r for r in rows[x.name] if r.v.zone.pk in kept]) for x in shown]
    sort = request.GET.get("tri", "")
    order = _order(columns, [z for z in zones if z.pk in kept], sort)
    first, near = _part(request, len(order))
    columns = [_sorted(c, order) if sort else c for c in columns]
    context: dict[str, Any] = {
        "releases": releases,
        "picked": picked,
        "generations": generations,
        "generation": generation,
        "choices": choices,
        "shown": shown,
        "too_many": len(asked) > MOST,
        "most": MOST,
        "zones": [(_key(z), z) for z in sorted(zones, key=lambda z: z.name)]
        if len(zones) <= CHOOSABLE
        else [],
        "wanted": wanted,
        "columns": [replace(c, lines=c.lines[first : first + SHOWN]) for c in columns],
        "matrix": _matrix(columns, order[first : first + SHOWN]),
        "near": near,
        "heads": _heads(request, columns, sort),
        "fewest": FEWEST_AREAS,
        "sort": sort,
        "used": _used(columns),
    }
    partial = bool(getattr(request, "htmx", False))
    template = "atlas/_compared.html" if partial else "atlas/comparison.html"
    made = page(request, template, context)
    made["Vary"] = "HX-Request"
    return made


def _column(x: Indicator, rows: Sequence[Reading]) -> Column:
    lines = comparing.lines(rows)
    few = sum(line.reading.known for line in lines) < FEWEST_AREAS
    return Column(x, lines, comparing.sentence(lines), few)


def _key(zone: Zone) -> str:
    """Return what names a neighbourhood in an address, whatever the release."""
    return f"{zone.release.territory.code}-{zone.code}"


def _generations(request: HttpRequest) -> list[str]:
    """Return the generations that can be read, the newest first; none where there is one only."""
    found = set(Release.objects.visible_to(request).values_list("generation", flat=True))
    return sorted(found, reverse=True) if len(found) > 1 else []


def _picked(request: HttpRequest, releases: Sequence[Release]) -> list[Release]:
    asked = set(request.GET.getlist("territoire"))
    picked = [r for r in releases if r.territory.code in asked]
    if asked and not picked:
        raise Http404("Ce territoire n’existe pas ou ne vous est pas ouvert.")
    return picked or sorted(releases, key=lambda r: r.territory.code)[:1]


def _choices(picked: Sequence[Release]) -> list[Indicator]:
    if not picked:
        return []
    found = picked[0].indicators.defer("formula", "definition")
    return [x for x in found if x.lowest is not None]


def _readings(
    request: HttpRequest, picked: Sequence[Release], shown: Sequence[Indicator]
) -> dict[str, list[Reading]]:
    """Return the readings of indicators in the QPVs of some releases, in three queries."""
    wanted = Indicator.objects.filter(release__in=picked, name__in=[x.name for x in shown])
    indicators = wanted.defer("formula", "definition").in_bulk()
    found = Value.objects.filter(
        zone__release__in=picked,
        indicator__in=list(indicators),
        scenario=PRESENT,
        zone__kind__in=("qpv", "epci"),
    )
    found = found.select_related("zone").defer("zone__geometry", "zone__communes", "zone__npnru")
    values = list(found.order_by("zone__name"))
    for v in values:  # one for a territory, rather than one for each of its values
        v.indicator = indicators[v.indicator_id]
    values = withhold(request, list(picked), values)
    rows: dict[str, list[Reading]] = {x.name: [] for x in shown}
    by_release: dict[int, list[Value]] = {}
    for v in values:
        by_release.setdefault(v.zone.release_id, []).append(v)
    for release in picked:
        own = by_release.get(release.pk, [])
        for v in own:
            v.zone.release = release  # with its territory: nothing more is asked
        whole = next((v.zone.code for v in own if v.zone.kind == "epci"), "")
        used = list({v.indicator_id: v.indicator for v in own}.values())
        for r in reading.readings(release, used, own, whole).values():
            if r.v.zone.kind == "qpv":
                rows[r.x.name].append(r)
    return rows


def _order(columns: Sequence[Column], zones: Sequence[Zone], sort: str) -> list[Zone]:
    """Return the neighbourhoods sorted by name, or by an indicator; `-` turns it round."""
    back, name = sort.startswith("-"), sort.removeprefix("-")
    ordered = sorted(zones, key=lambda z: z.name)
    column = next((c for c in columns if c.x.name == name), None)
    if name == "nom":
        return ordered[::-1] if back else ordered
    if column is None:
        column, back = (columns[0], False) if columns else (None, False)
    if column is None:
        return ordered
    # As in its own table: from the more vulnerable side; those without a value stay last.
    known = [line.reading.v.zone for line in column.lines if line.reading.known]
    placed = {z.pk for z in known}
    rest = [z for z in ordered if z.pk not in placed]
    return [*(known[::-1] if back else known), *rest]


def _sorted(column: Column, order: Sequence[Zone]) -> Column:
    at = {z.pk: i for i, z in enumerate(order)}
    lines = sorted(column.lines, key=lambda line: at[line.reading.v.zone.pk])
    return replace(column, lines=lines)


def _part(request: HttpRequest, count: int) -> tuple[int, dict[str, Any]]:
    """Return the first of the neighbourhoods to show, and where those before and after are."""
    page = Paginator(range(count), SHOWN).get_page(request.GET.get("page"))
    links = []
    for said, number in (("Précédents", page.number - 1), ("Suivants", page.number + 1)):
        if 1 <= number <= page.paginator.num_pages:
            given = request.GET.copy()
            given["page"] = str(number)
            links.append((said, f"?{given.urlencode()}"))
    first = max(page.start_index() - 1, 0)
    return first, {"first": first + 1, "last": page.end_index(), "count": count, "links": links}


def _matrix(
    columns: Sequence[Column], order: Sequence[Zone]
) -> list[tuple[Zone, list[Line | None]]]:
    """Return a row per neighbourhood, a cell per indicator."""
    by_zone = [{line.reading.v.zone.pk: line for line in c.lines} for c in columns]
    return [(z, [of.get(z.pk) for of in by_zone]) for z in order]


def _heads(request: HttpRequest, columns: Sequence[Column], sort: str) -> list[dict[str, str]]:
    """Return what heads the columns: words, the address that sorts by it, how it is sorted."""
    now = sort or (columns[0].x.name if columns else "")
    # The more vulnerable side first: that of high values or of low ones.
    rising = {"nom": True} | {c.x.name: c.x.direction < 0 for c in columns}
    labels = {"nom": "Quartier"} | {c.x.name: c.x.label for c in columns}
    found = []
    for name, label in labels.items():
        given = request.GET.copy()
        given.pop("page", None)
        given["tri"] = f"-{name}" if now == name else name
        state = "none"
        if now.removeprefix("-") == name:
            up = rising[name] != now.startswith("-")
            state = "ascending" if up else "descending"
        found.append({"label": label, "address": f"?{given.urlencode()}", "sorted": state})
    return found


def _used(columns: Sequence[Column]) -> list[Any]:
    used = {
        s["id"]: s for c in columns for line in c.lines if line.reading.known
        for s in line.reading.sources
    }  # fmt: skip
    return sorted(used.values(), key=lambda s: (s["producer"], s["label"]))
