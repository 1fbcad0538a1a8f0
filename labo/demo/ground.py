"""Land cover, heat and nature of a synthetic agglomeration, as the files see them, and the truth.

The files err as their producers say: by a drift of each territory and of its parts, then by pixel.
"""

import numpy as np
import pandas as pd
import pyproj
import rasterio.features
import shapely
from affine import Affine
from numpy.typing import NDArray
from scipy import ndimage

from labo.demo import files, wildlife
from labo.demo.city import City
from labo.demo.cover import (
    DRIFT_M,
    PIXEL,
    Cover,
    Image,
    block_of,
    by_pixel,
    cover_of,
    stretched,
    to_grid,
    with_buildings,
)
from labo.demo.field import Bools, smooth_field
from labo.demo.plan import FABRIC, OPEN, Use
from labo.demo.site import Site
from labo.demo.surroundings import vegetation

SOURCES = {
    "cerema_lcz_2022": ("lcz.gpkg", "2022"),
    "copernicus_tree_cover_2018": ("tree_cover_2018.zip", "2018"),
    "copernicus_imperviousness_2018": ("imperviousness_2018.zip", "2018"),
    "usgs_landsat_utm30_2024": ("landsat_surface.zip", "2024"),
    "inpn_srce_2018": ("srce.gpkg", "2018"),
    "gbif_species_2025": ("gbif_cube.csv", "2025"),
    "collectivites_jardins_2025": ("jardins_partages.csv", "2025"),
}
_CLASS = {"old_centre": "2", "terraces": "3", "detached": "6", "residences": "5", "estate": "5",
          "village": "6", "scattered": "9"}  # fmt: skip
_STRONG_BY_NIGHT, _STRONG_BY_DAY = ("2", "3", "8"), ("2", "3", "4", "5", "8")
# A class is taken for a more open one.
_TAKEN_FOR = {"2": "5", "3": "6", "4": "5", "5": "6", "6": "9", "8": "5", "9": "D", "A": "B",
              "B": "D", "D": "9"}  # fmt: skip
_LCZ = (*"123456789", "10", *"ABCDEFG")
_MISTAKEN = 0.08
# Relative errors that the producers say, or are thought to make.
_TREES_ERROR, _SEALING_ERROR, _VEGETATION_ERROR, _SOIL_ERROR = 0.2, 0.1, 0.1, 0.5
_SURFACE_ERROR, _CORRIDOR_ERROR = 0.7, 0.15
# mm of a 50 mm storm that run off sealed ground, grass and woods (curve numbers of TR-55).
_RUNOFF = (44.27584, 9.01643, 4.59334)
_STORM = 50.0
_UTM, _SCENE_PIXEL, _LATTICE = 32630, 30, 20
_SCENES = (("20220718", "20220726", 306.0), ("20230610", "20230620", 302.0),
           ("20240811", "20240819", 309.0))  # fmt: skip
_CLEAR, _CLOUD, _SHADOW, _FILL = 21824, 22280, 23888, 1


def write(site: Site) -> pd.DataFrame:
    """Add the territory to the files of land cover, heat and nature; return its rows of truth."""
    rng = np.random.default_rng([*site.key, 31])
    green = vegetation(site.city, [*site.key[:-1], 104], 0)
    cover = cover_of(site.city, green, rng)
    truths = [
        _write_percent(site, cover, rng),
        _write_classes(site, cover, rng),
        _write_surface(site, cover, rng),
        _ground_truth(site, cover, green, _write_corridors(site, rng), rng),
        wildlife.write_species(site, cover, site.directory / SOURCES["gbif_species_2025"][0], rng),
        wildlife.write_gardens(
            site, site.directory / SOURCES["collectivites_jardins_2025"][0], rng
        ),
    ]
    return pd.concat([rows for rows in truths if len(rows)], ignore_index=True)


def _write_percent(site: Site, cover: Cover, rng: np.random.Generator) -> pd.DataFrame:
    """Write the two images of Copernicus, in percent."""
    corner = (cover.west, cover.north)
    square = f"E{int(cover.west // 1e5):02d}N{int(cover.north // 1e5):02d}"
    outside = cover.block < 0
    for source, name, share, error in (
        ("copernicus_tree_cover_2018", "TCD", cover.canopy, _TREES_ERROR),
        ("copernicus_imperviousness_2018", "IMD", cover.sealed, _SEALING_ERROR),
    ):
        percent = 100 * share * cover.drift(rng, error)
        noise = rng.standard_normal(percent.shape, dtype=np.float32)
        # Bare ground is hardly ever mistaken.
        percent += 5 * noise * np.sqrt(4 * share * (1 - share))
        image = np.clip(np.rint(percent), 0, 100).astype(np.uint8)
        image[rng.random(image.shape, dtype=np.float32) < 5e-4] = 254
        image[outside] = 255
        files.append_tile(
            site.directory / SOURCES[source][0],
            f"{name}_2018_010m_{square}_03035_{site.number:04d}.tif",
            image, corner, PIXEL, 3035, 255,
        )  # fmt: skip
    return pd.DataFrame()


