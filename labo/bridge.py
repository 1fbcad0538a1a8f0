"""The QPVs of 2015 and of 2024 side by side: what of one lies in the other, surface and residents.

Neighbourhoods of two generations meet on the ground and nowhere else: their codes are other lists,
and one name may stand for two places. Residents are those of the newest cells, shared out over the
buildings as in a diagnosis: they say who lives today where the perimeters differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from labo import territory, transfer, zone_layers
from labo.areas import Areas, grid_areas, read_stock
from labo.catalogue import LAYERS
from labo.errors import BadInput
from labo.mirror import Mirror
from labo.ranges import ends
from labo.secrecy import EDGE_M
from labo.source import Notice, SourceFile
from labo.territory import CRS, TOUCHING_M2, Territory
from labo.transfer import CAUSES
from labo.zone_layer import Support, ZoneLayer, empty

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Change = Literal["identical", "modified", "new", "removed"]

FORMER, CURRENT = "2015", "2024"
DRAWS = 200
# A 2015 count says nothing of the residents whom no perimeter of 2015 held: below this share of
# residents who were in one, nothing is carried over (a choice of ours, to check with users).
CARRIED_FLOOR = 0.8

SHARES = ("residents_share_of_former", "residents_share_of_current")
BOUNDS = tuple(f"{share}_{end}" for share in SHARES for end in ("low", "high"))
COLUMNS = [
    *("former", "former_name", "current", "current_name", "change"),
    *("area_former", "area_current", "area_shared", "area_share_of_former"),
    *("area_share_of_current", "residents_former", "residents_current", "residents_shared"),
    *(SHARES[0], *BOUNDS[:2], SHARES[1], *BOUNDS[2:], "reason"),
]


@dataclass(frozen=True)
class Overlap:
    """What two perimeters share: their row numbers, whether they are one, and the common ground.

    `ground` is the smaller perimeter itself where it lies in the other but for the width of a
    pencil line, so that two drawings of one edge make no slivers where a few people would live.
    """

    former: int
    current: int
    identical: bool
    ground: shapely.Geometry


@dataclass(frozen=True)
class Bridge:
    """The bridge table of a territory.

    `rows` has the columns COLUMNS, a row for each pair that shares some ground and one for each
    neighbourhood that shares none. Areas are in m², shares between 0 and 1, residents those of
    fiscal households (Filosofi); what is not known or not published is NaN and `reason` says why.
    """

    code: str
    name: str
    rows: pd.DataFrame
    files: Sequence[SourceFile]
    notices: Sequence[Notice]


def overlaps(former: Geometries, current: Geometries) -> list[Overlap]:
    """Return what the perimeters of two generations share, in the order of the first, then second.

    Neighbours whose common edge was drawn twice only touch: a strip thinner than EDGE_M (m) all
    along, or smaller than TOUCHING_M2, is no common ground.

    Args:
        former: perimeters in metres (EPSG:3035), shape (former,).
        current: the same of the other generation, shape (current,).
    """
    found = []
    pairs = shapely.STRtree(current).query(former, predicate="intersects").T
    for i, j in sorted(map(tuple, pairs.tolist())):
        one, two = former[i], current[j]
        ground = shapely.intersection(one, two)
        line = EDGE_M * min(one.length, two.length)
        if ground.area <= max(TOUCHING_M2, line):
            continue
        kept, filled = _lies_in(one, two), _lies_in(two, one)
        shared = two if filled else one if kept else ground
        found.append(Overlap(i, j, kept and filled, shared))
    return found


def _lies_in(inner: shapely.Geometry, outer: shapely.Geometry) -> bool:
    """Say whether all of a perimeter lies in another, but for the width of a line around it."""
    return bool(shapely.difference(inner, outer).area <= EDGE_M * inner.length)


def bridge(mirror: Mirror, name: str, *, seed: int = 0, draws: int = DRAWS) -> Bridge:
    """Return the bridge table between the QPVs of 2015 and of 2024 of a territory.

    Args:
        mirror: where the files are; without cells the table has surfaces only, and says so.
        name: EPCI SIREN, or one of the mirror's territory names.
        seed: of the draws, from which the intervals of the residents' shares come.
        draws: how many.

    Raises:
        UnknownName, MissingFile, BadInput: as `labo.territory.load`.
    """
    now = territory.load(mirror, name, generation=CURRENT)
    before = territory.load(mirror, name, generation=FORMER)
    olds, news = _qpvs(before), _qpvs(now)
    shared = overlaps(np.asarray(olds.geometry), np.asarray(news.geometry))
    ground = _ground(now, olds, news, shared)
    files = [*now.files, *(f for f in before.files if f not in now.files)]
    areas = grid_areas(mirror, ground, read_stock(mirror, ground, files), files)
    residents = _residents(ground, areas, seed, draws)
    rows = pd.DataFrame(_rows(olds, news, shared, ground, residents), columns=COLUMNS)
    notices = [*now.notices, *before.notices, *(n for f in files for n in f.notices)]
    return Bridge(now.code, now.name, rows, files, notices)


def carry_over(counts: Mapping[str, float], found: Bridge) -> pd.DataFrame:
    """Return counts that were published by QPV of 2015 in the perimeters of 2024.

    Each count goes along with the residents: this supposes that, inside a QPV of 2015, what is
    counted lives where the residents live. Only counts may be carried over: a rate is made again
    from its two counts. Counts of the part of a QPV of 2024 that was in none of 2015 are unknown.

    Args:
        counts: by code of a QPV of 2015.
        found: the bridge of the territory.

    Returns:
        one row per QPV of 2024: current, value, low, high, covered (share of its residents who
        live in QPVs of 2015 that were counted), reason (why value is empty).

    Raises:
        BadInput: a code that is no QPV of 2015 in this territory.
    """
    known = set(found.rows["former"]) - {""}
    if unknown := sorted(set(counts) - known):
        raise BadInput(
            f"{unknown[0]!r} is not a QPV of {FORMER} in {found.name}; expected codes such as "
            f"{', '.join(sorted(known)[:3]) or 'none'}: a statistic is carried over from the "
            "perimeters that it was counted in, and never by name."
        )
    result = []
    rows = found.rows[found.rows["current"] != ""]
    for current, group in rows.groupby("current", sort=True):
        met = group[group["former"].isin(list(counts)) & (group["reason"] == "")]
        count = met["former"].map(dict(counts)).astype(float)
        covered = float(met[SHARES[1]].sum())
        silent = group.loc[group["former"].isin(list(counts)), "reason"]
        reason = next((text for text in silent if text), "")
        if not reason and not covered >= CARRIED_FLOOR:
            reason = (
                f"{100 * covered:.0f} % de ses habitants seulement vivent dans un QPV de {FORMER} "
                "compté : le reste n'est pas connu"
            )
        row = {"current": current, "value": np.nan, "low": np.nan, "high": np.nan}
        if not reason:
            ends = zip(("value", "low", "high"), (SHARES[0], *BOUNDS[:2]), strict=True)
            row |= {end: float((count * met[share]).sum()) for end, share in ends}
        result.append(row | {"covered": covered, "reason": reason})
    columns = ["current", "value", "low", "high", "covered", "reason"]
    return pd.DataFrame(result, columns=columns)


def _qpvs(place: Territory) -> gpd.GeoDataFrame:
    zones = place.zones
    return zones[zones["kind"] == "qpv"].sort_values("code", ignore_index=True)


def _shared_zone(old: str, new: str) -> str:
    return f"{old} + {new}"


def _ground(
    now: Territory, olds: gpd.GeoDataFrame, news: gpd.GeoDataFrame, shared: Sequence[Overlap]
) -> Territory:
    """Return the territory of 2024 to which the QPVs of 2015 and the shared parts are added.

    They are added as drawn perimeters: those are cut like QPVs, and are what is hidden first where
    subtraction would tell of too few. A QPV of 2015 that shares nothing stays a QPV, since people
    there differ from their neighbours; one that did not change is there already. What lies outside
    the QPVs is left out, for it would be another rest.
    """
    same = {x.former for x in shared if x.identical}
    met = {x.former for x in shared}
    names, kinds, shapes = [], [], []
    for i, code in enumerate(olds["code"]):
        if i not in same:
            names.append(code)
            kinds.append("perimeter" if i in met else "qpv")
            shapes.append(olds.geometry.iloc[i])
    for x in shared:
        if not x.identical:
            names.append(_shared_zone(olds["code"].iloc[x.former], news["code"].iloc[x.current]))
            kinds.append("perimeter")
            shapes.append(x.ground)
    zones = now.zones[now.zones["kind"] != "rest_of_epci"]
    if not names:
        return replace(now, zones=zones.reset_index(drop=True))
    added = gpd.GeoDataFrame(
        {"zone": names, "kind": kinds, "code": names, "name": names, "parent": now.code},
        geometry=shapes,
        crs=CRS,
    )
    for column in zones.columns.difference(added.columns):
        added[column] = ""
    both = pd.concat([zones, added[zones.columns]], ignore_index=True)
    return replace(now, zones=gpd.GeoDataFrame(both, crs=CRS))


def _residents(place: Territory, areas: Areas | str, seed: int, draws: int) -> ZoneLayer:
    """Return the residents of every zone, as in a diagnosis: empty where that would be empty."""
    wanted = [LAYERS["households"], LAYERS["population"]]
    if isinstance(areas, str):
        return empty(len(place.zones), areas)
    totals = {x.id: np.asarray(x.formula(areas.table), dtype=np.float64) for x in wanted}
    carried = transfer.carry(wanted, totals, areas.grain, seed=seed, draws=draws)
    if not carried["population"].draws:
        return empty(len(place.zones), "habitants non comptés dans cet extrait de la grille")
    outside = areas.available < zone_layers.AVAILABILITY_FLOOR
    nowhere = np.zeros(len(place.zones))
    support = Support(
        nowhere.astype(str).astype(object), nowhere, nowhere.astype(np.int64), areas.available
    )
    layers = {
        name: ZoneLayer(
            np.where(outside, np.nan, x.central),
            {c: x.draws[c] for c in CAUSES if c in x.draws},
            np.where(outside, "hors de l'emprise des carreaux", "").astype(object),
            x.imputed,
            support,
        )
        for name, x in carried.items()
    }
    return zone_layers.kept_secret(layers, place)["population"]


def _rows(
    olds: gpd.GeoDataFrame,
    news: gpd.GeoDataFrame,
    shared: Sequence[Overlap],
    place: Territory,
    residents: ZoneLayer,
) -> list[dict[str, object]]:
    """Return the rows of the table: pairs, then what left and what came, each in order of codes."""
    at = {zone: row for row, zone in enumerate(place.zones["zone"])}
    rows: list[dict[str, object]] = []
    for x in shared:
        old, new = olds.iloc[x.former], news.iloc[x.current]
        one = at[new["code"] if x.identical else old["code"]]
        two = at[new["code"]]
        both = two if x.identical else at[_shared_zone(old["code"], new["code"])]
        change: Change = "identical" if x.identical else "modified"
        rows.append(
            _names(old, new, change)
            | _surfaces(old.geometry.area, new.geometry.area, x.ground.area, same=x.identical)
            | _people(residents, one, two, both)
        )
    for i, old in olds.iterrows():
        if i not in {x.former for x in shared}:
            alone = _alone(residents, at[old["code"]], "residents_former", SHARES[0])
            area = {"area_former": float(old.geometry.area), "area_share_of_former": 0.0}
            rows.append(_names(old, None, "removed") | area | alone)
    for j, new in news.iterrows():
        if j not in {x.current for x in shared}:
            alone = _alone(residents, at[new["code"]], "residents_current", SHARES[1])
            area = {"area_current": float(new.geometry.area), "area_share_of_current": 0.0}
            rows.append(_names(None, new, "new") | area | alone)
    return rows


def _names(old: pd.Series | None, new: pd.Series | None, change: Change) -> dict[str, object]:
    return {
        "former": "" if old is None else old["code"],
        "former_name": "" if old is None else old["name"],
        "current": "" if new is None else new["code"],
        "current_name": "" if new is None else new["name"],
        "change": change,
    }


def _surfaces(old: float, new: float, both: float, *, same: bool) -> dict[str, object]:
    """Return the surfaces (m²) and their shares; one perimeter drawn twice is all of itself."""
    return {
        "area_former": old,
        "area_current": new,
        "area_shared": both,
        "area_share_of_former": 1.0 if same else min(both / old, 1.0),
        "area_share_of_current": 1.0 if same else min(both / new, 1.0),
    }


def _people(residents: ZoneLayer, old: int, new: int, both: int) -> dict[str, object]:
    """Return residents and the shares of them who live in the common part, with intervals."""
    central = residents.central
    row: dict[str, object] = {
        "residents_former": central[old],
        "residents_current": central[new],
        "residents_shared": central[both],
    }
    for share, whole in zip(SHARES, (old, new), strict=True):
        row |= _share_of(residents, both, whole, share)
    unsaid = (residents.reason[x] for x in (both, old, new) if residents.reason[x])
    return row | {"reason": next(unsaid, "")}


def _share_of(residents: ZoneLayer, part: int, whole: int, name: str) -> dict[str, object]:
    """Return a share and its interval, drawn with the same draws above and below the line."""
    central = residents.central
    if not central[whole] > 0 or np.isnan(central[part]):
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), np.nan)
    share = min(central[part] / central[whole], 1.0)
    above, below = residents.draws["all"][part], residents.draws["all"][whole]
    drawn = np.divide(above, below, out=np.full_like(above, share), where=below > 0)
    low, high = ends(np.minimum(drawn, 1.0))
    return {name: share, f"{name}_low": min(low, share), f"{name}_high": max(high, share)}


def _alone(residents: ZoneLayer, row: int, counted: str, share: str) -> dict[str, object]:
    """Return the residents of a neighbourhood that shares nothing with the other generation."""
    none = dict.fromkeys((share, f"{share}_low", f"{share}_high"), 0.0)
    return {counted: residents.central[row], "reason": residents.reason[row], **none}
