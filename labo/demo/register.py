"""The BD TOPO buildings file: the true buildings, with the flaws of the official register."""

import numpy as np
import pyarrow as pa
import shapely

from labo.demo.buildings import Kind
from labo.demo.city import City
from labo.demo.field import Bools, Floats, Ints

_FIRST_ID = 9_000_000_000_000_000
_NATURE = np.array(
    ["Indifférenciée"] * 6 + ["Industriel, agricole ou commercial"] * 2, dtype=object
)
_USE = np.array(
    ["Résidentiel", "Résidentiel", "Résidentiel", "Annexe", "Commercial et services",
     "Commercial et services", "Industriel", "Agricole"], dtype=object,
)  # fmt: skip
_UNKNOWN_USE = "Indifférencié"
# Filosofi’s periods: before 1945, 1945-69, 1970-89, from 1990 on.
_FIRST_YEAR = np.array([1850, 1945, 1970, 1990])
_YEARS = np.array([95, 25, 20, 34])
_WALLS = np.array(["10", "20", "30", "40", "50"], dtype=object)
_ROOFS = np.array(["10", "20", "30", "40"], dtype=object)


def register(city: City, key: list[int], first: int) -> pa.Table:
    """One row per building of the file, columns of BD TOPO V3 (shapefile names), WKB geometry.

    `first` buildings were written before, which keeps identifiers unique.
    """
    rng = np.random.default_rng(key)
    form, built = city.form, city.buildings
    home = built.dwellings > 0
    period = city.context.period
    recent = np.where(period == 3, 3.0, 0.2)
    absent = home & (rng.random(len(built)) < form.absent_share * recent / recent.mean())
    ghosts = _demolished(city, home, rng)
    rows = np.concatenate([np.flatnonzero(~absent), ghosts])
    ghost = np.arange(len(rows)) >= len(rows) - len(ghosts)
    order = rng.permutation(len(rows))
    rows, ghost = rows[order], ghost[order]
    table = built.where(rows)
    back = np.where(ghost, table.depth + 14.0, 0.0)
    table = type(table)(
        **{name: getattr(table, name) for name in table.__dataclass_fields__ if name not in "xy"},
        x=table.x - table.along_y * back, y=table.y + table.along_x * back,
    )  # fmt: skip

    count, known = _dwelling_counts(city, rng)
    count, known = count[rows], known[rows]
    use = _USE[table.kind].copy()
    n = len(rows)
    draw = rng.random(n)
    housing = np.isin(table.kind, (Kind.HOUSE, Kind.COLLECTIVE))
    wrong = housing & (draw < form.use_wrong_share)
    vague = wrong & (draw < 0.7 * form.use_wrong_share)
    use[wrong] = "Commercial et services"
    use[vague] = _UNKNOWN_USE
    lodging = table.kind == Kind.COMMUNITY
    use[lodging & (draw < 0.55)] = "Commercial et services"
    use[lodging & (draw < 0.20)] = _UNKNOWN_USE
    plain = (table.kind >= Kind.ANNEX) & (draw < 0.42)
    use[plain] = _UNKNOWN_USE
    unmatched = vague | plain | (lodging & (draw < 0.20))
    known &= ~unmatched

    storeys = known & (rng.random(n) >= form.floors_missing_share)
    level = table.floors + np.where(rng.random(n) < 0.06, rng.choice([-1, 1], n), 0)
    height = 2.75 * table.floors + rng.uniform(0.2, 2.6, n)
    has_height = rng.random(n) >= form.height_missing_share
    mixed = (table.kind == Kind.COLLECTIVE) & (rng.random(n) < 0.08)
    year_known = known & (period[rows] < 4) & (rng.random(n) < 0.8)
    era = np.minimum(period[rows], 3)
    years = _FIRST_YEAR[era] + (rng.random(n) * _YEARS[era]).astype(int)
    days = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    ground = 22 + 0.002 * np.hypot(table.x - city.land.centre[0], table.y - city.land.centre[1])
    names = [f"BATIMENT{_FIRST_ID + first + k:016d}" for k in range(n)]
    columns = {
        "ID": pa.array(names),
        "NATURE": pa.array(_NATURE[table.kind]),
        "USAGE1": pa.array(use),
        "USAGE2": pa.array(np.full(n, "Commercial et services"), mask=~mixed),
        "LEGER": pa.array(np.where((table.kind == Kind.ANNEX) & (draw > 0.3), "Oui", "Non")),
        "ETAT": pa.array(np.where(draw > 0.998, "En construction", "En service")),
        "DATE_APP": pa.array(days, mask=~year_known),
        "NB_LOGTS": pa.array(count.astype(np.int32), mask=~known),
        "NB_ETAGES": pa.array(np.maximum(level, 1).astype(np.int32), mask=~storeys),
        "MAT_MURS": pa.array(rng.choice(_WALLS, n), mask=~known),
        "MAT_TOITS": pa.array(rng.choice(_ROOFS, n), mask=~known),
        "HAUTEUR": pa.array(np.round(height, 1), mask=~has_height),
        "Z_MIN_SOL": pa.array(np.round(ground, 1)),
        "Z_MAX_SOL": pa.array(np.round(ground + rng.uniform(0, 1.5, n), 1)),
        "ORIGIN_BAT": pa.array(np.where(draw < 0.85, "Cadastre", "Imagerie aérienne")),
        "APP_FF": pa.array(rng.choice(np.array(["A 1.0", "B 0.3", "C 0.3", "C 0.2"], object), n,
                                      p=[0.9, 0.04, 0.03, 0.03]), mask=~known),
        "geometry": pa.array(shapely.to_wkb(table.footprints()), pa.binary()),
    }  # fmt: skip
    return pa.table(columns)


