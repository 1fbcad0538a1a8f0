"""Where it floods and where clay moves, what communes went through: the truth, and its files.

Everything is written in the formats of Géorisques, VigiEau, the water agencies and the ministry of
health. The files err as theirs do: outlines are generalised, and off by a bias of the territory;
the truth is counted on households at their own entrance, with the true outlines.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from labo.demo import files
from labo.demo.field import Bools, Floats, Ints, smooth_field
from labo.demo.land import Land
from labo.demo.site import Site
from labo.demo.truth import within

SOURCES = {
    "georisques_tri_2020": ("tri_inondable.gpkg", "2020"),
    "georisques_ppri_2026": ("ppr_zone_alea.gpkg", "2026"),
    "georisques_rga_2026": ("alearg_2026.gpkg", "2026"),
    "georisques_catnat_2026": ("catnat_gaspar.csv", "2026"),
    "vigieau_2026": ("vigieau_arretes.csv", "2026"),
    "vigieau_communes_2026": ("vigieau_arretes.csv", "2026"),
    "eaufrance_etat_rivieres_2022": ("etat_rivieres_2022.csv", "2022"),
    "sante_baignade_2024": ("baignade_2024.csv", "2024"),
}
# Half-width of what each event floods, as a multiple of the medium one.
_RIVER = {"01For": 0.45, "02Moy": 1.0, "04Fai": 1.6}
# Metres from the shore that the sea reaches.
_SEA = {"01For": 150.0, "02Moy": 300.0, "03Mcc": 520.0, "04Fai": 700.0}
_OUTLINE_BIAS = 0.04
"""Standard deviation, over territories, of the relative half-width of the flooded area."""
_OUTLINE_TOLERANCE_M = 6.0
_CLAY_BIAS_M = 6.0
_CLAY_TOLERANCE_M = 15.0
# Shares of the ground in the levels 3, 2 and 1 of exposure to clay.
_CLAY_SHARES = (0.15, 0.25, 0.25)
_CATNAT_YEARS = (1982, 2025)
_RESTRICTION_YEARS = (2019, 2024)
_FLOOD_ORDER = "Inondations et/ou Coulées de Boue"
_DROUGHT_ORDER = "Sécheresse"
_STATES = ("Très bon", "Bon", "Moyen", "Médiocre", "Mauvais", "Indéterminé")
_CLASSES = ("Excellente", "Bonne", "Suffisante", "Insuffisante", "Non classé")


@dataclass(frozen=True)
class River:
    """A river by points along it, EPSG:2154: where they are, across, and how wide it floods."""

    points: Floats
    across: Floats
    reach: Floats

    def flooded(self, factor: Floats | float) -> shapely.Geometry:
        """The ground within `factor` times the half-width of the medium flood."""
        wide = (self.reach * factor)[:, None] * self.across
        ring = np.concatenate([self.points + wide, (self.points - wide)[::-1]])
        return _valid(shapely.Polygon(np.round(ring, 2)))


def river(land: Land, rng: np.random.Generator) -> River:
    """A river that crosses the town beside its centre, and goes to the sea where there is one."""
    extent = float(np.ptp(land.centroid, axis=0).max())
    angle = rng.uniform(0, np.pi)
    along = np.array([np.cos(angle), np.sin(angle)])
    if np.isfinite(land.sea_distance).all():
        low, high = np.quantile(land.sea_distance, [0.1, 0.9])
        shore = land.centroid[land.sea_distance < low].mean(axis=0)
        inland = land.centroid[land.sea_distance > high].mean(axis=0)
        along = (shore - inland) / np.hypot(*(shore - inland))
    aside = np.array([-along[1], along[0]])
    s = np.arange(-0.75 * extent, 0.75 * extent, 40.0)
    line = np.column_stack([s, np.zeros(len(s))])
    bends = 0.03 * extent * smooth_field(rng, 0.45 * extent, 12).at(line)
    offset = rng.uniform(0.02, 0.08) * extent * rng.choice([-1.0, 1.0])
    points = land.centre + s[:, None] * along + (offset + bends)[:, None] * aside
    ahead = np.gradient(points, axis=0)
    ahead /= np.hypot(ahead[:, 0], ahead[:, 1])[:, None]
    wide = 1 + 0.3 * np.clip(smooth_field(rng, 900.0).at(line), -1.5, 1.5)
    reach = np.clip(0.014 * extent, 70.0, 260.0) * wide
    return River(points, np.column_stack([-ahead[:, 1], ahead[:, 0]]), reach)


def _valid(shape: shapely.Geometry) -> shapely.Geometry:
    if shape.is_valid:
        return shape
    return shapely.make_valid(shape, method="structure", keep_collapsed=False)


def _drawn(shape: shapely.Geometry, tolerance: float) -> shapely.Geometry:
    """The outline as a map of its scale shows it."""
    return _valid(shapely.simplify(shape, tolerance))


def _blocks(land: Land, chosen: Bools) -> shapely.Geometry:
    return shapely.coverage_union_all(shapely.polygons(land.quads[chosen]))


def _polygons(
    shapes: Iterable[tuple[dict[str, object], shapely.Geometry]],
) -> pd.DataFrame:
    """One row per polygon: the properties, then the geometry."""
    rows = [
        row | {"geometry": part}
        for row, shape in shapes
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon" and part.area > 0
    ]
    return pd.DataFrame(rows)


def write(site: Site) -> pd.DataFrame:
    """Add a territory to the files of water and drought; return its rows of truth."""
    people = site.city.households
    flood, truth = _floods(site)
    clay, clay_truth = _clay(site)
    block = site.city.buildings.block[people.building]
    commune = site.city.commune[block]
    count = len(site.codes)
    homes = np.maximum(1, np.bincount(commune, minlength=count))
    wet = np.bincount(commune, flood, minlength=count) / homes
    dry = np.bincount(commune, clay, minlength=count) / homes
    rows = [*truth, clay_truth, *_orders(site, wet, dry), _restrictions(site)]
    rows += _waters(site)
    return pd.concat([x for x in rows if len(x)], ignore_index=True)


def _floods(site: Site) -> tuple[Floats, list[pd.DataFrame]]:
    """Write the flooded areas; return who is in the medium flood, and the truth."""
    rng = np.random.default_rng([*site.key, 1])
    land, people = site.city.land, site.city.households
    stream = river(land, rng)
    bias = 1 + _OUTLINE_BIAS * float(rng.standard_normal())
    steps = np.column_stack([np.arange(len(stream.points)) * 40.0, np.zeros(len(stream.points))])
    local = 0.03 * smooth_field(rng, 500.0).at(steps)
    areas: list[tuple[dict[str, object], shapely.Geometry]] = []
    inside: dict[str, Floats] = {}
    for scenario, factor in _RIVER.items():
        true = stream.flooded(factor)
        inside[scenario] = within(true, people.x, people.y).astype(np.float64)
        shown = _drawn(stream.flooded(factor * (bias + local)), _OUTLINE_TOLERANCE_M)
        areas.append(({"typ_inond": "01", "scenario": scenario}, shown))
    plan = _drawn(stream.flooded(bias - local), _OUTLINE_TOLERANCE_M)
    hazards: list[tuple[dict[str, object], shapely.Geometry]] = [
        ({"CODERISQUE": "112", "NIVALEA_ST": "03", "DESCRIPT": "Débordement de cours d'eau"}, plan)
    ]
    sea: dict[str, Floats] = {name: np.zeros(len(people.x)) for name in _SEA}
    if np.isfinite(land.sea_distance).all():
        wave = 60.0 * smooth_field(rng, 800.0).at(land.centroid)
        shift = 5.0 * float(rng.standard_normal())
        for scenario, reach in _SEA.items():
            low = land.sea_distance + wave < reach
            if not low.any():
                continue
            true = _blocks(land, low)
            sea[scenario] = within(true, people.x, people.y).astype(np.float64)
            shown = _drawn(shapely.buffer(true, shift, quad_segs=2), 2 * _OUTLINE_TOLERANCE_M)
            areas.append(({"typ_inond": "03", "scenario": scenario}, shown))
            if scenario == "02Moy":
                words = "Submersion marine"
                hazards.append(
                    ({"CODERISQUE": "117", "NIVALEA_ST": "03", "DESCRIPT": words}, shown)
                )
    table = _polygons(areas)
    table.insert(0, "id_s_inond", [f"SIN_{site.number}_{k}" for k in range(len(table))])
    table.insert(1, "id_tri", f"FRZ_TRI_FICTIF_{site.number:03d}")
    table.insert(2, "cours_deau", "La Fictive")
    path = site.directory / SOURCES["georisques_tri_2020"][0]
    files.append_layer(path, "n_inondable_s", table, 2154, "Polygon")
    table = _polygons(hazards)
    table.insert(0, "ID_ZONE", [f"{site.number:04d}R{k:06d}" for k in range(len(table))])
    table.insert(1, "ID_GASPAR", f"99DDTM2099{site.number:04d}")
    path = site.directory / SOURCES["georisques_ppri_2026"][0]
    files.append_layer(path, "n_zone_alea_pprn_s", table, 2154, "Polygon")

    medium = inside["02Moy"]
    lodged = people.fiscal.astype(np.float64)
    either = np.maximum(medium, sea["02Moy"])
    return medium, [
        site.truth_by_residents("flood_residents_share", medium),
        site.truth_by_households("flood_dwellings_share", medium, lodged),
        site.truth_by_residents("flood_extreme_residents_share", inside["04Fai"]),
        site.truth_by_residents("ppri_residents_share", either),
        site.truth_by_residents("submersion_residents_share", sea["02Moy"]),
        site.truth_by_residents("submersion_climate_residents_share", sea["03Mcc"]),
    ]


def _clay(site: Site) -> tuple[Floats, pd.DataFrame]:
    """Write the map of clay; return which households' ground is exposed, and the truth."""
    rng = np.random.default_rng([*site.key, 2])
    land, people = site.city.land, site.city.households
    ground = smooth_field(rng, 2_600.0).at(land.centroid) + 0.3 * smooth_field(rng, 700.0).at(
        land.centroid
    )
    bounds = np.quantile(ground, 1 - np.cumsum(_CLAY_SHARES))
    level = (ground[:, None] > bounds).sum(axis=1)
    shift = _CLAY_BIAS_M * float(rng.standard_normal())
    department = site.codes[0][:2]
    areas: list[tuple[dict[str, object], shapely.Geometry]] = []
    above = shapely.Polygon()
    for wanted in (3, 2, 1):
        true = _blocks(land, level >= wanted)
        shown = _drawn(shapely.buffer(true, shift, quad_segs=2), _CLAY_TOLERANCE_M)
        # The areas of the map do not overlap: each level begins where the one above ends.
        ring = _valid(shapely.difference(shown, above))
        areas.append(({"insee_dep": department, "niveau": float(wanted)}, ring))
        above = shown
    table = _polygons(areas)
    table.insert(0, "gid", np.arange(len(table)))
    table.insert(3, "surf_m2", shapely.area(table["geometry"].to_numpy()).round(1))
    path = site.directory / SOURCES["georisques_rga_2026"][0]
    files.append_layer(path, "alearg_fxx_l93", table, 2154, "Polygon")
    block = site.city.buildings.block[people.building]
    exposed = (level[block] >= 2).astype(np.float64)
    lodged = (people.fiscal & people.is_house).astype(np.float64)
    return exposed, site.truth_by_households("clay_houses_share", exposed, lodged)