def _classes(city: City, cover: Cover) -> NDArray[np.object_]:
    """True local climate zone of each block."""
    plan, there = city.plan, with_buildings(city)
    trees = cover.by_block(cover.canopy) / np.maximum(cover.pixels, 1)
    result = np.where(trees > 0.6, "A", np.where(trees > 0.2, "B", "D")).astype(object)
    for name, value in _CLASS.items():
        result[there & (plan.fabric == FABRIC[name])] = value
    estate = there & (plan.estate >= 0)
    floors = np.where(plan.estate >= 0, plan.estate_floors[plan.estate], 0)
    result[estate & ((plan.use == Use.TOWERS) | ((plan.use == Use.BARS) & (floors >= 8)))] = "4"
    result[estate & (plan.use == Use.HOUSES)] = "3"
    working = np.isin(plan.use, (Use.SHOPS, Use.INDUSTRY)) & ((plan.fabric == OPEN) | estate)
    result[there & working] = "8"
    result[there & (plan.use == Use.SCHOOL) & (plan.fabric == OPEN)] = "5"
    return result


def _write_classes(site: Site, cover: Cover, rng: np.random.Generator) -> pd.DataFrame:
    """Write the local climate zones: a block each; the commune furthest out is not in the file."""
    city, land = site.city, site.city.land
    true = _classes(city, cover)
    count = int(city.commune.max()) + 1
    reach = np.bincount(city.commune, land.distance) / np.bincount(city.commune)
    covered = city.commune != (int(np.argmax(reach)) if count > 2 else -1)
    doubt = smooth_field(rng, 350.0).at(land.centroid) + 0.7 * rng.standard_normal(len(land))
    wrong = doubt > np.quantile(doubt, 1 - _MISTAKEN)
    seen = true.copy()
    seen[wrong] = [_TAKEN_FOR[name] for name in true[wrong]]
    pixels = np.maximum(cover.pixels, 1)
    hard = 100 * cover.by_block(cover.sealed) / pixels
    trees = 100 * cover.by_block(cover.canopy) / pixels
    built, block = city.buildings, city.buildings.block
    ground = built.width * built.depth
    roofs = np.bincount(block, ground, len(land))
    number = np.maximum(np.bincount(block, minlength=len(land)), 1)
    height = np.bincount(block, 3.0 * ground * built.floors, len(land)) / np.maximum(roofs, 1)
    table = pd.DataFrame(
        {
            "identifier": [f"{site.codes[k]}_{i}" for i, k in enumerate(city.commune)],
            "hre": np.round(height, 1),
            "are": np.round(roofs / number, 1),
            "bur": np.round(100 * np.minimum(roofs / land.area, 1), 1),
            "ror": np.round(hard, 1),
            "bsr": 0.0,
            "war": 0.0,
            "ver": np.round(100 - hard, 1),
            "vhr": np.round(trees, 1),
            "lcz": seen.astype(str),
            "lcz_int": [_LCZ.index(name) + 1 for name in seen],
            "geometry": shapely.polygons(np.round(land.quads, 2)),
        }
    )[covered]
    path = site.directory / SOURCES["cerema_lcz_2022"][0]
    files.append_layer(path, "lcz", table, 2154, "Polygon")
    home = city.buildings.block[city.households.building]
    known = covered[home].astype(np.float64)
    return pd.concat(
        [
            site.truth_by_residents(name, np.isin(true, strong)[home].astype(float), known=known)
            for name, strong in (
                ("hot_night_share", _STRONG_BY_NIGHT), ("hot_day_share", _STRONG_BY_DAY),
            )
        ]
    )  # fmt: skip


