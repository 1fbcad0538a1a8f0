"""Whether a release is sound: its bytes, its tables, and what they tell of too few people."""

import numpy as np
import pyarrow as pa
import shapely

from labo import secrecy, soundness, without
from labo.agreement import PEOPLE
from labo.release import MANIFEST, VALUE_COLUMNS, Release
from labo.territory import CRS

# The ways in which counts of people reach a zone, as the catalogue of a release names them.
COUNTED = ("Crosswalk", "Official")
# Tables and a catalogue that somebody wrote may hold anything anywhere, such as words in no UTF-8.
ODD = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, pa.ArrowException)


def check(release: Release) -> list[str]:
    """Return what is wrong with a release, one sentence each; an empty list when it is sound.

    Raises:
        DamagedRelease: a file is what the manifest says and cannot be read all the same.
    """
    try:
        return _wrong(release)
    except KeyError as error:
        return [f"It lacks {error}."]
    except ODD as error:
        return [f"It cannot be understood ({error})."]
    except shapely.GEOSException as error:
        return [f"An outline cannot be drawn ({error})."]


def _wrong(release: Release) -> list[str]:
    if wrong := soundness.damage(
        release.folder, release.manifest["files"], release.wanted, MANIFEST
    ):
        return wrong
    if list(release.values.columns) != VALUE_COLUMNS:
        return [f"values.parquet has the columns {', '.join(release.values.columns)}."]
    if list(release.without.columns) != without.COLUMNS:
        return [f"without.parquet has the columns {', '.join(release.without.columns)}."]
    if list(release.named_places.columns) != without.PLACE_COLUMNS:
        return [f"places.parquet has the columns {', '.join(release.named_places.columns)}."]
    if not np.isfinite(release.without["change"].to_numpy(dtype=float)).all():
        return ["without.parquet holds a change that is no number."]
    values, zones = release.values, release.zones
    # What follows compares places two by two.
    if (twice := zones["zone"].duplicated()).any():
        return [f"zones.parquet names {zones.loc[twice, 'zone'].iloc[0]!r} twice."]
    places = release.places["zone"]
    # What lies around an imputed cell may be told; what it counts may not.
    social = values["indicator"].isin(_counting(release))
    counted = [x["id"] for x in release.catalogue["layers"] if x["carried"] in COUNTED]
    counts = release.layers[release.layers["layer"].isin(counted)]
    return [
        *soundness.wrong_values(values, zones, social),
        *soundness.wrong_draws(values, release.draws, places, release.manifest["draws"]),
        *soundness.told(values[social], zones, counts, release.shares),
        *soundness.wrong_partners(values, release.manifest, release.partner_indicators),
        *_told_together(release, release),
    ]


def check_against(release: Release, other: Release) -> list[str]:
    """Return what the two releases, put together, tell about too few people."""
    return sorted({*_told_together(release, other), *_told_together(other, release)})


def published(release: Release) -> secrecy.Published:
    """Return the zones whose counts the release publishes.

    Cells are not among them: what is left of a zone without the cells that INSEE counted lies in
    cells that it imputed, where the grid, which is open to all, holds averages and no one's count.
    """
    values = release.values
    counts = values[values["indicator"].isin(["households", "population"])]
    counts = counts.drop_duplicates(["zone", "indicator"])
    wide = counts.pivot(index="zone", columns="indicator", values="central")
    wide = wide.reindex(columns=["households", "population"]).dropna(how="all")
    places = release.places
    places = places[places["zone"].isin(wide.index)]
    here = wide.reindex(places["zone"])
    return secrecy.Published(
        zones=list(places["zone"]),
        geometry=np.asarray(places.geometry.to_crs(CRS)),
        households=here["households"].to_numpy(dtype=float),
        population=here["population"].to_numpy(dtype=float),
    )


def published_by_partners(release: Release) -> dict[str, secrecy.Published]:
    """Return what each partner's measure tells of people, by indicator: counts as households are.

    Their threshold is that of the agreement.
    """
    least = {p["id"]: p["secrecy_threshold"] for p in release.manifest.get("partners", ())}
    places = release.places
    geometry = np.asarray(places.geometry.to_crs(CRS))
    found = {}
    for x in release.partner_indicators:
        if x["unit"] not in PEOPLE or x["import"] not in least:
            continue
        rows = release.values[release.values["indicator"] == x["id"]].set_index("zone")
        given = rows["central"].reindex(places["zone"]).to_numpy(dtype=float)
        known = ~np.isnan(given)
        found[x["id"]] = secrecy.Published(
            zones=list(places["zone"][known]),
            geometry=geometry[known],
            households=given[known],
            population=np.full(known.sum(), np.nan),
            min_households=least[x["import"]],
        )
    return found


def _counting(release: Release) -> list[str]:
    """Return the indicators in which a count of people can be read, as `labo.cell_values` says.

    A mean over the people of a place, or over its ground, tells of the place.
    """
    ways = {x["id"]: x["carried"] for x in release.catalogue["layers"]}
    found = []
    for x in release.catalogue["indicators"]:
        carried = {ways[name] for name in x["layers"]}
        counted = {name for name in x["layers"] if ways[name] in COUNTED}
        homes = bool(carried & {"AtHomes", "Walk"}) and counted <= {"population", "households"}
        ground = "OnGround" in carried and not counted
        if not (homes or ground) or "resident" in x["unit"]:
            found.append(x["id"])
    return found


def _told_together(one: Release, other: Release) -> list[str]:
    """Return what zones of the other release tell when zones of one are taken from them."""
    mine = {"": published(one)} | published_by_partners(one)
    theirs = mine if one is other else {"": published(other)} | published_by_partners(other)
    return [
        _sentence(leak, name)
        for name in mine
        if name in theirs
        for leak in secrecy.leaks(mine[name], theirs[name])
    ]


def _sentence(leak: secrecy.Leak, of: str) -> str:
    taken = f" minus {leak.inner}" if leak.members else ""
    left = f"{leak.count:.1f} {leak.unit}" if not of else f"{leak.count:.1f} of {of}"
    return f"Secrecy: {leak.whole}{taken} leaves {left}, too few to be told."
