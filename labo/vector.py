"""How an official map is opened: archives, layers, coordinate systems, contours that cross."""

import errno
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pyproj
import shapely

from labo import archives
from labo.errors import BadInput
from labo.official import Columns, resolve_columns, tidy
from labo.projection import way
from labo.source import Bounds, SourceFile

VECTOR = (".gpkg", ".geojson", ".json", ".shp")
VECTOR_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    # Names of columns in another encoding; contours that cannot be drawn.
    UnicodeDecodeError,
    shapely.GEOSException,
)
# The disk is full or closed to us, which is no fault of the archive.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.ENAMETOOLONG)


@contextmanager
def opened(file: SourceFile, prefer: str) -> Iterator[tuple[str, str | None]]:
    """Give GDAL's address and layer of a vector file.

    A GeoPackage is a database: inside a ZIP, GDAL would unpack it again at every step backwards,
    which takes minutes for a national file, so it is first copied out.
    """
    suffix = file.path.suffix.lower()
    with tempfile.TemporaryDirectory(prefix="labo-") as folder:
        address = str(file.path)
        if suffix == ".zip":
            member = archives.member(file.path, VECTOR, prefer)
            address = f"/vsizip/{{{file.path}}}/{member}"
            if member.lower().endswith(".gpkg"):
                address = _unpacked(file.path, member, folder)
        elif suffix == ".gz":
            address = f"/vsigzip/{file.path}"
        elif suffix == ".shp":
            _check_whole_shapefile(file.path)
        try:
            yield address, file.once(("layer", prefer), lambda: _layer(address, prefer))
        except VECTOR_ERRORS as error:
            raise BadInput(
                f"{file.path} cannot be read as {file.source.label!r} ({error}): it may be "
                "damaged or of another format; fetch it again."
            ) from error


def _check_whole_shapefile(path: Path) -> None:
    """Refuse a shapefile that was cut: GDAL reads what is lost as empty contours.

    Raises:
        BadInput: it is shorter than its header says (bytes 24 to 27, in words of two bytes).
    """
    with path.open("rb") as stream:
        declared = 2 * int.from_bytes(stream.read(28)[24:], "big")
    if (size := path.stat().st_size) < declared:
        raise BadInput(
            f"{path} has {size} bytes, its header says {declared}: it was probably cut while it "
            "was copied; fetch it again."
        )