def _demolished(city: City, home: Bools, rng: np.random.Generator) -> Ints:
    """Buildings to repeat a few metres behind: they stood there until they were pulled down."""
    share = city.form.demolished_share * np.where(city.context.estate >= 0, 6.0, 1.0)
    return np.flatnonzero(home & (rng.random(len(home)) < share))


def _dwelling_counts(city: City, rng: np.random.Generator) -> tuple[Ints, Bools]:
    """NB_LOGTS of every true building, and whether the file has a value.

    Errors differ between communes, and gather in blocks and estates, because they come from the
    way in which each land register was matched to the buildings.
    """
    form, built = city.form, city.buildings
    n = len(built)
    commune = city.commune[built.block]
    estate = city.context.estate
    collective = built.kind == Kind.COLLECTIVE
    home = built.dwellings > 0

    def odds(share: float, spread: float) -> Floats:
        by_commune = rng.lognormal(0, 0.45, int(city.commune.max()) + 1)
        by_estate = rng.lognormal(0, 0.6, int(estate.max(initial=-1)) + 2)
        by_block = rng.gamma(spread, 1 / spread, len(city.land))
        factor = by_commune[commune] * by_block[built.block]
        factor *= np.where(estate >= 0, by_estate[estate], 1.0)
        factor *= np.where(collective, 1.4, 0.9)
        return np.minimum(share * factor / max(1e-9, float(factor[home].mean())), 0.9)

    missing = home & (rng.random(n) < odds(form.count_missing_share, 0.6))
    wrong = home & ~missing & (rng.random(n) < odds(form.count_wrong_share, 1.5))
    count = built.dwellings.copy()
    how = rng.random(n)
    true = built.dwellings
    noisy = np.maximum(0, np.round(true * rng.lognormal(0.05, 0.35, n))).astype(np.int64)
    for chosen, value in (
        (wrong & (how < 0.22), np.zeros(n, np.int64)),
        (wrong & (how >= 0.22) & (how < 0.60) & collective, noisy),
        (wrong & (how >= 0.22) & (how < 0.60) & ~collective, np.full(n, 2)),
        (wrong & (how >= 0.60) & (how < 0.72), np.ones(n, np.int64)),
    ):
        count[chosen] = value[chosen]
    _take_neighbours(city, count, missing, wrong & (how >= 0.72), rng)
    lodging = built.kind == Kind.COMMUNITY
    rooms = (built.floor_area / 30).astype(np.int64)
    count[lodging] = np.where(how < 0.3, rooms, np.where(how < 0.7, 1, 0))[lodging]
    other = ~home & ~lodging
    count[other] = np.where(how[other] < 0.06, 1, 0)
    return count, ~missing


def _take_neighbours(
    city: City, count: Ints, missing: Bools, chosen: Bools, rng: np.random.Generator
) -> None:
    """A building carries the dwellings of the next one of its block, which has none left."""
    built = city.buildings
    homes = np.flatnonzero(built.dwellings > 0)
    same_block = built.block[homes[:-1]] == built.block[homes[1:]]
    for here, there in zip(homes[:-1][same_block], homes[1:][same_block], strict=True):
        if chosen[here] and not missing[there]:
            count[here] += count[there]
            count[there] = 0
            if rng.random() < 0.4:
                missing[there] = True
