"""Places where one is helped with digital services: « La Médiation numérique » and local lists."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np

from labo.errors import BadInput
from labo.projection import way
from labo.source import SOURCES, Bounds, Source, SourceFile

CRS = "EPSG:4326"
LAMBERT = "EPSG:2154"
LARGEST_DEGREES = 180.0


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How one kind of list spells its columns.

    `services` name what is on offer: the cell's words, or where it only says yes, those given here.
    `closed` are a column and the words that say that a place is open no more.
    """

    place: str
    name: str
    x: str
    y: str
    services: Mapping[str, str]
    closed: tuple[str, tuple[str, ...]] | None = None


LAYOUTS = (
    # The national schema, of which the others are ancestors.
    Layout(place="id", name="nom", x="longitude", y="latitude", services={"services": ""}),
    Layout(
        place="TYPO_UID",
        name="USER_NOM",
        x="LNG",
        y="LAT",
        services=dict.fromkeys(
            [
                *("QUALIF1", "QUALIF2", "QUALIF3", "QUALIF4", "QUALIF6", "QUALIF7", "QUALIF8"),
                *("ACCES_ORDI", "WIFI", "PRET_MAT", "REPAR_MAT", "AIDE_DEMAT", "FORM_PERF"),
                *("SENS_INTER", "AVIS_NUM"),
            ],
            "",
        ),
    ),
    Layout(
        place="ID_LieuMed",
        name="NOM_STRUCTURE",
        x="x",
        y="y",
        services={
            "INTERNET": "Accès internet",
            "DEM_Gen": "Aide aux démarches administratives",
            "DEM_Spe": "Aide à des démarches particulières",
            "INITIATION": "Initiation aux outils numériques",
        },
        closed=("AFFICHAGE", ("INACTIF",)),
    ),
)
NO = ("", "-", "non", "?", "none", "nan")
YES = "oui"


def read_inclusion(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per place: place (id), name, services (text, `|` between), geometry (EPSG:4326).

    JSON or CSV, of the national schema or of the two local lists that came before it (degrees, or
    Lambert-93 metres with a decimal comma). What is closed or has no coordinates is left out and
    counted; a name or services that are not said are missing.

    Raises:
        BadInput: not such a list, coordinates that are no numbers, or no place with coordinates.
    """
    rows = _rows(file)
    columns = {name for row in rows for name in row}
    layout = next(
        (x for x in LAYOUTS if {x.name, x.x, x.y, *x.services} <= columns),
        None,
    )
    if layout is None:
        raise BadInput(
            f"{file.path} has the columns {', '.join(sorted(columns)[:12]) or '(none)'}; expected "
            "those of the schema « lieux de médiation numérique », such as id, nom, latitude, "
            "longitude, services."
        )
    if layout.closed is not None:
        column, words = layout.closed
        here = [row for row in rows if _text(row.get(column)) not in words]
        if len(here) < len(rows):
            file.note("rejected", len(rows) - len(here), "places that are closed")
        rows = here
    x, y = (np.array([_number(file, r.get(c), c) for r in rows]) for c in (layout.x, layout.y))
    located = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0))
    if not located.all():
        file.note("rejected", int((~located).sum()), "places without coordinates")
    if not located.any():
        raise BadInput(
            f"{file.path} has no place with coordinates ({len(rows)} rows): {layout.x} and "
            f"{layout.y} were expected to hold them."
        )
    rows = [row for row, kept in zip(rows, located, strict=True) if kept]
    x, y = x[located], y[located]
    metres = np.abs(y) > LARGEST_DEGREES
    if metres.any():
        to_degrees = way(LAMBERT, CRS)
        x[metres], y[metres] = to_degrees.transform(x[metres], y[metres])
    outside = ~((np.abs(x) <= LARGEST_DEGREES) & (np.abs(y) <= LARGEST_DEGREES / 2))
    if outside.any():
        row = rows[int(outside.argmax())]
        raise BadInput(
            f"{file.path} has a place at {layout.x} {row.get(layout.x)!r}, {layout.y} "
            f"{row.get(layout.y)!r}; degrees or Lambert-93 metres were expected: correct the file."
        )
    table = gpd.GeoDataFrame(
        {
            "place": [_text(row.get(layout.place)) for row in rows],
            "name": [_text(row.get(layout.name)) or None for row in rows],
            "services": ["|".join(_services(row, layout.services)) or None for row in rows],
        },
        geometry=gpd.points_from_xy(x, y),
        crs=CRS,
    )
    if bounds is None:
        return table
    west, south, east, north = bounds
    near = table.cx[west:east, south:north].reset_index(drop=True)
    if near.empty:
        file.note("missing", len(table), "no place of the list lies around the territory")
    return near


def _rows(file: SourceFile) -> Sequence[Mapping[str, Any]]:
    """Return the rows of a JSON array or a CSV table (UTF-8 or Windows-1252).

    Raises:
        BadInput: neither.
    """
    content = file.path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if text.lstrip()[:1] not in ("[", "{"):
        head = text.partition("\n")[0]
        separator = ";" if head.count(";") > head.count(",") else ","
        try:
            rows: Any = [
                # What stands beyond the last column has no name.
                {name: value for name, value in row.items() if name is not None}
                for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
            ]
        except csv.Error as error:
            raise BadInput(
                f"{file.path} is not a regular CSV table ({error}): save it again as CSV."
            ) from error
    else:
        try:
            rows = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadInput(
                f"{file.path} is not readable JSON ({error}): it may be cut; fetch it again."
            ) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
        raise BadInput(
            f"{file.path} is not a list of places: a JSON array of objects, or a CSV table with "
            "rows, was expected."
        )
    return rows


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _number(file: SourceFile, value: object, column: str) -> float:
    """Return a coordinate, NaN where there is none.

    Raises:
        BadInput: something else than a number.
    """
    text = _text(value).replace(",", ".")
    if text.lower() in NO:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        raise BadInput(
            f"{file.path} has {_text(value)!r} in column {column!r}, where a number was expected: "
            "correct the file or fetch it again."
        ) from None


def _services(row: Mapping[str, Any], services: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for column, label in services.items():
        said = _text(row.get(column))
        if said.lower() in NO:
            continue
        if label and said.lower() != YES:
            continue
        found.append(label or said)
    return list(dict.fromkeys(found))


SOURCES.add(
    Source(
        id="mednum_2026",
        dataset="mednum",
        label="Lieux de médiation numérique",
        producer="ANCT, La Mednum",
        licence="Licence Ouverte 2.0",
        vintage="2026",
        page="https://cartographie.societenumerique.gouv.fr/",
        url="https://www.data.gouv.fr/api/1/datasets/r/398edc71-0d51-4cb6-9cbe-2540a4db573c",
        format="csv",
        crs=CRS,
        scope="national",
        read=read_inclusion,
    )
)