def _by_commune(site: Site, indicator: str, values: Floats) -> pd.DataFrame:
    """Rows of truth of communes (NaN is left out), and of the EPCI: the mean over residents."""
    city = site.city
    persons = city.persons
    lodged = persons.household >= 0
    block = city.buildings.block[persons.building[lodged]]
    residents = np.bincount(
        city.commune[block], persons.fiscal_weight[lodged], minlength=len(values)
    )
    known = ~np.isnan(values)
    rows = []
    for zone in site.zones:
        if zone.kind == "commune" and zone.commune is not None and known[zone.commune]:
            rows.append(site.row(zone, indicator, values[zone.commune]))
        elif zone.kind == "epci" and known.any():
            mean = np.average(values[known], weights=residents[known])
            rows.append(site.row(zone, indicator, float(mean)))
    return pd.DataFrame(rows)


def _orders(site: Site, wet: Floats, dry: Floats) -> list[pd.DataFrame]:
    """Write the orders of natural disaster; return the truth.

    Args:
        site: where.
        wet: share of each commune's households in the medium flood.
        dry: the same for exposed clay.
    """
    rng = np.random.default_rng([*site.key, 3])
    first, last = _CATNAT_YEARS
    rows: list[dict[str, str]] = []
    sums = {_FLOOD_ORDER: np.zeros(len(site.codes)), _DROUGHT_ORDER: np.zeros(len(site.codes))}

    def order(commune: int, words: str, day: pd.Timestamp, days: int, year: int) -> None:
        end = day + pd.Timedelta(days=days)
        rows.append(
            {
                "cod_nat_catnat": f"NOR{site.number:03d}{len(rows):06d}A",
                "cod_commune": site.codes[commune],
                "lib_commune": f"Commune fictive {site.codes[commune]}",
                "num_risque_jo": "SECH" if words == _DROUGHT_ORDER else "ICB",
                "lib_risque_jo": words,
                "dat_deb": f"{day:%Y-%m-%d}",
                "dat_fin": f"{end:%Y-%m-%d}",
                "dat_pub_arrete": f"{year}-12-29",
                "dat_pub_jo": f"{year}-12-30",
            }
        )

    # Every file reaches the same last year, so that rates are over the same years everywhere.
    order(0, "Tempête", pd.Timestamp(last, 2, 3), 1, last)
    for commune in range(len(site.codes)):
        counts = {
            _FLOOD_ORDER: 1 + int(rng.poisson(1.0 + 12.0 * wet[commune])),
            _DROUGHT_ORDER: int(rng.poisson(0.4 + 4.0 * dry[commune])),
        }
        for words, count in counts.items():
            for k in range(count):
                # The storm of December 1999 was recognised nearly everywhere, as a flood.
                storm = words == _FLOOD_ORDER and k == 0
                year = 1999 if storm else int(rng.integers(first + 1, last))
                day = pd.Timestamp(year, 12, 25) if storm else pd.Timestamp(year, 7, 1)
                if not storm:
                    day += pd.Timedelta(days=int(rng.integers(0, 90)) + commune + 3 * k)
                order(commune, words, day, 4 if words == _FLOOD_ORDER else 60, year)
            sums[words][commune] += count
    files.append_csv(
        site.directory / SOURCES["georisques_catnat_2026"][0], pd.DataFrame(rows), separator=";"
    )
    years = last - first + 1
    return [
        _by_commune(site, "catnat_flood_orders_per_year", sums[_FLOOD_ORDER] / years),
        _by_commune(site, "catnat_drought_orders_per_year", sums[_DROUGHT_ORDER] / years),
    ]


