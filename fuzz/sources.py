"""The readers of official files, each with a small file of the synthetic town."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from fuzz import Entry, Try
from fuzz.archives import Xlsx, Zip
from fuzz.draws import Draws
from fuzz.maps import GeoPackage, Tiff
from fuzz.samples import Bytes, Csv, Json, Sample, Text, Xml
from labo.catalogue import SOURCES
from labo.errors import LaboError
from labo.source import Bounds, Source, SourceFile
from labo.sources import soclem

RESIDENTS = 2_000
HOPELESS_SECONDS = 20
MIRROR = "mirror"
# Around the synthetic town, in degrees.
AROUND: Bounds = (-1.9, 47.1, -1.1, 47.7)
STREETS = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
<node id="1" lat="47.40" lon="-1.50"/>
<node id="2" lat="47.41" lon="-1.51"/>
<node id="3" lat="47.42" lon="-1.49"/>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="11"><nd ref="1"/><nd ref="3"/><tag k="highway" v="trunk"/><tag k="sidewalk" v="both"/></way>
<way id="12"><nd ref="1"/><nd ref="9"/><tag k="highway" v="footway"/><tag k="foot" v="no"/></way>
</osm>
"""
# Those that the synthetic town has no file of: a file by name.
BY_HAND = {
    "mednum_2026": (
        "lieux.csv",
        "id;nom;longitude;latitude;services\n1;Maison;-1.50;47.40;Aide|Accès\n2;Relais;-1.51;47.41;\n",
    ),
    "anru_programmes_2024": (
        "anru.csv",
        "code_qp;npnru;quartiers_resilients\nQN99901M;national;oui\nQN99902M;;non\n",
    ),
    "drias_tracc_pivots": (
        "pivots.csv",
        "modele,GCM,RCM,scenario,2C,2.7C,4C\nG_s_r1i1p1f1_R_x,G,R,s,2030,2050,2100\n",
    ),
    "osm_2026": ("rues.osm", STREETS),
}


def reader_of(source: Source) -> str:
    """Return the name of what reads a source: vintages share theirs."""
    read = source.read.func if isinstance(source.read, partial) else source.read
    where = read.__module__.rpartition(".")[2]
    name = read.__qualname__.partition(".")[0]
    # Rasters of several pollutants, and counts of several files, are one function each.
    own = (
        source.dataset if isinstance(source.read, partial) and name == "read_iris_counts" else name
    )
    return f"source_{where}_{own}"


def readers() -> dict[str, list[Source]]:
    """Return the declared sources by reader."""
    found: dict[str, list[Source]] = {}
    for source in SOURCES:
        found.setdefault(reader_of(source), []).append(source)
    return found


def sample_of(name: str, content: bytes) -> Sample | None:
    """Return how a file changes, by its ending."""
    end = name.lower().rpartition(".")[2]
    match end:
        case "csv" | "txt":
            return Csv.read(content)
        case "json" | "geojson":
            return Json(content)
        case "gpkg":
            return GeoPackage(content)
        case "osm" | "xml":
            return Xml(content.decode())
        case "tif" | "tiff":
            return Tiff(content)
        case "prj" | "cpg" | "toml":
            return Text(content.decode(errors="replace"))
        case "xlsx":
            return Xlsx(rows_of(content))
        case "zip":
            return Zip.read(content, sample_of)
        case _:
            return Bytes(content)


def rows_of(content: bytes) -> list[list[Any]]:
    """Return the first rows of a workbook."""
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    page = book.worksheets[0]
    rows = [["" if x is None else x for x in row] for row in page.iter_rows(values_only=True)]
    book.close()
    return rows[:30]


def daily(shared: Path) -> bytes:
    """Return daily NetCDF files of two years, in an archive."""
    import numpy as np
    import pandas as pd
    import xarray as xr

    from fuzz.archives import zipped

    members: dict[str, bytes] = {}
    dates = pd.date_range("2018-01-01", "2019-12-31")
    days = (dates - pd.Timestamp("1950-01-01")).days.to_numpy() + 0.5
    for variable, value, units in (
        ("tasminAdjust", 283.15, "K"), ("tasmaxAdjust", 295.15, "K"), ("prAdjust", 2e-5, "kg m-2 s-1"),
    ):  # fmt: skip
        data = xr.Dataset(
            {
                variable: (
                    ("time", "lat", "lon"),
                    np.full((len(days), 2, 2), value),
                    {"units": units},
                )
            },
            coords={"time": ("time", days), "lat": [47.3, 47.4], "lon": [-1.5, -1.4]},
        )
        data["time"].attrs = {"units": "days since 1950-01-01 00:00:00", "calendar": "standard"}
        name = f"{variable}_FR-Metro_G_s_r1i1p1f1_I_R_v1_M_day_20180101-20191231.nc"
        path = shared / name
        data.to_netcdf(path, engine="h5netcdf")
        members[name] = path.read_bytes()
        path.unlink()
    return zipped(members)


def prepared(shared: Path) -> Path:
    """Return the folder of the small town, written where it is not yet."""
    from labo import demo

    folder = shared / MIRROR
    if not folder.exists():
        demo.write(folder, residents=RESIDENTS, form="edge_estates", seed=1)
    return folder


def example(shared: Path, source: Source) -> tuple[str, bytes]:
    """Return a sound file of a source, and its name."""
    from labo.mirror import open_mirror

    if source.id in BY_HAND:
        name, text = BY_HAND[source.id]
        return name, text.encode()
    if source.id == "drias_soclem_2025":
        return "soclem.zip", daily(shared)
    path = open_mirror(prepared(shared)).file(source.id).path
    return path.name, path.read_bytes()


def _prepare(folder: Path, shared: Path, chosen: list[Source]) -> Try:
    here: list[tuple[Source, Path, Sample]] = []
    known = {x.id for x in chosen}
    from labo.mirror import open_mirror

    written = set(open_mirror(prepared(shared)).entries) | {*BY_HAND, "drias_soclem_2025"}
    for source in chosen:
        if source.id in written:
            name, content = example(shared, source)
            sample = sample_of(name, content)
            if sample is not None:
                here.append((source, folder / name, sample))
    if not here:
        raise LookupError(f"no example of any of {sorted(known)}")

    def attempt(given: bytes) -> None:
        draws = Draws(given)
        flags = draws.byte()
        source, path, sample = here[(flags >> 2) % len(here)]
        path.write_bytes(sample.changed(draws))
        bounds = None if flags & 1 and source.id != "drias_soclem_2025" else AROUND
        file = SourceFile(source=source, path=path, vintage=source.vintage, sha256="")
        try:
            # What has no end is given up sooner than a person would.
            with patch.object(soclem, "LEAST_SECONDS", HOPELESS_SECONDS):
                source.read(file, bounds)
        finally:
            path.unlink(missing_ok=True)

    return attempt


def _entry(name: str, chosen: list[Source]) -> Entry:
    module = {(s.read.func if isinstance(s.read, partial) else s.read).__module__ for s in chosen}

    def prepare(folder: Path, shared: Path) -> Try:
        return _prepare(folder, shared, chosen)

    watched = ("labo.official", "labo.raster", "labo.vector", *sorted(module))
    return Entry(name=name, prepare=prepare, refusals=(LaboError,), watched=watched)


ENTRIES = [_entry(name, chosen) for name, chosen in readers().items()]
TODAY = dt.date(2026, 11, 1)
Reader = Callable[[Path], object]
