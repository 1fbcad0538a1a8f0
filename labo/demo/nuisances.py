"""Air, noise and polluted ground: the truth at each home, and the files of their producers.

Main roads run along some lines of the mesh. What they give off falls with the distance; images and
outlines err by a bias of the territory, as their producers say, the truth does not.
"""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import KDTree

from labo.demo import files
from labo.demo.buildings import Kind
from labo.demo.city import City
from labo.demo.field import Floats, Ints, SmoothField, smooth_field
from labo.demo.site import Site

SOURCES = {
    "atmo_pm25_2024": ("atmo_pm25_2024.zip", "2024"),
    "atmo_no2_2024": ("atmo_no2_2024.zip", "2024"),
    "atmo_o3_2024": ("atmo_o3_2024.zip", "2024"),
    "cerema_cbs_2022": ("cbs_bruit_2022.gpkg", "2022"),
    "ademe_sites_pollues_2020": ("sites_pollues.geojson", "2020"),
}
MESH = 12
"""Main roads run along one line of the mesh out of so many."""
_PIXEL_M, _LARGE_PIXEL_M, _MOST_PIXELS = 50.0, 100.0, 4_000_000
_ALONG_M = 10.0
_FAR_M = 350.0
_NODATA = -9999.0
# Lden 10 m from the axis of the central roads and of the others, dB(A); it falls by so much for
# each tenfold distance.
_LDEN_AT_10M = (76.0, 73.0)
_FALL_DB = 17.0
_CLASSES = (55, 60, 65, 70, 75)
_LIMIT_DB = 68.0
_NOISE_BIAS_DB = 1.0
_NEAR_SITE_M = 500.0
_SITE_ERROR_M = 12.0
_RESIDENTS_PER_SITE = 15_000


@dataclass(frozen=True)
class Pollutant:
    """A yearly mean, µg/m³: in the country, what the centre and a road add to it, and its bumps.

    `error` is the relative standard error that producers state of a neighbourhood's mean.
    """

    background: float
    centre: float
    road: float
    fall_m: float
    bumps: float
    error: float


_POLLUTANTS = {
    "pm25": Pollutant(6.8, 2.0, 2.2, 70.0, 0.35, 0.12),
    "no2": Pollutant(6.0, 7.0, 14.0, 60.0, 0.9, 0.15),
    "o3": Pollutant(64.0, -8.0, -9.0, 60.0, 1.5, 0.08),
}
# µg/m³: guidelines of WHO (2021), limits of the European Union from 2030.
_THRESHOLDS = {"pm25": {"who": 5.0, "2030": 10.0}, "no2": {"who": 10.0, "2030": 20.0}}


@dataclass(frozen=True)
class Roads:
    """Main roads, EPSG:2154: a line per stretch, and which of `_LDEN_AT_10M` it gives off."""

    lines: list[shapely.Geometry]
    loudness: Ints

    def along(self, loudness: int | None = None) -> KDTree | None:
        """Points every 10 m along the roads of a loudness (None: all); None where there is none."""
        chosen = [
            line
            for line, own in zip(self.lines, self.loudness, strict=True)
            if loudness is None or own == loudness
        ]
        if not chosen:
            return None
        dense = shapely.segmentize(np.asarray(chosen, object), _ALONG_M)
        return KDTree(shapely.get_coordinates(dense))