def _restrictions(site: Site) -> pd.DataFrame:
    """Write the orders that restrict water on two zones of alert; return the truth."""
    rng = np.random.default_rng([*site.key, 4])
    first, last = _RESTRICTION_YEARS
    half = (len(site.codes) + 1) // 2
    zones = (site.codes[:half], site.codes[half:])
    start = np.datetime64(f"{first}-01-01")
    length = int((np.datetime64(f"{last}-12-31") - start).astype(int)) + 1
    restricted = np.zeros((len(zones), length), bool)
    words = ("vigilance", "alerte", "alerte_renforcee", "crise")
    rows: list[dict[str, object]] = []

    def order(day: np.datetime64, days: int, levels: list[int]) -> None:
        at = int((day - start).astype(int))
        for zone, level in enumerate(levels):
            restricted[zone, at : at + days] |= level >= 1
        rows.append(
            {
                "id": f"{site.number}{len(rows):05d}",
                "date_debut": str(day),
                "date_fin": str(day + np.timedelta64(days - 1, "D")),
                "statut": "abroge",
                "zones_alerte.id": json.dumps([f"{site.number}{k}" for k in range(len(zones))]),
                "zones_alerte.type": json.dumps(["AEP"] * len(zones)),
                "zones_alerte.nom": json.dumps(
                    [f"Zone fictive {k + 1}" for k in range(len(zones))]
                ),
                "zones_alerte.niveau_gravite": json.dumps([words[level] for level in levels]),
                "zones_alerte.communes": json.dumps(zones),
            }
        )

    for year in range(first, last + 1):
        # In every file the first and the last year have an order.
        order(np.datetime64(f"{year}-06-01"), 20, [0, 0])
        day = np.datetime64(f"{year}-06-15") + np.timedelta64(int(rng.integers(0, 40)), "D")
        severity = int(rng.integers(0, 4))
        for level in range(1, severity + 1):
            # One zone may be a level behind the other; orders overlap by some days.
            behind = max(0, level - int(rng.random() < 0.5))
            order(day, int(rng.integers(15, 35)), [level, behind])
            day += np.timedelta64(int(rng.integers(10, 25)), "D")
    files.append_csv(site.directory / SOURCES["vigieau_2026"][0], pd.DataFrame(rows), separator=";")
    days = restricted.sum(axis=1) / (last - first + 1)
    values = np.array([days[0]] * half + [days[1]] * (len(site.codes) - half))
    return _by_commune(site, "water_restriction_days_per_year", values)


