"""Figures that a roadmap points to: a zone, an indicator and a dated release, never typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from labo import words
from labo.diagnosis import PRESENT
from labo_web.accounts.models import Territory
from labo_web.releases import findings, reading
from labo_web.releases.access import values_of
from labo_web.releases.models import Release, Value
from labo_web.releases.reading import HAZARDS, Reading

Reference = tuple[int, str, str]  # release, zone (empty: the agglomeration), indicator
RESERVED = "chiffre d’une livraison qui ne vous est pas ouverte"


@dataclass(frozen=True)
class Figure:
    """What a reference says to whoever asks."""

    release: Release | None
    zone: str
    indicator: str
    place: str
    label: str
    sentence: str
    reading: Reading | None = None

    @property
    def dated(self) -> str:
        """The release that it is from."""
        if self.release is None:
            return ""
        return f"livraison {self.release.code}, importée le {self.release.imported_at:%d/%m/%Y}"


def figures_of(
    request: HttpRequest, territory: Territory, wanted: Iterable[Reference]
) -> dict[Reference, Figure]:
    """Return what some references say: two queries a release, whatever their number."""
    refs = set(wanted)
    if not refs:
        return {}
    visible = Release.objects.visible_to(request).filter(pk__in={pk for pk, _, _ in refs})
    found: dict[Reference, Figure] = {}
    for release in visible:
        own = [ref for ref in refs if ref[0] == release.pk]
        names = dict(release.zones.values_list("code", "name"))
        whole = release.zones.filter(kind="epci").values_list("code", flat=True).first() or ""
        zones = [*{zone or whole for _, zone, _ in own}, whole]
        values = values_of(request, release, indicators=[name for _, _, name in own], zones=zones)
        rows = reading.readings(release, [], values, whole)
        for ref in own:
            _, zone, name = ref
            row = rows.get((zone or whole, name))
            place = names.get(zone, zone) or territory.name
            if row is None:
                found[ref] = Figure(release, zone, name, place, name, "pas de valeur ici")
            else:
                found[ref] = Figure(release, zone, name, place, row.x.label, _said(row), row)
    for ref in refs - set(found):
        found[ref] = Figure(None, ref[1], ref[2], ref[1] or territory.name, ref[2], RESERVED)
    return found


def _said(row: Reading) -> str:
    """Return a reading as one sentence, with its interval and the agglomeration beside it."""
    if not row.known:
        return f"{row.x.label} : pas de valeur ({row.v.reason})."
    said = row.sentence.rstrip(".")
    if row.interval and not row.exact:
        said += f" (de {row.span})"
    if not row.is_count and row.whole is not None and row.whole.central is not None:
        said += f", contre {row.whole_said} dans l’agglomération"
    return f"{said}."


def choices_of(
    request: HttpRequest, release: Release, names: dict[str, str]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the figures that can be pointed to, by neighbourhood: (zone|indicator, label)."""
    codes = list(names) or [""]
    whole = release.zones.filter(kind="epci").values_list("code", flat=True).first() or ""
    values = values_of(request, release, zones=[*codes, whole])
    rows = reading.readings(release, [], values, whole)
    groups = []
    for code in codes:
        own = [r for (zone, _), r in rows.items() if zone == (code or whole) and r.known]
        order = list(HAZARDS)
        own.sort(key=lambda r: (order.index(r.x.hazards[0]), r.x.position))
        groups.append(
            (
                names.get(code, "toute l’agglomération"),
                [(f"{code}|{r.x.name}", f"{r.x.label} – {r.figure}") for r in own],
            )
        )
    return groups


def typed_in(sentence: str, figure: Figure) -> list[str]:
    """Return the figures that a sentence types, which only the release may give."""
    declared = f"{figure.label}. {figure.reading.x.reading}" if figure.reading else figure.label
    subject = findings.Subject(figure.indicator, figure.label, "", "", "", "", declared=declared)
    return findings.typed_figures(sentence, subject)


def series(
    territory: Territory, pairs: Iterable[tuple[str, str]], request: HttpRequest | None
) -> dict[tuple[str, str], list[Value]]:
    """Return the present values of (zone, indicator) in all releases, oldest first, in one query.

    With a request, only what whoever asks may read; without one, what the team may.
    """
    wanted = set(pairs)
    if not wanted:
        return {}
    releases = Release.objects.filter(territory=territory)
    if request is not None:
        releases = Release.objects.visible_to(request).filter(territory=territory)
    kept = list(releases.select_related("territory"))
    rows = (
        Value.objects.filter(
            zone__release__in=kept, scenario=PRESENT, central__isnull=False,
            indicator__name__in={name for _, name in wanted},
        )
        .select_related("zone__release", "indicator")
        .defer("zone__geometry", "zone__release__notices", "indicator__formula")
        .order_by("zone__release_id")
    )  # fmt: skip
    found: dict[tuple[str, str], list[Value]] = {}
    for value in rows:
        for code in {value.zone.code, "" if value.zone.kind == "epci" else value.zone.code}:
            if (code, value.indicator.name) in wanted:
                found.setdefault((code, value.indicator.name), []).append(value)
    return found


def in_words(value: Value) -> str:
    """Return a value with its unit."""
    return words.quantity(value.central, value.indicator.unit)