def _write_surface(site: Site, cover: Cover, rng: np.random.Generator) -> pd.DataFrame:
    """Write three summer scenes of Landsat, one of them partly cloudy."""
    warm, weight = _warmth(cover, rng)
    error = _SURFACE_ERROR * cover.wander(rng, DRIFT_M)[1::3, 1::3]
    rows, columns = warm.shape
    side = 3 * PIXEL
    east, south = cover.west + columns * side, cover.north - rows * side
    to_scene = pyproj.Transformer.from_crs(3035, _UTM, always_xy=True)
    box = to_scene.transform_bounds(cover.west, south, east, cover.north)
    low_x, low_y = (np.floor(v / _SCENE_PIXEL) * _SCENE_PIXEL for v in box[:2])
    high_x, high_y = (np.ceil(v / _SCENE_PIXEL) * _SCENE_PIXEL for v in box[2:])
    shape = (round((high_y - low_y) / _SCENE_PIXEL), round((high_x - low_x) / _SCENE_PIXEL))
    # Between points of a lattice, one projection bends the other by less than a centimetre.
    down, along = (np.arange(0, n + 2 * _LATTICE, _LATTICE) + 0.5 for n in shape)
    x, y = np.meshgrid(low_x + _SCENE_PIXEL * along, high_y - _SCENE_PIXEL * down)
    back_x, back_y = to_scene.transform(x, y, direction="INVERSE")
    at = (np.arange(shape[0]) / _LATTICE, np.arange(shape[1]) / _LATTICE)
    column, row = (
        np.floor(stretched(offset.astype(np.float32), *at)).astype(np.int64)
        for offset in ((back_x - cover.west) / side, (cover.north - back_y) / side)
    )
    beyond = (column < 0) | (column >= columns) | (row < 0) | (row >= rows)
    found = (warm + error)[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
    seen = np.where(beyond, np.float32(np.nan), found)
    filled = ~np.isnan(seen)
    path = site.directory / SOURCES["usgs_landsat_utm30_2024"][0]
    place = f"{150 + site.number // 90:03d}{10 + site.number % 90:03d}"
    corner = (float(low_x), float(high_y))
    for number, (day, made, kelvin) in enumerate(_SCENES):
        noise = 0.3 * rng.standard_normal(seen.shape, dtype=np.float32)
        quality = np.where(filled, _CLEAR, _FILL).astype(np.uint16)
        surface = kelvin + seen + noise
        if number == 1:
            i, j = rng.uniform(0.2, 0.8, 2) * seen.shape
            away = np.hypot(*np.ogrid[-i : len(seen) - i, -j : seen.shape[1] - j])
            reach = 0.15 * min(seen.shape)
            for code, near in ((_SHADOW, 1.3 * reach), (_CLOUD, reach)):
                quality[filled & (away < near)] = code
            surface = np.where(away < reach, 262.0, surface)
        digits = np.rint((np.nan_to_num(surface, nan=149.0) - 149.0) / 0.00341802)
        digits = np.where(filled, digits, 0).astype(np.uint16)
        name = f"LC08_L2SP_{place}_{day}_{made}_02_T1"
        files.append_tile(path, f"{name}_ST_B10.TIF", digits, corner, _SCENE_PIXEL, _UTM, 0)
        files.append_tile(path, f"{name}_QA_PIXEL.TIF", quality, corner, _SCENE_PIXEL, _UTM, _FILL)
    home_x, home_y = to_grid(site.city.households.x, site.city.households.y)
    at_home = warm[
        ((cover.north - home_y) / side).astype(np.int64),
        ((home_x - cover.west) / side).astype(np.int64),
    ].astype(np.float64)
    mean = float(np.sum(np.nan_to_num(warm) * weight) / weight.sum())
    return site.truth_by_residents("surface_temperature_anomaly", at_home - mean)


def _warmth(cover: Cover, rng: np.random.Generator) -> tuple[Image, Image]:
    """True surface warmth (kelvin, of 100 m around) on pixels of 30 m, and how much land each has.

    NaN outside the agglomeration.
    """
    rows, columns = (n // 3 for n in cover.block.shape)

    def coarse(image: Image) -> Image:
        total: Image = image.reshape(rows, 3, columns, 3).sum(axis=(1, 3), dtype=np.float32)
        return total

    inside = (cover.block >= 0).astype(np.float32)
    land = coarse(inside)
    warm = coarse(9 * cover.sealed - 7 * cover.canopy)
    spread, ground = (ndimage.gaussian_filter(v, 1.3, truncate=2.5) for v in (warm, land))
    slow = 0.8 * cover.wander(rng, 3_000.0)[1::3, 1::3]
    mean = np.divide(spread, ground, out=np.zeros_like(spread), where=ground > 0) + slow
    return np.where(land > 0, mean, np.float32(np.nan)), land


def _write_corridors(site: Site, rng: np.random.Generator) -> Bools:
    """Write the corridors, drawn a little too narrow; return which blocks they truly hold."""
    city, land = site.city, site.city.land
    quiet = ~with_buildings(city) | (city.plan.fabric == FABRIC["scattered"])
    chosen = quiet & (np.abs(smooth_field(rng, 3_500.0).at(land.centroid)) < 0.15)
    chosen |= quiet & (city.plan.use == Use.PARK)
    if not chosen.any():
        chosen[np.argmax(land.distance)] = True
    drift = 0.6 * rng.standard_normal() + 0.8 * smooth_field(rng, DRIFT_M).at(land.centroid)
    kept = np.sqrt(np.clip(1 + _CORRIDOR_ERROR * drift[chosen], 0.3, 1.0))[:, None, None]
    quads = land.quads[chosen]
    middle = quads.mean(axis=1, keepdims=True)
    shapes = shapely.polygons(np.round(middle + kept * (quads - middle), 2))
    table = pd.DataFrame(
        {
            "ID_CORR": [f"FR52CORR{site.number:03d}{k:05d}" for k in range(len(shapes))],
            "MILMAJ_NAT": "Milieux boisés et bocagers",
            "geometry": shapes,
        }
    )
    path = site.directory / SOURCES["inpn_srce_2018"][0]
    files.append_layer(path, "N_SRCE_CORRIDOR_S_000", table, 2154, "Polygon")
    return chosen


def _ground_truth(
    site: Site, cover: Cover, green: pd.DataFrame, corridor: Bools, rng: np.random.Generator
) -> pd.DataFrame:
    """Shares of the ground of each zone, and what follows from them."""
    images = {
        "pixels": np.ones(cover.block.shape, np.float32),
        "sealed": cover.sealed,
        "canopy": cover.canopy,
        # What runs off grass depends on the soil, which no file knows.
        "running": cover.drift(rng, _SOIL_ERROR) * (1 - cover.sealed),
        "corridor": by_pixel(corridor.astype(np.float64), cover.block),
    }
    blocks = {name: cover.by_block(image) for name, image in images.items()}
    # IGN's outlines stand a little outside the leaves, or inside.
    middle = shapely.get_coordinates(shapely.centroid(green["geometry"].to_numpy()))
    drift = 0.6 * rng.standard_normal() + 0.8 * smooth_field(rng, DRIFT_M).at(middle)
    leaves = np.maximum(1 + _VEGETATION_ERROR * drift, 0.05)
    patches = green["geometry"].to_numpy()
    tree, of_block = shapely.STRtree(patches), block_of(site.city, green)
    area = shapely.area(patches) * leaves

    def vegetated(shape: shapely.Geometry) -> float:
        near = tree.query(shape, predicate="intersects")
        return float(
            (shapely.area(shapely.intersection(patches[near], shape)) * leaves[near]).sum()
        )

    residents = wildlife.residents(site)
    rows = []
    for zone in site.zones:
        if zone.geometry is not None and zone.commune is None:
            sums = _in_shape(cover, images, zone.geometry)
            woods, surface = vegetated(zone.geometry), zone.geometry.area
        else:
            own = np.ones(len(corridor), bool)
            if zone.commune is not None:
                own = site.city.commune == zone.commune
            sums = {name: float(v[own].sum()) for name, v in blocks.items()}
            woods, surface = float(area[own[of_block]].sum()), site.city.land.area[own].sum()
            for hole in zone.outside:
                less = _in_shape(cover, images, hole)
                sums = {name: v - less[name] for name, v in sums.items()}
                woods, surface = woods - vegetated(hole), surface - hole.area
        whole = max(sums.pop("pixels"), 1.0)
        share = {name: v / whole for name, v in sums.items()}
        hard, grass, wood = _RUNOFF
        running = hard * share["sealed"] + grass * share["running"]
        running -= (grass - wood) * woods / surface
        values = {
            "impervious_share": share["sealed"], "open_soil_share": 1 - share["sealed"],
            "canopy_share": share["canopy"], "vegetation_share": woods / surface,
            "corridor_share": share["corridor"],
            "runoff_potential": min(max(running, 0.0), _STORM),
        }  # fmt: skip
        people = residents[zone.kind, zone.generation, zone.code]
        if people > 0:
            values["canopy_per_resident"] = share["canopy"] * surface / people
        rows += [site.row(zone, name, value) for name, value in values.items()]
    return pd.DataFrame(rows)


def _in_shape(cover: Cover, images: dict[str, Image], shape: shapely.Geometry) -> dict[str, float]:
    """Sum of each image over the pixels whose middle lies in a shape (EPSG:2154)."""
    moved = shapely.transform(shape, lambda xy: np.column_stack(to_grid(xy[:, 0], xy[:, 1])))
    west, south, east, north = moved.bounds
    left, top = int((west - cover.west) / PIXEL), int((cover.north - north) / PIXEL)
    right, bottom = int((east - cover.west) / PIXEL) + 1, int((cover.north - south) / PIXEL) + 1
    window = (slice(top, bottom), slice(left, right))
    mask = rasterio.features.geometry_mask(
        [moved], (bottom - top, right - left), cover.transform @ Affine.translation(left, top),
        invert=True,
    )  # fmt: skip
    mask &= cover.block[window] >= 0
    return {
        name: float(image[window][mask].sum(dtype=np.float64)) for name, image in images.items()
    }
