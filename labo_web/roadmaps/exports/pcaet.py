"""The vulnerability table of a PCAET: sixteen domains, now, 2050 and 2100, ready to paste.

Only what a release says is written: a domain without an indicator is said to have none. The
sixteen domains are those of the deposit of a PCAET (arrêté du 4 août 2016), to check.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence

import openpyxl

from labo import catalogue as _catalogue  # noqa: F401 (declares the measures)
from labo import words
from labo.measure import MEASURES
from labo_web.documents.archive import settled
from labo_web.documents.facts import Facts
from labo_web.releases.models import Value
from labo_web.roadmaps.content import Content
from labo_web.roadmaps.exports.tables import Row, add_sheet

WHOLE = (
    "les valeurs sont celles de l’agglomération ; le climat ne dit rien de la différence entre "
    "quartiers"
)
HEAD = ("domaine", "aujourd’hui", "2050", "2100", "actions", "sources")
NONE = "Pas d’indicateur dans cette livraison : à écrire par le territoire."
# Domain: indicators of now, indicators of the climate to come, families of measures.
DOMAINS: dict[str, tuple[Sequence[str], Sequence[str], Sequence[str]]] = {
    "Agriculture": ((), ("dry_spell_of_the_year",), ()),
    "Aménagement, urbanisme": (
        ("impervious_share", "surface_temperature_anomaly"), ("days_above_35_per_year",),
        ("shade", "soil")),
    "Biodiversité": (("species_richness", "corridor_share"), ("dry_spell_of_the_year",), ()),
    "Déchets": ((), (), ()),
    "Eau (ressource, assainissement, ruissellement)": (
        ("runoff_potential", "water_restriction_days_per_year"),
        ("heavy_rain_days_per_year", "dry_spell_of_the_year"), ("water",)),
    "Espaces verts": (("canopy_share", "green_space_access_share"), ("dry_spell_of_the_year",), ()),
    "Forêt": ((), ("dry_spell_of_the_year",), ()),
    "Énergie": (
        ("energy_poverty_share",),
        ("cooling_degree_days_per_year", "heating_degree_days_per_year"), ("energy",)),
    "Industrie": ((), (), ()),
    "Littoral": (("submersion_residents_share",), ("submersion_climate_residents_share",), ()),
    "Résidentiel": (
        ("poor_summer_comfort_share", "dpe_f_g_share", "clay_houses_share"),
        ("nights_above_20_per_year",), ("buildings",)),
    "Santé": (
        ("aged_80_plus_share", "no2_above_who_share", "care_access_share"),
        ("heat_wave_days_per_year", "nights_above_20_per_year"), ("care",)),
    "Sécurité civile": (("flood_residents_share",), ("heavy_rain_days_per_year",), ()),
    "Tertiaire": (("heat_exposed_jobs_share",), ("days_above_30_per_year",), ("places",)),
    "Tourisme": (("good_bathing_share",), ("days_above_35_per_year",), ()),
    "Transports": (("transport_access_share",), ("days_above_35_per_year",), ("mobility",)),
}  # fmt: skip


def rows_of(content: Content, facts: Facts, measures: dict[int, str]) -> Iterator[Row]:
    """Give a row for each domain."""
    climate = facts.climate_values()
    for domain, (now, later, families) in DOMAINS.items():
        present = [facts.rows[facts.whole, x] for x in now if (facts.whole, x) in facts.rows]
        known = [r for r in present if r.known]
        actions = [
            f"A-{s.number} {s.title} ({s.level})"
            for s in content.sheets
            if s.level_key != "abandoned" and _family(measures.get(s.number, "")) in families
        ]
        sources = sorted({s["id"] for r in known for s in r.sources})
        yield (
            domain,
            "\n".join(f"{r.x.label} : {r.figure} ({r.span})" for r in known) or NONE,
            *(_climate(climate, later, year) for year in ("2050", "2100")),
            "\n".join(actions) or "Aucune action de la feuille de route.",
            " ".join(sources),
        )


def _family(measure: str) -> str:
    return next((x.family for x in MEASURES if x.id == measure), "")


def _climate(values: Sequence[Value], names: Sequence[str], year: str) -> str:
    lines = []
    for v in values:
        if v.indicator.name in names and v.horizon.endswith(year):
            unit = v.indicator.unit
            lines.append(
                f"{v.indicator.label} : {words.figure(v.central, unit)} "
                f"({words.interval(v.low, v.high, unit).replace('–', ' à ')} ; {v.scenario})"
            )
    return "\n".join(lines) or NONE


def table_of(content: Content, facts: Facts, measures: dict[int, str]) -> bytes:
    """Return the table as XLSX."""
    book = openpyxl.Workbook(write_only=True)
    book.properties.title = f"Vulnérabilité, {content.territory}"
    book.properties.creator = "Labo Quartiers en Transitions"
    widths = (28, 60, 60, 60, 50, 40)
    add_sheet(book, "Vulnérabilité", HEAD, rows_of(content, facts, measures), widths)
    edition = facts.edition(facts.address(), list(facts.rows.values()))
    said = content.sums.said
    about = [
        ("Livraison", edition.foot), ("Attribution", edition.attribution),
        ("Attention", edition.warning or "aucune"),
        ("Portée", WHOLE),
        ("Domaines", "arrêté du 4 août 2016 relatif au PCAET, à vérifier"),
        ("Feuille de route, coût connu", said["cost"]),
        ("Feuille de route, financements en vue", said["total"]),
        ("Feuille de route, acquis", said["secured"]),
    ]  # fmt: skip
    add_sheet(book, "Lisez-moi", ("sujet", "valeur"), about, (36, 110))
    out = io.BytesIO()
    book.save(out)
    day: dt.date = edition.day
    return settled(out.getvalue(), day)
