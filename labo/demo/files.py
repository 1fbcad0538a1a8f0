"""Writing files whose bytes depend on nothing but their content."""

import hashlib
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyogrio
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.io import MemoryFile

_INSTANT = "2026-01-01T00:00:00Z"
_ZIP_DATE = (2026, 1, 1, 0, 0, 0)
_PREAMBLE = (
    "Ville-Témoin : données fictives, au format des fichiers de l'Insee",
    "Statistiques sur les quartiers de la politique de la ville",
    "Aucun lieu ni aucune personne n'existe",
    "Champ : quartiers prioritaires des agglomérations fictives",
    "Source : logiciel Labo Quartiers en Transitions, ville synthétique",
)


@contextmanager
def frozen_clock() -> Iterator[None]:
    """GDAL writes a fixed date instead of today's."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _INSTANT})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def append_layer(
    path: Path, layer: str, table: pa.Table | pd.DataFrame, epsg: int, geometry_type: str
) -> None:
    """Add rows to a GeoPackage layer, creating it at first; `geometry` is WKB or shapely."""
    if isinstance(table, pd.DataFrame):
        frame = table.assign(geometry=shapely.to_wkb(table["geometry"].to_numpy()))
        table = pa.Table.from_pandas(frame, preserve_index=False)
    with frozen_clock():
        pyogrio.write_arrow(
            table, path, layer=layer, driver="GPKG", geometry_name="geometry",
            geometry_type=geometry_type, crs=f"EPSG:{epsg}", append=path.exists(),
        )  # fmt: skip


def append_tile(
    path: Path,
    name: str,
    values: NDArray[Any],
    corner: tuple[float, float],
    pixel: float,
    epsg: int,
    nodata: float | None,
) -> None:
    """Add a GeoTIFF (rows from the north, `corner` at the upper left) to a ZIP of tiles."""
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=values.shape[0], width=values.shape[1], count=1,
            dtype=values.dtype, crs=f"EPSG:{epsg}", nodata=nodata, compress="deflate",
            transform=Affine(pixel, 0, corner[0], 0, -pixel, corner[1]),
        ) as image:  # fmt: skip
            image.write(values, 1)
        content = bytes(memory.getbuffer())
    with zipfile.ZipFile(path, "a") as zipped:
        entry = zipfile.ZipInfo(name, _ZIP_DATE)
        entry.external_attr = 0o644 << 16
        zipped.writestr(entry, content)


def to_wgs84(geometries: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
    """From EPSG:2154 to longitude and latitude, 15 digits kept."""
    transform = pyproj.Transformer.from_crs(2154, 4326, always_xy=True).transform
    # Rings of EPSG:2154 keep their orientation: the projection does not mirror.
    return list(
        shapely.transform(
            np.asarray(geometries, dtype=object),
            lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1])),
        )
    )


def geojson(
    name: str, properties: Sequence[Mapping[str, object]], geometries: Sequence[shapely.Geometry]
) -> bytes:
    """A FeatureCollection of WGS84 geometries."""
    features = [
        {"type": "Feature", "properties": dict(row), "geometry": json.loads(text)}
        for row, text in zip(
            properties, shapely.to_geojson(np.asarray(geometries, object)), strict=True
        )
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    head = {"type": "FeatureCollection", "name": name, "crs": crs}
    return json.dumps({**head, "features": features}, ensure_ascii=False).encode()


def archive(entries: Mapping[str, bytes]) -> bytes:
    """A ZIP whose entries all bear the same date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            zipped.writestr(entry, content)
    return buffer.getvalue()


def entries(path: Path) -> dict[str, bytes]:
    """What an archive holds, by name; nothing where there is none."""
    if not path.exists():
        return {}
    with zipfile.ZipFile(path) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def shapefile(layer: str, frame: pd.DataFrame, epsg: int) -> dict[str, bytes]:
    """The files of a shapefile, by name."""
    table = pa.Table.from_pandas(
        frame.assign(geometry=shapely.to_wkb(frame["geometry"].to_numpy())), preserve_index=False
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{layer}.shp"
        pyogrio.write_arrow(
            table, path, driver="ESRI Shapefile", geometry_name="geometry",
            geometry_type="Polygon", crs=f"EPSG:{epsg}",
            layer_options={"ENCODING": "UTF-8", "DBF_DATE_LAST_UPDATE": "2026-01-01"},
        )  # fmt: skip
        return {
            f"{layer}{end}": path.with_suffix(end).read_bytes()
            for end in (".shp", ".dbf", ".shx", ".prj", ".cpg")
        }


def workbook(title: str, labels: Sequence[str], frame: pd.DataFrame) -> bytes:
    """An INSEE-like workbook: five lines of preamble, labels, names, then the rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    if sheet is None:
        raise RuntimeError("openpyxl made a workbook without a sheet")
    sheet.title = title
    for line in _PREAMBLE:
        sheet.append([line])
    sheet.append(list(labels))
    sheet.append(list(frame.columns))
    for row in frame.itertuples(index=False):
        sheet.append([None if value != value else value for value in row])
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as zipped:
        parts = {name: zipped.read(name) for name in zipped.namelist()}
    core = "docProps/core.xml"
    parts[core] = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", _INSTANT.encode(), parts[core])
    return archive(parts)


def append_csv(path: Path, frame: pd.DataFrame, separator: str = ",") -> None:
    """Add rows to a CSV file (UTF-8), with the header at first."""
    text = frame.to_csv(index=False, sep=separator, header=not path.exists(), lineterminator="\n")
    with path.open("a", encoding="utf-8", newline="") as stream:
        stream.write(text)


def sha256(path: Path) -> str:
    """Digest of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
