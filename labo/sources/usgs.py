"""United States Geological Survey: surface temperature seen by Landsat (Collection 2, Level 2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from labo import archives
from labo.errors import BadInput
from labo.raster import SUFFIXES, Raster, read_raster
from labo.source import SOURCES, Bounds, Source, SourceFile

Pixels = npt.NDArray[np.float32]

# Kelvin = number × SCALE + OFFSET (Landsat Collection 2 Level-2 product guide).
SCALE, OFFSET = 0.00341802, 149.0
VALID = (293.0, 61_440.0)
NO_VALUE = (0.0,)
# QA_PIXEL: fill, dilated cloud, cirrus, cloud, cloud shadow are its five lowest bits.
UNCLEAR, WATER = 0b11111, 1 << 7
# A quality pixel has sixteen bits.
QUALITY = (0.0, 65_535.0)
SUMMER = ("06", "07", "08")
# A scene that shows less of the territory would be compared with another ground than the others.
MIN_CLEAR_SHARE = 0.5
# What the surface of a French town may be in summer, on average (kelvin, to check).
PLAUSIBLE = (278.0, 333.0)
BAND, CLOUDS = "ST_B10", "QA_PIXEL"
NAME = re.compile(
    r"(?P<scene>L[A-Z]\d\d_L2S[PR]_\d{6}_(?P<year>\d{4})(?P<month>\d\d)\d\d_\d{8}_\d\d_\w\d)"
    r"_(?P<what>ST_B10|QA_PIXEL)\.",
    re.IGNORECASE,
)


def read_surface_anomaly(file: SourceFile, bounds: Bounds | None) -> Raster:
    """Kelvins above or below the mean surface of the land inside `bounds`, in summer by day.

    The median over the scenes of June to August of their own anomaly, in pixels of 30 m (measured
    at 100 m); clouds, their shadow and scenes more than half hidden are left out, NaN where none is
    clear. Water counts as ground, but not in the mean.

    Raises:
        BadInput: no summer scene, a name that is not Landsat's, temperatures that cannot be, or
            what `labo.raster.read_raster` refuses.
    """
    scenes = file.once(("scenes",), lambda: _scenes(file))
    # A scene of another area is no news, as long as one is of this one.
    quiet = replace(file, notices=[])
    seen = [
        scene
        for name in scenes
        if (scene := _scene(quiet, bounds, name, CLOUDS in scenes[name])) is not None
    ]
    if not seen:
        file.note("missing", len(scenes), "none of the scenes lies around the territory")
        return Raster(np.zeros((0, 0), dtype=np.float32), 0.0, 0.0, 30.0, str(file.source.crs))
    clear = [scene for scene in seen if scene.clear_share >= MIN_CLEAR_SHARE]
    if hidden := len(seen) - len(clear):
        file.note("rejected", hidden, "scenes of which clouds hide more than half")
    blind = sum(CLOUDS not in whats for whats in scenes.values())
    if blind:
        file.note("missing", blind, f"scenes without {CLOUDS}: their clouds are not masked")
    return _median(file, clear)


@dataclass(frozen=True)
class _Scene:
    """What one scene shows: kelvins, NaN where hidden; land is False on water."""

    kelvin: Raster
    land: npt.NDArray[np.bool_] = field(repr=False)
    clear_share: float

    @property
    def anomaly(self) -> Pixels:
        values = self.kelvin.values
        known = self.land & ~np.isnan(values)
        mean = values[known].mean(dtype=np.float64) if known.any() else np.nan
        result: Pixels = (values - mean).astype(np.float32)
        return result


def _scenes(file: SourceFile) -> Mapping[str, set[str]]:
    """Return what is there of each summer scene.

    Raises:
        BadInput: see `read_surface_anomaly`.
    """
    path = file.path
    if path.is_dir():
        names = [p.name for p in path.rglob("*")]
    elif path.suffix.lower() == ".zip":
        names = [name.rpartition("/")[2] for name in archives.names(path)]
    else:
        names = [path.name]
    scenes: dict[str, set[str]] = {}
    months: set[str] = set()
    for name in sorted(names):
        found = NAME.match(name) if name.lower().endswith(SUFFIXES) else None
        if found is None:
            continue
        months.add(found["month"])
        if found["month"] in SUMMER:
            scenes.setdefault(found["scene"], set()).add(found["what"].upper())
    scenes = {scene: whats for scene, whats in scenes.items() if BAND in whats}
    if not scenes:
        came = f"of months {', '.join(sorted(months))}" if months else f"such as {names[:1]}"
        raise BadInput(
            f"{path} holds images {came}, where summer scenes named like "
            "'LC08_L2SP_202027_20220718_20220726_02_T1_ST_B10.TIF' were expected: keep the names "
            "that USGS gives, and take scenes of June to August."
        )
    return scenes


def _scene(file: SourceFile, bounds: Bounds | None, name: str, quality: bool) -> _Scene | None:
    """Return a scene without what is hidden; None if it lies elsewhere."""
    numbers = read_raster(
        file, bounds, band=1, valid=VALID, nodata=NO_VALUE, prefer=f"{name}_{BAND}"
    )
    values: Pixels = (numbers.values * np.float32(SCALE) + np.float32(OFFSET)).astype(np.float32)
    filled = ~np.isnan(values)
    if not filled.any():
        return None
    land = np.ones(values.shape, dtype=bool)
    if quality:
        bits = read_raster(
            file, bounds, band=1, valid=QUALITY, nodata=(), prefer=f"{name}_{CLOUDS}"
        )
        shown = _placed(bits, numbers)
        flags = np.nan_to_num(shown, nan=1.0).astype(np.int64)
        values = np.where(flags & UNCLEAR, np.float32(np.nan), values)
        land = (flags & WATER) == 0
    known = ~np.isnan(values)
    if known.any() and not PLAUSIBLE[0] <= (mean := float(np.nanmean(values))) <= PLAUSIBLE[1]:
        raise BadInput(
            f"{file.path} has a mean surface of {mean:.0f} K in {name}, where {PLAUSIBLE[0]:g} to "
            f"{PLAUSIBLE[1]:g} K was expected: give the numbers of {BAND} as USGS writes them, "
            f"and {CLOUDS} beside them so that clouds are left out."
        )
    share = float(known.sum() / filled.sum())
    return _Scene(replace(numbers, values=values), land, share)


def _placed(raster: Raster, on: Raster) -> Pixels:
    """Return a raster's values on the pixels of another of the same grid, NaN outside it."""
    rows, columns = on.values.shape
    result = np.full((rows, columns), np.nan, dtype=np.float32)
    down = round((on.north - raster.north) / on.pixel)
    right = round((raster.west - on.west) / on.pixel)
    top, left = max(0, down), max(0, right)
    bottom = min(rows, down + raster.values.shape[0])
    end = min(columns, right + raster.values.shape[1])
    if bottom > top and end > left:
        result[top:bottom, left:end] = raster.values[
            top - down : bottom - down, left - right : end - right
        ]
    return result