def _waters(site: Site) -> list[pd.DataFrame]:
    """Write the state of rivers and the classes of bathing sites; return the truth."""
    rng = np.random.default_rng([*site.key, 5])
    coast = bool(np.isfinite(site.city.land.sea_distance).all())
    rivers: list[dict[str, object]] = []
    bathing: list[dict[str, object]] = []
    river_share = np.full(len(site.codes), np.nan)
    bathing_share = np.full(len(site.codes), np.nan)
    for commune, code in enumerate(site.codes):
        states = rng.choice(len(_STATES), rng.integers(1, 4), p=[0.04, 0.26, 0.38, 0.2, 0.07, 0.05])
        river_share[commune] = _good(states, len(_STATES) - 1)
        for k, state in enumerate(states):
            name = f"FRGR{site.number:03d}{commune:02d}{k}"
            rivers.append(
                {"code_commune": code, "cd_masse_eau": name, "etat_ecologique": _STATES[state]}
            )
        sites = rng.integers(0, 4) if coast else rng.integers(0, 2)
        classes = rng.choice(len(_CLASSES), sites, p=[0.45, 0.3, 0.12, 0.08, 0.05])
        bathing_share[commune] = _good(classes, len(_CLASSES) - 1)
        for k, grade in enumerate(classes):
            bathing.append(
                {
                    "Saison balnéaire": 2024,
                    "Code unique d'identification du site de baignade": (
                        f"FRX{site.number:03d}{commune:02d}{k:03d}"
                    ),
                    "Nom du site de baignade": f"Plage fictive {k + 1}",
                    "Code INSEE de la commune": code,
                    "Classement": _CLASSES[grade],
                }
            )
    if not bathing:
        # The file needs a row: a lake whose water has no class yet.
        bathing.append(
            {
                "Saison balnéaire": 2024,
                "Code unique d'identification du site de baignade": f"FRX{site.number:03d}00000",
                "Nom du site de baignade": "Plage fictive 1",
                "Code INSEE de la commune": site.codes[0],
                "Classement": _CLASSES[-1],
            }
        )
    for source, rows in (
        ("eaufrance_etat_rivieres_2022", rivers),
        ("sante_baignade_2024", bathing),
    ):
        path = site.directory / SOURCES[source][0]
        files.append_csv(path, pd.DataFrame(rows), separator=";")
    return [
        _by_commune(site, "good_rivers_share", river_share),
        _by_commune(site, "good_bathing_share", bathing_share),
    ]


def _good(classes: Ints, unknown: int) -> float:
    """Share of the two best classes among those known; NaN where none is."""
    known = classes[classes != unknown]
    return float((known < 2).mean()) if len(known) else float("nan")
