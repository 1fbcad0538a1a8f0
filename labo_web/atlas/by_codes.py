"""A list of QPV codes in, every indicator of each out, with where each value comes from."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from labo.typography import curled
from labo_web.atlas.downloads import COLUMNS, cells_of, value_rows
from labo_web.documents.spreadsheet import harmless
from labo_web.releases import reading
from labo_web.releases.access import latest_for, values_of
from labo_web.releases.kept import indicators_of
from labo_web.releases.models import Release, Zone
from labo_web.typography import page

MOST_CODES = 200
MOST_LETTERS = 4_000
MOST_QUOTED = 20  # unknown codes that are quoted one by one
ON_PAGE = 10  # neighbourhoods whose tables are on the page; the file has all of them
SEPARATORS = re.compile(r"[\s,;]+")
# QN (2024) or QP (2015), the department, then what tells the neighbourhood.
CODE = re.compile(r"Q[NP][0-9A-Z]{6,7}\Z")


@dataclass(frozen=True)
class Asked:
    """What was asked: where each known code is, and what is wrong with the others."""

    found: list[Zone]
    wrong: list[str]
    typed: str

    @property
    def codes(self) -> str:
        """The codes that are known, as an address holds them."""
        return urlencode({"codes": " ".join(z.code for z in self.found)})


def read(request: HttpRequest, text: str) -> Asked:
    """Return the neighbourhoods that a pasted list names, in its order, each once.

    Each is of the newest release of its territory and generation that whoever asks may read.
    """
    if len(text) > MOST_LETTERS:
        return Asked([], [f"La liste dépasse {MOST_LETTERS} signes : collez-en une partie."], text)
    codes = list(dict.fromkeys(x.upper() for x in SEPARATORS.split(text.strip()) if x))
    if len(codes) > MOST_CODES:
        return Asked(
            [], [f"{len(codes)} codes : {MOST_CODES} au plus à la fois. Coupez la liste."], text
        )
    known = _known(request)
    wrong = [_unknown(code, known) for code in codes if code not in known]
    if len(wrong) > MOST_QUOTED:
        more = len(wrong) - MOST_QUOTED
        wrong = [*wrong[:MOST_QUOTED], f"Et {more} autre{'s' if more > 1 else ''}."]
    return Asked([known[code] for code in codes if code in known], wrong, text)


def _known(request: HttpRequest) -> dict[str, Zone]:
    visible = Release.objects.visible_to(request)
    generations = sorted(set(visible.values_list("generation", flat=True)))
    releases = {r.pk: r for g in generations for r in latest_for(request, g)}
    zones = Zone.objects.filter(release__in=releases, kind="qpv")
    known: dict[str, Zone] = {}
    for zone in zones.defer("geometry", "communes", "npnru").order_by("release__generation", "pk"):
        zone.release = releases[zone.release_id]
        known[zone.code.upper()] = zone
    return known


def _unknown(code: str, known: dict[str, Zone]) -> str:
    shown = code[:20]
    if not CODE.match(code) and not any(z.startswith(code[:2]) for z in known):
        return (
            f"« {shown} » n’est pas un code de QPV : attendu QN ou QP, le département, puis le "
            "quartier (QN04901M)."
        )
    near = difflib.get_close_matches(code, known, n=1, cutoff=0.85)
    hint = f" Vouliez-vous dire {known[near[0]].code} ({known[near[0]].name}) ?" if near else ""
    return f"« {shown} » n’est dans aucune livraison qui vous est ouverte.{hint}"


@require_safe
def by_codes(request: HttpRequest) -> HttpResponse:
    """Paste codes, read every value with its source; what is unknown is quoted code by code."""
    text = request.GET.get("codes", "")
    asked = read(request, text)
    used: dict[str, Any] = {}
    tables = []
    for zone, rows in _readings(request, asked.found[:ON_PAGE]):
        tables.append(
            {
                "zone": zone,
                "rows": [r for r in rows if r.known],
                "empty": [r for r in rows if not r.known],
            }
        )
        used |= {s["id"]: s for r in rows if r.known for s in r.sources}
    context = {
        "typed": text[:MOST_LETTERS],
        "asked": asked,
        "tables": tables,
        "more": max(len(asked.found) - ON_PAGE, 0),
        "used": sorted(used.values(), key=lambda s: (s["producer"], s["label"])),
        "nothing": bool(text.strip()) and not asked.found,
        "most": MOST_CODES,
    }
    answer = page(request, "atlas/by_codes.html", context)
    if text.strip() and asked.wrong and not asked.found:
        answer.status_code = 422
    return answer


def _readings(
    request: HttpRequest, zones: Sequence[Zone]
) -> Iterator[tuple[Zone, list[reading.Reading]]]:
    """Give each neighbourhood with its readings: the same queries for all those of a release."""
    rows: dict[tuple[int, str], reading.Reading] = {}
    order: dict[int, list[str]] = {}
    for release in {z.release_id: z.release for z in zones}.values():
        whole = release.zones.filter(kind="epci").values_list("code", flat=True).first() or ""
        own = [z.code for z in zones if z.release_id == release.pk]
        values = values_of(request, release, zones=[*own, whole])
        indicators = indicators_of(release)
        order[release.pk] = [x.name for x in indicators]
        for (zone, name), r in reading.readings(release, indicators, values, whole).items():
            rows[release.pk, f"{zone}|{name}"] = r
    for z in zones:
        keys = ((z.release_id, f"{z.code}|{name}") for name in order[z.release_id])
        yield z, [rows[key] for key in keys if key in rows]


@require_safe
def by_codes_csv(request: HttpRequest) -> HttpResponse:
    """The same as a table: a row per value, with its source, vintage, licence and rule."""
    asked = read(request, request.GET.get("codes", ""))
    out = io.StringIO()
    out.write("\ufeff")  # without it a French spreadsheet misreads accents
    writer = csv.writer(out, delimiter=";")
    writer.writerow([*COLUMNS, "provenance"])
    for release in {z.release_id: z.release for z in asked.found}.values():
        own = [z.code for z in asked.found if z.release_id == release.pk]
        said = {
            s["id"]: f"{s['producer']}, {s['label']}, millésime {s['vintage']}, {s['licence']}"
            for s in release.sources
        }
        at = COLUMNS.index("sources")
        for row in value_rows(request, release, own):
            sources = [said[x] for x in str(row[at]).split() if x in said]
            writer.writerow([*cells_of(row), harmless(curled(" ; ".join(sources)))])
    answer = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="valeurs-par-codes.csv"'
    if not asked.found:
        answer.status_code = 422
    return answer