def _median(file: SourceFile, scenes: list[_Scene]) -> Raster:
    """Return the median of the scenes' anomalies, on the pixels that any of them shows.

    Raises:
        BadInput: no scene is clear.
    """
    if not scenes:
        raise BadInput(
            f"{file.path} has no summer scene of which at least {MIN_CLEAR_SHARE:.0%} is clear "
            "around the territory: add scenes taken on other days."
        )
    side = scenes[0].kelvin.pixel
    west = min(s.kelvin.west for s in scenes)
    north = max(s.kelvin.north for s in scenes)
    east = max(s.kelvin.west + side * s.kelvin.values.shape[1] for s in scenes)
    south = min(s.kelvin.north - side * s.kelvin.values.shape[0] for s in scenes)
    shape = (round((north - south) / side), round((east - west) / side))
    whole = replace(
        scenes[0].kelvin, values=np.full(shape, np.nan, np.float32), west=west, north=north
    )
    stack = np.stack([_placed(replace(s.kelvin, values=s.anomaly), whole) for s in scenes])
    # Where no scene is clear the median would warn: those pixels stay unknown.
    some = ~np.isnan(stack).all(axis=0)
    whole.values[some] = np.nanmedian(stack[:, some], axis=0)
    return whole


for _zone, _where in ((30, "à l'ouest de Greenwich"), (31, "à l'est de Greenwich")):
    SOURCES.add(
        Source(
            id=f"usgs_landsat_utm{_zone}_2024",
            dataset="usgs_landsat_surface",
            label=f"Landsat 8 et 9, température de surface (ST_B10), {_where} (UTM {_zone})",
            producer="USGS",
            licence="Domaine public (USGS)",
            vintage="2024",
            page="https://www.usgs.gov/landsat-missions/landsat-collection-2-surface-temperature",
            url=None,
            format="tif",
            crs=f"EPSG:326{_zone}",
            scope="territory",
            read=read_surface_anomaly,
        )
    )
