"""A folder of official-format files with their truth: what `labo demo` writes."""

import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import shapely

from labo.demo import (
    census,
    climate,
    fiction,
    files,
    ground,
    hazards,
    living,
    nuisances,
    walking,
)
from labo.demo.city import City, raise_city
from labo.demo.counts import count
from labo.demo.fiction import Registry
from labo.demo.field import Ints
from labo.demo.form import FORMS, BadForm
from labo.demo.grid import filosofi_cells
from labo.demo.people import Status
from labo.demo.perimeters import Perimeter, dissolve
from labo.demo.register import register
from labo.demo.site import Site
from labo.demo.surroundings import places, streets, vegetation
from labo.demo.truth import Zone, counts_table, locations, within

ORIGIN = (430_000.0, 6_710_000.0)
"""Centre of the first territory, EPSG:2154."""
MAXIMUM, MINIMUM = 5_000_000, 2_000


class Theme(Protocol):
    """A module that writes some files of the mirror: see `labo.demo.site`."""

    SOURCES: dict[str, tuple[str, str]]

    def write(self, site: Site) -> pd.DataFrame:
        """Add a territory to the files; return its rows of truth."""
        ...


_SOURCES = {
    "anct_qpv_2024": ("qpv_2024.zip", "2024"),
    "anct_qpv_2015": ("qpv_2015.zip", "2015"),
    "ign_communes_2026": ("communes.geojson", "2026"),
    "insee_epci_2026": ("epci.json", "2026"),
    "insee_filosofi_200m_2021": ("filosofi_200m_2021.gpkg", "2021"),
    "insee_rp_iris_2021": ("rp_iris_2021.csv", "2021"),
    "ign_iris_2021": ("iris_2021.gpkg", "2021"),
    "ign_bdtopo_batiment_2026": ("batiment.gpkg", "2026"),
    "ign_bdtopo_vegetation_2026": ("zone_de_vegetation.gpkg", "2026"),
    "insee_qpv_2024": ("insee_qpv_2024.xlsx", "2024"),
    "insee_qpv_2015": ("insee_qpv_2015.xlsx", "2015"),
}
# Modules that write further files; see `labo.demo.site`.
_THEMES: tuple[Theme, ...] = (ground, walking, hazards, living, nuisances, climate)
_TRUTH = "truth"
_TRUTH_NOTE = """données fictives

Ville-Témoin est une agglomération synthétique : aucun lieu, aucune personne n'existe.
Ce dossier contient la vérité, comptée sur les habitants simulés et jamais lue dans les fichiers.

counts.csv      sommes exactes par zone. Concept « fiscal » : membres des ménages fiscaux, colonnes
                de Filosofi (men_pauv sans plafond ; ind_snv winsorisé à 1 % et 99 % sur tout le
                territoire ; snv_raw sans winsorisation). Concept « all » : tous les habitants.
indicators.csv  indicateurs calculés sur ces sommes ; les parts sont des fractions de 0 à 1.
climate.csv     bas, médiane et haut de l'ensemble des simulations, par EPCI, scénario et horizon.
Zones : qpv (générations 2024 et 2015), commune, epci, rest_of_epci (l'EPCI hors de ses QPV).
"""


@dataclass
class _Pages:
    """What is gathered over territories before it is written."""

    qpv_2024: list[tuple[dict[str, object], shapely.Geometry]] = field(default_factory=list)
    qpv_2015: list[tuple[str, str, str, shapely.Geometry]] = field(default_factory=list)
    figures: dict[int, list[pd.DataFrame]] = field(default_factory=lambda: {2024: [], 2015: []})
    communes: list[tuple[dict[str, object], shapely.Geometry]] = field(default_factory=list)
    epci: list[dict[str, object]] = field(default_factory=list)
    buildings: int = 0
    streets: int = 0
    vegetation: int = 0


