"""What is wrong with the tables of a release, one sentence each: nothing when it is sound.

`labo/checking.py` reads them and asks; what they tell together of too few people is in
`labo/secrecy.py`.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from labo.agreement import PEOPLE
from labo.differencing import ROUNDING
from labo.source import file_sha256

VALUE_KEY = ["zone", "generation", "indicator", "scenario", "horizon"]


def damage(
    folder: Path, named: Mapping[str, str], wanted: Collection[str], manifest: str
) -> list[str]:
    """Compare a folder with the files that its manifest names, byte for byte.

    Args:
        folder: the release.
        named: sha256 by file.
        wanted: files that every release has.
        manifest: the file that names the others.
    """
    present = {p.name for p in folder.iterdir()} - {manifest}
    wrong = [f"{name} is missing." for name in sorted({*wanted, *named} - present)]
    wrong += [f"{name} is not named in the manifest." for name in sorted(present - set(named))]
    for name, expected in sorted(named.items()):
        path = folder / name
        if path.is_file() and (found := file_sha256(path)) != expected:
            wrong.append(f"{name} was changed: its sha256 is {found[:12]}…, not {expected[:12]}….")
    return wrong


def wrong_values(values: pd.DataFrame, zones: pd.DataFrame, social: "pd.Series[bool]") -> list[str]:
    """Compare each value with its interval, its reason and its zone.

    `social` says in which of the values a count of people can be read.
    """
    known, given = values["central"].notna(), values["reason"] != ""
    bounded = values["low"].notna() | values["high"].notna()
    between = (values["low"] <= values["central"]) & (values["central"] <= values["high"])
    cell = values["zone"].isin(zones.loc[zones["kind"] == "cell", "zone"])
    imputed = values["zone"].isin(zones.loc[zones["imputed"], "zone"])
    lost = ~values["zone"].isin(zones["zone"])
    doubled = values.duplicated([*VALUE_KEY, "method"])
    return [
        *_some(values, known & bounded & ~between, "lies outside its own interval"),
        *_some(values, known & ~bounded & ~cell, "has no interval"),
        *_some(values, ~known & ~given, "is empty and does not say why"),
        *_some(values, known & given, "has a value and a reason to have none"),
        *_some(values, known & imputed & social, "is in an imputed cell and has a value"),
        *_some(values, lost, "is in no zone of the release"),
        *_some(values, doubled, "stands there twice"),
    ]


def wrong_draws(
    values: pd.DataFrame, draws: pd.DataFrame, places: "pd.Series[str]", count: int
) -> list[str]:
    """Compare the draws with the values of the zones that they stand behind."""
    wrong = []
    if any(len(x) != count for x in draws["values"]):
        wrong.append(f"draws.parquet does not hold {count} draws everywhere.")
    key = ["zone", "indicator", "scenario", "horizon"]
    known = values[values["central"].notna() & values["zone"].isin(places)]
    drawn = known.merge(draws[key], on=key, how="outer", indicator=True)
    wrong += _some(drawn, drawn["_merge"] == "left_only", "has no draws")
    wrong += _some(drawn, drawn["_merge"] == "right_only", "has draws and no value")
    return wrong


def told(
    social: pd.DataFrame, zones: pd.DataFrame, counts: pd.DataFrame, shares: pd.DataFrame
) -> list[str]:
    """Look for zones and cells whose counts are empty as values and not as layers or shares.

    Args:
        social: values in which a count of people can be read.
        zones: zones and cells.
        counts: layers that are counts of people.
        shares: of each cell's residents.
    """
    silent = set(zones["zone"]) - set(social.loc[social["central"].notna(), "zone"])
    amounts = counts.loc[counts["central"].notna(), "zone"]
    wrong = []
    for name, told_of in (("layers", amounts), ("shares", shares["zone"])):
        telling = told_of[told_of.isin(silent)]
        if len(telling):
            wrong.append(f"{name}.parquet tells of {telling.iloc[0]}, which publishes nothing.")
    return wrong


def wrong_partners(
    values: pd.DataFrame, manifest: Mapping[str, Any], described: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Compare what partners give with their agreements: each is named, and tells of no few.

    `described` are their measures, as the catalogue of the release has them.
    """
    least = {p["id"]: p["secrecy_threshold"] for p in manifest.get("partners", ())}
    terms = {p["id"]: p["publication"] for p in manifest.get("partners", ())}
    wrong = []
    if manifest.get("publication", "public") == "public":
        wrong += [
            f"The manifest says that everyone may see it, and the agreement of {name!r} does not."
            for name, publication in sorted(terms.items())
            if publication != "public"
        ]
    unknown = (values["method"] == "partner") & ~values["indicator"].isin(
        [x["id"] for x in described if x["import"] in least]
    )
    wrong += _some(values, unknown, "comes from a partner whose agreement is not in the manifest")
    for x in described:
        if x["unit"] not in PEOPLE or x["import"] not in least:
            continue
        fewest = least[x["import"]]
        few = (values["central"] > ROUNDING) & (values["central"] < fewest - ROUNDING)
        mine = values["indicator"] == x["id"]
        wrong += _some(values, mine & few, f"is under the threshold of its agreement, {fewest}")
    return wrong


def _some(values: pd.DataFrame, bad: "pd.Series[bool]", what: str) -> list[str]:
    if not bad.any():
        return []
    first = values[bad].iloc[0]
    more = f" ({int(bad.sum())} such values)" if bad.sum() > 1 else ""
    return [f"{first['indicator']} of {first['zone']} {what}{more}."]
