"""Files that are taken away or read by maps. Cells carry environment only, but for the team."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from labo import words
from labo.diagnosis import PRESENT
from labo.typography import curled
from labo_web.accounts.access import is_team
from labo_web.documents.spreadsheet import harmless
from labo_web.releases import maps
from labo_web.releases.access import get_release_for, values_of
from labo_web.releases.credit import attribution, licences_in_words
from labo_web.releases.models import Indicator, Release, Zone

COLUMNS = (
    *("zone", "nom", "nature", "nature_libelle", "indicateur", "libelle", "scenario", "horizon"),
    *("moment", "valeur", "bas", "haut", "unite", "unite_libelle", "ecart", "ecart_bas"),
    *("ecart_haut", "part_imputee", "carreaux_ou_iris", "methode", "methode_libelle"),
    *("raison_si_vide", "livraison", "version_calcul", "sources", "licences"),
)
RANGE = re.compile(r"bytes=(\d+)-(\d*)\Z")


@require_safe
def values_csv(request: HttpRequest, territory: str) -> HttpResponse:
    """All values of the zones, with intervals, reasons and sources."""
    release = get_release_for(request, territory)
    out = io.StringIO()
    out.write("\ufeff")  # without it a French spreadsheet misreads accents
    writer = csv.writer(out, delimiter=";")
    writer.writerow(COLUMNS)
    for row in value_rows(request, release):
        writer.writerow(cells_of(row))
    answer = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="valeurs-{release.code}.csv"'
    return answer


def cells_of(row: Sequence[str | float | None]) -> list[str]:
    """Return a row as a French spreadsheet reads it; no text of it acts there."""
    return [harmless(x) if isinstance(x, str) else _number(x) for x in row]


def value_rows(
    request: HttpRequest, release: Release, zones: list[str] | None = None
) -> Iterator[list[str | float | None]]:
    """Give the values of zones, or of all, as rows of COLUMNS, emptied of what may not be shown.

    Beside each id, which is the same from one release to the next, stands what it is in French.
    """
    licence_of = {s["id"]: str(s["licence"]) for s in release.sources}
    for v in values_of(request, release, zones=zones, scenario=None):
        x, zone = v.indicator, v.zone
        used = sorted({licence_of[s] for s in x.sources if s in licence_of})
        yield [
            *(zone.code, zone.name, zone.kind, words.ZONE_KINDS.get(zone.kind, zone.kind)),
            *(x.name, curled(x.label), v.scenario, v.horizon, moment(v.scenario, v.horizon)),
            *(v.central, v.low, v.high, x.unit, words.UNITS.get(x.unit, x.unit)),
            *(v.gap, v.gap_low, v.gap_high, v.imputed_share, v.n_cells),
            *(v.method, curled(words.METHODS_AT_LENGTH.get(v.method, v.method)), curled(v.reason)),
            *(release.code, release.code_version, " ".join(x.sources), curled(" ; ".join(used))),
        ]


def moment(scenario: str, horizon: str) -> str:
    """Return when a value is of, in words."""
    return "aujourd’hui" if scenario == PRESENT else f"{horizon}, climat {scenario}"


def _number(x: float | None) -> str:
    return "" if x is None else f"{x:.6g}".replace(".", ",")


@require_safe
def zones_geojson(request: HttpRequest, territory: str) -> HttpResponse:
    """Outlines of the zones, with their present values as properties."""
    release = get_release_for(request, territory)
    features = zone_features(request, release)
    about = {
        "livraison": release.code,
        "licence": licences_in_words(release),
        "attribution": attribution(release),
    }
    body = {"type": "FeatureCollection", "about": about, "features": features}
    return JsonResponse(
        body, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False}
    )


def zone_features(
    request: HttpRequest, release: Release, zones: Sequence[Zone] | None = None
) -> list[dict[str, Any]]:
    """Return zones as GeoJSON features, with their present values.

    All have the same columns, those of the indicators that are known somewhere in zones of these
    kinds: software that opens a layer takes its columns from the first features.
    """
    zones = list(release.zones.order_by("kind", "code", "pk")) if zones is None else zones
    known = release.indicators.filter(
        values__zone__kind__in={z.kind for z in zones},
        values__scenario=PRESENT,
        values__central__isnull=False,
    )
    names = list(known.distinct().values_list("name", flat=True))
    columns = [name + end for name in names for end in ("", "_low", "_high")]
    rows: dict[str, dict[str, Any]] = {z.code: dict.fromkeys(columns) for z in zones}
    for v in values_of(request, release, zones=list(rows), indicators=names):
        name = v.indicator.name
        rows[v.zone.code] |= {name: v.central, f"{name}_low": v.low, f"{name}_high": v.high}
    return [
        {
            "type": "Feature",
            "id": z.code,
            "bbox": [z.west, z.south, z.east, z.north],
            "geometry": json.loads(z.geometry),
            "properties": {
                "zone": z.code,
                "name": z.name,
                "kind": z.kind,
                "nature": words.ZONE_KINDS.get(z.kind, z.kind),
            }
            | rows[z.code],
        }
        for z in zones
    ]


@require_safe
def cells(request: HttpRequest, territory: str) -> HttpResponse:
    """The squares of the map: their outlines and whether they were imputed, part by part."""
    path = get_release_for(request, territory).folder / "cells.pmtiles"
    answer = ranged(request, path)
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


def ranged(request: HttpRequest, path: Path) -> HttpResponse:
    """Return a file or the bytes of it that the request asks for."""
    size = path.stat().st_size
    kind = "application/vnd.pmtiles"
    asked = RANGE.match(request.headers.get("Range", ""))
    if asked is None:
        answer = HttpResponse(path.read_bytes(), content_type=kind)
    else:
        start, stop = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
        if start > stop:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        with path.open("rb") as file:
            file.seek(start)
            part = file.read(stop - start + 1)
        answer = HttpResponse(part, status=206, content_type=kind)
        answer["Content-Range"] = f"bytes {start}-{stop}/{size}"
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = f'"{path.parent.name[:16]}"'
    answer["Content-Encoding"] = "identity"  # bytes are counted: nothing may pack them again
    return answer


@require_safe
def cell_values(request: HttpRequest, territory: str, name: str) -> HttpResponse:
    """Values of one indicator by cell, with classes and colours: what lies around, not who."""
    release = get_release_for(request, territory)
    x = get_cells_for(request, release, name)
    content: dict[str, float] = x.cells.content
    scale = maps.scale_of(x, list(content.values()))
    body = {
        "label": curled(x.label),
        "unit": x.unit,
        "bounds": scale.bounds,
        "colours": scale.colours,
        "labels": scale.labels,
        "classes": dict(zip(content, scale.classes_of(list(content.values())), strict=True)),
        "attribution": attribution(release),
    }
    if is_team(request, release.territory):
        body["values"] = content
    answer = JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


def get_cells_for(request: HttpRequest, release: Release, name: str) -> Indicator:
    """Return an indicator with its cells: of the environment, or any for the team; else 404."""
    x = release.indicators.select_related("cells").filter(name=name, cells__isnull=False).first()
    if x is None or not (x.environment or is_team(request, release.territory)):
        raise Http404("Cet indicateur n’est pas publié par carreau.")
    return x