def main_roads(city: City) -> Roads:
    """The main roads: one line of the mesh out of `MESH`, those through the centre first."""
    land = city.land
    sides = np.stack([land.corners, np.roll(land.corners, -1, axis=1)], axis=2).reshape(-1, 2)
    sides.sort(axis=1)
    a, b = np.unique(sides, axis=0).T
    rows = land.grid.shape[1] + 1
    lines: list[shapely.Geometry] = []
    loudness: list[int] = []
    for along, line, middle in (
        (b - a == 1, a // rows, land.grid.shape[0] // 2),
        (b - a != 1, a % rows, land.grid.shape[1] // 2),
    ):
        main = along & ((line - middle) % MESH == 0)
        for number in np.unique(line[main]):
            chosen = main & (line == number)
            pairs = np.stack([land.nodes[a[chosen]], land.nodes[b[chosen]]], axis=1)
            merged = shapely.line_merge(shapely.union_all(shapely.linestrings(pairs)))
            parts = [x for x in shapely.get_parts(merged) if x.geom_type == "LineString"]
            lines += parts
            loudness += [0 if number == middle else 1] * len(parts)
    return Roads(lines, np.asarray(loudness, np.int64))


def write(site: Site) -> pd.DataFrame:
    """Add a territory to the files of air, noise and polluted sites; return its rows of truth."""
    roads = main_roads(site.city)
    rows = [*_air(site, roads), *_noise(site, roads), _sites(site)]
    return pd.concat(rows, ignore_index=True)


def _air(site: Site, roads: Roads) -> list[pd.DataFrame]:
    rng = np.random.default_rng([*site.key, 11])
    land, people = site.city.land, site.city.households
    low, high = land.quads.min(axis=(0, 1)) - 300.0, land.quads.max(axis=(0, 1)) + 300.0
    pixel = _PIXEL_M if np.prod((high - low) / _PIXEL_M) < _MOST_PIXELS else _LARGE_PIXEL_M
    west, north = np.floor(low[0] / pixel) * pixel, np.ceil(high[1] / pixel) * pixel
    columns = int(np.ceil((high[0] - west) / pixel))
    lines = int(np.ceil((north - low[1]) / pixel))
    x = west + (np.arange(columns) + 0.5) * pixel
    y = north - (np.arange(lines) + 0.5) * pixel
    grid = np.column_stack([np.tile(x, lines), np.repeat(y, columns)])
    homes = np.column_stack([people.x, people.y])
    tree = roads.along()
    # The middle of a pixel is not where its people are: the file's own blur.
    spots = {"file": grid, "truth": homes}
    metres = {
        k: tree.query(xy, distance_upper_bound=_FAR_M)[0] if tree else np.full(len(xy), np.inf)
        for k, xy in spots.items()
    }
    away = {k: np.hypot(*(xy - land.centre).T) for k, xy in spots.items()}
    heart = 0.3 * float(np.sqrt(land.area.sum() / np.pi))
    truth: list[pd.DataFrame] = []
    for name, what in _POLLUTANTS.items():
        bumps = smooth_field(rng, 2_200.0, 12)
        waves = {"file": _on_grid(bumps, x, y), "truth": bumps.at(homes)}
        values = {k: _concentration(what, waves[k], away[k] / heart, metres[k]) for k in spots}
        local = _on_grid(smooth_field(rng, 1_800.0, 12), x, y)
        bias = 0.9 * float(rng.standard_normal()) + 0.4 * local
        # An image never shows less than nothing, whatever the bias.
        image = np.maximum(0.2, values["file"] * (1 + what.error * bias))
        files.append_tile(
            site.directory / SOURCES[f"atmo_{name}_2024"][0],
            f"{name}_moyan_2024_{site.territory}.tif",
            np.round(image, 2).reshape(lines, columns).astype(np.float32),
            (float(west), float(north)),
            pixel,
            2154,
            _NODATA,
        )
        here = values["truth"]
        truth.append(site.truth_by_residents(f"{name}_mean", here))
        for suffix, limit in _THRESHOLDS.get(name, {}).items():
            above = (here > limit).astype(np.float64)
            truth.append(site.truth_by_residents(f"{name}_above_{suffix}_share", above))
    return truth


def _concentration(what: Pollutant, waves: Floats, away: Floats, metres: Floats) -> Floats:
    """µg/m³ at points: `away` from the centre in its own radius, `metres` from a main road."""
    value: Floats = (
        what.background
        + what.centre * np.exp(-(away**2))
        + what.road * np.exp(-metres / what.fall_m)
        + what.bumps * waves
    )
    return np.maximum(value, 0.5)


def _on_grid(field: SmoothField, x: Floats, y: Floats) -> Floats:
    """The field at all the crossings of columns x and lines y, line after line.

    As `SmoothField.at`, whose waves are products of a part in x and a part in y.
    """
    across = np.outer(field.wave_x, x) + field.phase[:, None]
    down = np.outer(y, field.wave_y)
    total: Floats = np.cos(down) @ np.cos(across) - np.sin(down) @ np.sin(across)
    return total.ravel() * float(np.sqrt(2.0 / len(field.phase)))


def _noise(site: Site, roads: Roads) -> list[pd.DataFrame]:
    rng = np.random.default_rng([*site.key, 12])
    people = site.city.households
    homes = np.column_stack([people.x, people.y])
    level = np.zeros(len(homes))
    for loudness, start in enumerate(_LDEN_AT_10M):
        tree = roads.along(loudness)
        if tree is None:
            continue
        metres, _ = tree.query(homes, distance_upper_bound=_FAR_M)
        level = np.maximum(level, start - _FALL_DB * np.log10(np.maximum(metres, 10.0) / 10.0))
    bias = _NOISE_BIAS_DB * float(rng.standard_normal())
    rows: list[dict[str, object]] = []
    for line, loudness in zip(roads.lines, roads.loudness, strict=True):
        start = _LDEN_AT_10M[loudness] + bias
        inner = shapely.Polygon()
        for lower in reversed(_CLASSES):
            outer = _within(line, start, lower)
            top = lower == _CLASSES[-1]
            word = "LdenGreaterThan75" if top else f"Lden{lower}{lower + 4}"
            rows += _areas(site, shapely.difference(outer, inner), "A", word)
            inner = outer
        rows += _areas(site, _within(line, start, _LIMIT_DB), "C", "LdenGreaterThan68")
    table = pd.DataFrame(rows)
    table.insert(0, "IDZONBRUIT", [f"ZB{site.number:03d}{k:06d}" for k in range(len(table))])
    path = site.directory / SOURCES["cerema_cbs_2022"][0]
    files.append_layer(path, "n_bruit_zbr_infra_r_ld_s", table, 2154, "Polygon")
    return [
        site.truth_by_residents(f"road_noise_{limit}_share", (level > limit).astype(np.float64))
        for limit in (55, 68)
    ]


def _within(line: shapely.Geometry, start: float, level: float) -> shapely.Geometry:
    """The ground where a road of `start` dB(A) at 10 m is heard at `level` dB(A) or more."""
    metres = 10.0 * 10 ** ((start - level) / _FALL_DB)
    if metres <= 10.0:
        return shapely.Polygon()
    return shapely.simplify(shapely.buffer(line, metres, quad_segs=4), 2.0)


def _areas(site: Site, shape: shapely.Geometry, kind: str, word: str) -> list[dict[str, object]]:
    row: dict[str, object] = {
        "ANNEE": "2022", "CODEDEPT": f"0{site.codes[0][:2]}", "TYPESOURCE": "R", "CBSTYPE": kind,
        "INDICETYPE": "LD", "LEGENDE": word,
    }  # fmt: skip
    return [
        row | {"geometry": part}
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon" and part.area > 1.0
    ]


def _sites(site: Site) -> pd.DataFrame:
    """Add the polluted sites to the one GeoJSON of all territories; return the truth."""
    rng = np.random.default_rng([*site.key, 13])
    city, people = site.city, site.city.households
    halls = np.flatnonzero(city.buildings.kind == Kind.INDUSTRY)
    pool = halls if len(halls) else np.arange(len(city.buildings))
    count = min(len(pool), max(2, round(city.residents / _RESIDENTS_PER_SITE)))
    chosen = np.sort(rng.choice(pool, count, replace=False))
    true = np.column_stack([city.buildings.x[chosen], city.buildings.y[chosen]])
    metres, _ = KDTree(true).query(np.column_stack([people.x, people.y]))
    shown = true + _SITE_ERROR_M * rng.standard_normal(true.shape)
    points = files.to_wgs84(list(shapely.points(np.round(shown, 1))))
    path = site.directory / SOURCES["ademe_sites_pollues_2020"][0]
    features = json.loads(path.read_bytes())["features"] if path.exists() else []
    rows = [feature["properties"] for feature in features]
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
    for k, building in enumerate(chosen):
        code = site.codes[city.commune[city.buildings.block[building]]]
        rows.append(
            {
                "Nom_site": f"SITE FICTIF {site.number + 1}-{k + 1}",
                # The producer's file has lost the zero of departments 01 to 09.
                "Code_INSEE": code.removeprefix("0"),
                "Commune": f"Commune fictive {code}",
                "Departement": code[:2].removeprefix("0"),
                "Etat_operation": "Terminée" if rng.random() < 0.6 else "En cours",
            }
        )
    path.write_bytes(files.geojson("sites_pollues", rows, [*shapes, *points]))
    near = (metres <= _NEAR_SITE_M).astype(np.float64)
    return site.truth_by_residents("polluted_site_500m_share", near)
