"""What documents are made of: the figures of a release that whoever asks may read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from labo_web.accounts.access import is_team
from labo_web.accounts.models import Circle
from labo_web.documents.texts import Exact
from labo_web.grammar import long_date
from labo_web.releases import reading
from labo_web.releases.access import values_of
from labo_web.releases.credit import attribution, licences_in_words
from labo_web.releases.kept import indicators_of, zones_of
from labo_web.releases.models import Agreement, Indicator, Release, Value, Zone
from labo_web.releases.reading import Reading

HERE_KINDS = ("qpv", "perimeter")
INVENTED = "Données fictives : ce territoire est inventé."


@dataclass(frozen=True)
class Sources:
    """The files that figures come from under one licence, by producer."""

    licence: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Edition:
    """Which release a document was made from, and what must be said when it is passed on."""

    territory: str
    release: str
    day: dt.date
    date: str
    foot: str
    warning: str
    attribution: str
    licence: str
    address: str
    sources: tuple[Sources, ...]


@dataclass(frozen=True)
class Facts:
    """The present values of some zones, read against the agglomeration; figures as on pages."""

    request: HttpRequest
    release: Release
    zones: list[Zone]
    indicators: list[Indicator]
    rows: dict[tuple[str, str], Reading]
    whole: str

    @property
    def qpvs(self) -> list[Zone]:
        """The neighbourhoods, by name."""
        return [z for z in self.zones if z.kind == "qpv"]

    def of(self, zone: str) -> list[Reading]:
        """Return the readings of a zone, in the order of the catalogue."""
        return [r for (code, _), r in self.rows.items() if code == zone]

    @cached_property
    def reserved(self) -> bool:
        """Whether these figures hold some that a landlord has not agreed to show to others."""
        waiting = Agreement.objects.filter(release=self.release, agreed_on=None)
        return is_team(self.request, self.release.territory) and waiting.exists()

    def edition(self, address: str, rows: list[Reading]) -> Edition:
        """Return what a document says of its release; `rows` are the readings that it shows."""
        r = self.release
        day: dt.date = r.opened_on
        used = {s["id"]: s for row in rows if row.known for s in row.sources}
        words = [INVENTED] if r.fictive else []
        if self.reserved:
            words.append("Réservé à l’équipe : un bailleur n’a pas encore donné son accord.")
        elif r.circle != Circle.EVERYONE:
            words.append(f"Document de travail, ouvert à : {r.circle_label}.")
        date = long_date(day)
        return Edition(
            territory=r.territory.name,
            release=r.code,
            day=day,
            date=date,
            foot=(
                f"Livraison {r.code} du {date}, méthode {r.code_version}, {r.draws} tirages, "
                f"QPV de génération {r.generation}"
            ),
            warning=" ".join(words),
            attribution=attribution(r),
            licence=licences_in_words(r),
            address=Exact(address),
            sources=_sources(list(used.values())),
        )

    @cached_property
    def among(self) -> dict[str, list[float]]:
        """What each indicator is in the neighbourhoods, as far as whoever asks may see it."""
        found: dict[str, list[float]] = {}
        codes = [z.code for z in self.qpvs]
        for v in values_of(self.request, self.release, zones=codes):
            if v.central is not None:
                found.setdefault(v.indicator.name, []).append(v.central)
        return found

    def address(self, zone: str = "") -> str:
        """Return the address of the page of the territory, or of one of its zones."""
        code = self.release.territory.code
        path = (
            reverse("neighbourhood", args=[code, zone])
            if zone
            else reverse("territory", args=[code])
        )
        return f"{self.request.build_absolute_uri(path)}?livraison={self.release.code}"

    def climate_values(self) -> list[Value]:
        """Return the climate to come, which is said of the agglomeration only."""
        found = values_of(self.request, self.release, zones=[self.whole], scenario=None)
        return [v for v in found if v.method == "climate" and v.central is not None]


def _sources(used: list[Any]) -> tuple[Sources, ...]:
    """Return files by licence, each producer named once."""
    found: dict[str, dict[str, list[str]]] = {}
    for s in sorted(used, key=lambda s: (s["licence"], s["producer"], s["label"])):
        files = found.setdefault(s["licence"], {}).setdefault(s["producer"], [])
        vintage = str(s["vintage"])
        files.append(s["label"] if vintage in s["label"] else f"{s['label']} ({vintage})")
    return tuple(
        Sources(licence, tuple(f"{who} : {', '.join(files)}" for who, files in by.items()))
        for licence, by in found.items()
    )


def facts_of(request: HttpRequest, release: Release, codes: list[str] | None = None) -> Facts:
    """Return the facts of some zones, of all neighbourhoods where none is named."""
    zones, indicators = zones_of(release), indicators_of(release)
    whole = next((z.code for z in zones if z.kind == "epci"), "")
    wanted = [z.code for z in zones if z.kind in HERE_KINDS] if codes is None else codes
    values = values_of(request, release, zones=[*wanted, whole])
    rows = reading.readings(release, indicators, values, whole)
    return Facts(request, release, zones, indicators, rows, whole)


def get_facts_for(request: HttpRequest, release: Release, zone: str) -> tuple[Facts, Zone]:
    """Return the facts of a neighbourhood and its zone, or answer 404."""
    facts = facts_of(request, release, [zone])
    here = next((z for z in facts.zones if z.code == zone and z.kind in HERE_KINDS), None)
    if here is None:
        raise Http404("Ce quartier n’est pas dans cette livraison.")
    return facts, here