def write(
    directory: Path,
    *,
    residents: int | Sequence[int] = 150_000,
    territories: int = 1,
    form: str | None = None,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Write a mirror of synthetic agglomerations, and their truth, in a folder.

    The same arguments give the same bytes in every file.

    Args:
        directory: created if absent; files of the same names are replaced.
        residents: residents of each agglomeration, 2,000 to 5,000,000; or of each in turn, and then
            there are as many.
        territories: how many agglomerations.
        form: an id of `FORMS`; when absent, each territory takes the next form in turn.
        seed: another seed is another city of the same form.

    Returns:
        one summary per territory: id, name, epci, form, label, residents, households, buildings,
        dwellings, communes, iris, qpv, qpv_2015, qpv_share, cells, imputed_cells.

    Raises:
        BadForm: an argument is out of range, or the form is unknown.
    """
    sizes = [residents] * territories if isinstance(residents, int) else list(residents)
    forms = _check(sizes, form, seed)
    directory = Path(directory)
    truth = directory / _TRUTH
    shutil.rmtree(truth, ignore_errors=True)
    truth.mkdir(parents=True)
    for name in [path for path, _ in _all_sources().values()]:
        (directory / name).unlink(missing_ok=True)
    registry, pages = Registry(), _Pages()
    summaries = []
    for number, (size, origin) in enumerate(zip(sizes, _origins(sizes), strict=True)):
        form_id = forms[number % len(forms)]
        city = raise_city(FORMS[form_id], size, origin, seed, number)
        summaries.append(
            {"id": fiction.territory_id(number), "name": fiction.epci_name(number),
             "epci": fiction.epci_siren(number), "form": form_id, "label": city.form.label}
            | _write_territory(directory, city, number, seed, registry, pages)
        )  # fmt: skip
    _write_pages(directory, pages)
    (truth / "README.txt").write_text(_TRUTH_NOTE, encoding="utf-8")
    (directory / "mirror.toml").write_text(_manifest(directory, len(sizes)), encoding="utf-8")
    return summaries


def _all_sources() -> dict[str, tuple[str, str]]:
    return _SOURCES | {name: file for theme in _THEMES for name, file in theme.SOURCES.items()}


def _check(sizes: Sequence[int], form: str | None, seed: int) -> list[str]:
    if form is not None and form not in FORMS:
        raise BadForm(f"Unknown city form {form!r}: choose among {', '.join(sorted(FORMS))}.")
    for residents in sizes:
        if not MINIMUM <= residents <= MAXIMUM:
            raise BadForm(f"{residents!r} residents: give from {MINIMUM:,} to {MAXIMUM:,}.")
    if not sizes:
        raise BadForm("0 territories: give 1 or more.")
    if seed < 0:
        raise BadForm(f"The seed is {seed!r}: give a whole number of 0 or more.")
    return [form] if form is not None else list(FORMS)


def _origins(sizes: Sequence[int]) -> list[tuple[float, float]]:
    """Territories stand in rows, far enough apart for the sparsest form, eastwards then south."""
    sparsest = min(form.residents_per_km2 for form in FORMS.values())
    pitch = [max(30_000.0, 4.2 * math.sqrt(n / sparsest / math.pi) * 1_000) for n in sizes]
    across = math.ceil(math.sqrt(len(sizes)))
    found, south = [], 0.0
    for start in range(0, len(sizes), across):
        row, east = pitch[start : start + across], 0.0
        for width in row:
            found.append((ORIGIN[0] + east, ORIGIN[1] - south))
            east += width
        south += max(row)
    return found


def _write_territory(
    directory: Path, city: City, number: int, seed: int, registry: Registry, pages: _Pages
) -> dict[str, object]:
    communes = int(city.commune.max()) + 1
    recent = [p for p in city.perimeters if p.generation == 2024]
    registry.open_territory(communes, len(recent))
    department = registry.department
    codes = [registry.commune() for _ in range(communes)]
    names = [fiction.commune_name(k, number) for k in range(communes)]
    contours = dissolve(city.land, city.commune, communes)
    present = np.bincount(
        city.commune[city.buildings.block[city.persons.building]],
        city.persons.resident_weight, minlength=communes,
    ).astype(int)  # fmt: skip
    siren = fiction.epci_siren(number)
    for code, name, contour in zip(codes, names, contours, strict=True):
        row: dict[str, object] = {"code": code, "nom": name, "departement": department,
               "region": fiction.REGION[0], "epci": siren}  # fmt: skip
        pages.communes.append((row, contour))
    pages.epci.append(_epci(number, codes, names, present))
    zones = _register_qpvs(city, number, codes, names, registry, pages, seed)
    zones += [Zone("commune", "", c, g, commune=k) for k, (c, g) in
              enumerate(zip(codes, contours, strict=True))]  # fmt: skip
    zones.append(Zone("epci", "", siren, None))
    for generation in (2024, 2015):
        inside = tuple(p.geometry for p in city.perimeters if p.generation == generation)
        zones.append(Zone("rest_of_epci", str(generation), siren, None, outside=inside))

    counts = count(city.households, city.persons)
    wide, long = counts_table(fiction.territory_id(number), city, counts, zones)
    files.append_csv(directory / _TRUTH / "counts.csv", wide)
    files.append_csv(directory / _TRUTH / "indicators.csv", long)

    fiscal = city.households.fiscal
    own = np.asarray(codes, object)[city.commune[city.buildings.block[city.households.building]]]
    cells = filosofi_cells(
        city.households.x[fiscal], city.households.y[fiscal], counts.fiscal[fiscal], own[fiscal]
    )
    files.append_layer(
        directory / "filosofi_200m_2021.gpkg", "carreaux_200m_met", cells, 3035, "Polygon"
    )
    key = [seed, number]
    iris = census.iris_codes(city, codes)
    files.append_csv(
        directory / "rp_iris_2021.csv", census.census(city, iris, [*key, 101]), separator=";"
    )
    files.append_layer(
        directory / "iris_2021.gpkg", "iris", census.iris_contours(city, iris, names), 2154,
        "MultiPolygon",
    )  # fmt: skip
    table = register(city, [*key, 102], pages.buildings)
    pages.buildings += table.num_rows
    files.append_layer(directory / "batiment.gpkg", "batiment", table, 2154, "Polygon")
    roads = streets(city, [*key, 103], pages.streets)
    pages.streets += len(roads)
    files.append_layer(
        directory / "troncon_de_route.gpkg", "troncon_de_route", roads, 2154, "LineString"
    )
    green = vegetation(city, [*key, 104], pages.vegetation)
    pages.vegetation += len(green)
    files.append_layer(
        directory / "zone_de_vegetation.gpkg", "zone_de_vegetation", green, 2154, "Polygon"
    )
    files.append_csv(directory / "bpe.csv", places(city, codes, iris, [*key, 105]), separator=";")
    site = Site(
        directory, fiction.territory_id(number), city, number, codes, iris, zones, [*key, 200]
    )
    for theme in _THEMES:
        files.append_csv(directory / _TRUTH / "indicators.csv", theme.write(site))
    x, y = locations(city)
    in_qpv = np.zeros(len(x), bool)
    for perimeter in recent:
        in_qpv |= within(perimeter.geometry, x, y)
    weight = city.persons.resident_weight
    return {
        "residents": city.residents,
        "households": len(city.households.x),
        "buildings": table.num_rows,
        "dwellings": len(city.dwellings.building),
        "vacant_dwellings": int((city.dwellings.status == Status.VACANT).sum()),
        "communes": communes,
        "iris": len(iris),
        "qpv": len(recent),
        "qpv_2015": len(city.perimeters) - len(recent),
        "qpv_share": round(float(weight[in_qpv].sum() / weight.sum()), 4),
        "cells": len(cells),
        "imputed_cells": int(cells["i_est_200"].sum()),
    }


def _epci(
    number: int,
    codes: Sequence[str],
    names: Sequence[str],
    present: Ints,
) -> dict[str, object]:
    members = [
        {"code": code, "siren": f"99{number % 1_000:03d}{rank:04d}", "nom": name,
         "populationTotale": int(people * 1.012), "populationMunicipale": int(people)}
        for rank, (code, name, people) in enumerate(zip(codes, names, present, strict=True), 1)
    ]  # fmt: skip
    total = int(present.sum())
    return {
        "code": fiction.epci_siren(number), "nom": fiction.epci_name(number),
        "type": "CA", "modeFinancement": "FPU",
        "populationTotale": sum(int(people * 1.012) for people in present),
        "populationMunicipale": total, "membres": members,
    }  # fmt: skip


def _register_qpvs(
    city: City,
    number: int,
    codes: list[str],
    names: list[str],
    registry: Registry,
    pages: _Pages,
    seed: int,
) -> list[Zone]:
    zones = []
    siren = fiction.epci_siren(number)
    for generation in (2024, 2015):
        figures = census.qpv_figures(city, generation, [seed, number, 106])
        labels = []
        for perimeter in (p for p in city.perimeters if p.generation == generation):
            new = generation == 2024
            code = registry.qpv_2024(perimeter.change) if new else registry.qpv_2015()
            name = fiction.qpv_name(perimeter.estate, number)
            spread = _communes_of(city, perimeter)
            if new:
                row = {
                    "fid": float(len(pages.qpv_2024) + 1), "code_qp": code, "lib_qp": name,
                    "insee_reg": fiction.REGION[0], "lib_reg": fiction.REGION[1],
                    "insee_dep": code[3:5], "lib_dep": f"Département fictif {code[3:5]}",
                    "insee_com": ",".join(codes[k] for k in spread),
                    "lib_com": ",".join(names[k] for k in spread), "siren_epci": siren,
                }  # fmt: skip
                pages.qpv_2024.append((row, perimeter.geometry))
            else:
                towns = ", ".join(names[k] for k in spread)
                pages.qpv_2015.append((code, name, towns, perimeter.geometry))
            zones.append(Zone("qpv", str(generation), code, perimeter.geometry))
            labels.append((code, name))
        figures.insert(0, "CODGEO", [code for code, _ in labels])
        figures.insert(1, "LIBGEO", [name for _, name in labels])
        pages.figures[generation].append(figures)
    return zones


def _communes_of(city: City, perimeter: Perimeter) -> list[int]:
    """Communes that hold a real part of a perimeter, the largest part first."""
    low_x, low_y, high_x, high_y = perimeter.geometry.bounds
    x, y = city.land.centroid.T
    near = np.flatnonzero(
        (x > low_x - 300) & (x < high_x + 300) & (y > low_y - 300) & (y < high_y + 300)
    )
    shared = shapely.area(
        shapely.intersection(shapely.polygons(city.land.quads[near]), perimeter.geometry)
    )
    parts = np.bincount(city.commune[near], shared)
    order = np.argsort(-parts, kind="stable")
    return [int(k) for k in order if parts[k] > 0.01 * parts.sum()]


def _write_pages(directory: Path, pages: _Pages) -> None:
    recent = sorted(pages.qpv_2024, key=lambda item: str(item[0]["code_qp"]))
    name = "QP2024_France_Hexagonale_Outre_Mer_WGS84"
    shapes = [shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape
              for _, shape in recent]  # fmt: skip
    content = files.geojson(name, [row for row, _ in recent], files.to_wgs84(shapes))
    (directory / "qpv_2024.zip").write_bytes(files.archive({f"GEOJSON/{name}.geojson": content}))
    older = pd.DataFrame(pages.qpv_2015, columns=["CODE_QP", "NOM_QP", "COMMUNE_QP", "geometry"])
    parts = files.shapefile("QP_METROPOLE_LB93", older, 2154)
    (directory / "qpv_2015.zip").write_bytes(
        files.archive({f"SHP/{name}": content for name, content in parts.items()})
    )
    communes = files.geojson(
        "communes", [row for row, _ in pages.communes],
        files.to_wgs84([shape for _, shape in pages.communes]),
    )  # fmt: skip
    (directory / "communes.geojson").write_bytes(communes)
    (directory / "epci.json").write_text(
        json.dumps(pages.epci, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    labels = ("Code du quartier", "Nom du quartier", "Population municipale",
              "Médiane du revenu disponible par unité de consommation (€)")  # fmt: skip
    for generation, frames in pages.figures.items():
        (directory / f"insee_qpv_{generation}.xlsx").write_bytes(
            files.workbook(f"QPV{generation}", labels, pd.concat(frames, ignore_index=True))
        )


def _manifest(directory: Path, territories: int) -> str:
    lines = ["# Ville-Témoin : données fictives, au format des fichiers officiels.", ""]
    for source, (path, vintage) in _all_sources().items():
        digest = files.sha256(directory / path)
        lines += [
            f"[sources.{source}]", f'path = "{path}"', f'vintage = "{vintage}"',
            f'sha256 = "{digest}"', "",
        ]  # fmt: skip
    lines += [
        "# À côté : truth/ (la vérité de la ville, pour examiner les estimations).",
        "", "[territories]",
    ]  # fmt: skip
    for number in range(territories):
        lines.append(f'{fiction.territory_id(number)} = "{fiction.epci_siren(number)}"')
    return "\n".join(lines) + "\n"