def _unpacked(path: Path, member: str, folder: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.extract(member, folder)
    except archives.BROKEN as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise BadInput(
                f"{path} could not be unpacked into {folder} ({error.strerror or error}): make "
                "room there, or unpack it yourself and name the file in mirror.toml."
            ) from error
        raise BadInput(f"{path} is damaged ({error}): delete it and fetch it again.") from error


def _layer(address: str, prefer: str) -> str | None:
    """Return the layer whose name contains `prefer`, else the first that has a geometry."""
    # Software such as QGIS keeps its styles as one more layer, without geometry.
    layers = [(str(name), kind is not None) for name, kind in pyogrio.list_layers(address)]
    layers.sort(key=lambda layer: (not layer[1], prefer.lower() not in layer[0].lower()))
    return layers[0][0] if layers else None


def first_value(file: SourceFile, column: str, *, prefer: str = "") -> object:
    """Return a column's value in the first feature of a vector file; None if there is none.

    Raises:
        BadInput: not readable.
    """
    with opened(file, prefer) as (address, layer):
        row = pyogrio.read_dataframe(address, layer=layer, max_features=1, read_geometry=False)
    found = [row[name].iloc[0] for name in row if len(row) and name.lower() == column.lower()]
    return found[0] if found else None


def read_vector(
    file: SourceFile,
    columns: Columns,
    bounds: Bounds | None = None,
    *,
    text: Sequence[str] = (),
    optional: Sequence[str] = (),
    prefer: str = "",
    geometry: bool = True,
) -> gpd.GeoDataFrame:
    """Read polygons (GPKG, SHP, GeoJSON, alone, gzipped or in a ZIP) with tidy column names.

    Returns a table with one row per feature that meets `bounds`, the columns of `columns` (NaN when
    declared absent, or when in `optional` and not there, then named in `attrs["absent"]`; numbers
    but for those in `text`) and, with `geometry`, the repaired geometries in the CRS that the
    source declares. In an archive or a file of several layers, `prefer` is part of the name of the
    one to read.

    Raises:
        BadInput: not readable, another CRS than declared, a column missing, or no polygons.
    """
    with opened(file, prefer) as (address, layer):
        info = file.once(
            ("info", prefer, layer),
            lambda: pyogrio.read_info(address, layer=layer, force_total_bounds=True),
        )
        names = resolve_columns(file, columns, info["fields"], optional)
        # GDAL gives lists and objects for what GeoJSON nests, as if they were cells.
        nested = {
            field
            for field, kind, said in zip(
                info["fields"], info["dtypes"], info["ogr_subtypes"], strict=True
            )
            if str(kind).startswith("list") or said == "OFSTJSON"
        }
        for official in filter(None, names.values()):
            if official in nested:
                raise BadInput(
                    f"{file.path} holds lists or objects in column {official!r}, where a text or "
                    "a number was expected: correct the file or fetch it again."
                )
        located = info["geometry_type"] is not None
        if geometry or located:
            check_crs(file, info["crs"], info["total_bounds"])
        table = features(
            address, layer, info, names, bounds_in(file, bounds) if located else None, geometry
        )
    if bounds is not None and table.empty and info["features"] > 0:
        file.note(
            "missing",
            info["features"],
            "none of the file's features lies around the territory: it may be another area's",
        )
    table = tidy(file, table, names, text)
    return _repaired(file, table, next(iter(columns))) if geometry else table


def features(
    address: str,
    layer: str | None,
    info: Mapping[str, Any],
    names: Mapping[str, str | None],
    box: Bounds | None,
    geometry: bool = True,
) -> gpd.GeoDataFrame:
    """Return the features of a layer that meet a box of its CRS, with their official columns.

    Args:
        address: of the file, for GDAL.
        layer: its name there.
        info: what GDAL says of it.
        names: official columns by tidy name, as `labo.official.resolve_columns` gives them.
        box: None for all.
        geometry: whether contours are wanted.
    """
    read = partial(
        pyogrio.read_dataframe,
        address,
        layer=layer,
        columns=[official for official in names.values() if official is not None],
        bbox=box,
        read_geometry=geometry,
        force_2d=True,
    )
    try:
        # IGN's shapefiles hold UTF-8 and do not always say so: GDAL then takes it for Latin-1.
        return read(encoding="UTF-8" if info["driver"] == "ESRI Shapefile" else None)
    except UnicodeDecodeError:
        return read()


def check_crs(file: SourceFile, found: str | None, extent: Sequence[float] | None) -> None:
    """Refuse a file that says another CRS than its source, or whose coordinates deny what it says.

    Raises:
        BadInput: as said.
    """
    declared = file.source.crs
    if declared is None:
        return
    if found is None:
        raise BadInput(
            f"{file.path} does not say its CRS, {declared} was expected: a shapefile needs its "
            ".prj beside it."
        )
    # Axis order aside: OGC:CRS84 and EPSG:4326 are the same degrees.
    expected, came = pyproj.CRS(declared), pyproj.CRS(found)
    if not expected.equals(came, ignore_axis_order=True) and expected.to_epsg() != came.to_epsg():
        raise BadInput(
            f"{file.path} is in {came.to_string()[:40]} ({came.name}), {declared} "
            f"({expected.name}) was expected: take the file in that system, or reproject it."
        )
    if extent is None or not np.isfinite(extent).all():
        return
    west, south, east, north = extent
    degrees = west >= -180 and east <= 180 and south >= -90 and north <= 90
    if degrees != expected.is_geographic:
        raise BadInput(
            f"{file.path} says {declared} ({'degrees' if expected.is_geographic else 'metres'}) "
            f"but has coordinates such as ({west:.6g}, {south:.6g}): it is in another system; take "
            "it in the one it says, or correct what it says."
        )


def bounds_in(file: SourceFile, bounds: Bounds | None) -> Bounds | None:
    """Return bounds given in degrees in the CRS of a file; None for all of it."""
    if bounds is None or file.source.crs is None:
        return None
    transformer = way("EPSG:4326", file.source.crs)
    west, south, east, north = transformer.transform_bounds(*bounds, densify_pts=21)
    return (west, south, east, north)


def _repaired(file: SourceFile, table: gpd.GeoDataFrame, key: str) -> gpd.GeoDataFrame:
    """Make every polygon valid, and tell how many were not.

    Raises:
        BadInput: something else than polygons.
    """
    shapes = np.asarray(table.geometry)
    here = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    polygon = np.isin(
        shapely.get_type_id(shapes),
        (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON),
    )
    if (here & ~polygon).any():
        odd = int((here & ~polygon).argmax())
        raise BadInput(
            f"{file.path} has a {shapes[odd].geom_type} for {table[key].iloc[odd]}; polygons were "
            "expected: give the file of contours."
        )
    broken = here & ~shapely.is_valid(shapes)
    if broken.any():
        fixed = shapes.copy()
        # By structure, what comes out is polygons only, whatever the fault.
        fixed[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
        table = table.set_geometry(gpd.GeoSeries(fixed, index=table.index, crs=table.crs))
        file.note(
            "repaired",
            int(broken.sum()),
            f"contours that cross themselves, {table[key].iloc[int(broken.argmax())]} first",
        )
    return table
