"""The QPVs of all territories together: the second pass, over releases that are done.

How a neighbourhood stands among all those of France, draw by draw: it tells nothing of what it
needs. Each QPV counts as many as its residents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from labo import checking, release, soundness, whole
from labo.errors import BadInput, DamagedRelease, LaboError, MissingFile
from labo.index.rank import percentile
from labo.index.replicate import quantiles
from labo.index_data import RESIDENTS, composites_of, directions_of, draws_of, known
from labo.national import FOLDER, Outcome
from labo.release import MANIFEST, Release
from labo.scores import RUNS, SCORE_COLUMNS, WHOLE, assess, write_ranks
from labo.source import file_sha256

Floats = npt.NDArray[np.float64]

FORMAT = 1
NAME = "france"
FILES = ("percentiles.parquet", "scores.parquet", "values.parquet")
# What is counted says how large a QPV is, and not how it stands.
COUNTS = ("resident", "household", "dwelling")
PERCENTILE_COLUMNS = ["territory", "zone", "indicator", "central", "low", "high"]
# Gaps to an agglomeration are those of its own release.
NATIONAL_COLUMNS = ["territory", *(c for c in SCORE_COLUMNS if not c.startswith("gap_"))]


@dataclass(frozen=True)
class France:
    """What a run over all territories left: their releases, and the tables of all QPVs together."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def territories(self) -> list[str]:
        """The territories that have a release."""
        return [row["territory"] for row in self.manifest["territories"]]

    def release_of(self, territory: str) -> Release:
        """Return the release of one territory."""
        return release.read(self.folder / FOLDER / territory)

    @cached_property
    def percentiles(self) -> pd.DataFrame:
        """Place of each QPV among those of France, from 0 to 100: PERCENTILE_COLUMNS."""
        return self._read("percentiles.parquet")

    @cached_property
    def scores(self) -> pd.DataFrame:
        """The declared indices among the QPVs of France: NATIONAL_COLUMNS."""
        return self._read("scores.parquet")

    @cached_property
    def values(self) -> pd.DataFrame:
        """The values of all zones but cells, and their territory."""
        return self._read("values.parquet")

    def _read(self, name: str) -> pd.DataFrame:
        path = self.folder / NAME / name
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise DamagedRelease(f"{path} cannot be read ({error}): see `labo check`.") from error


def assemble(out: Path, outcomes: Sequence[Outcome], *, seed: int, runs: int = RUNS) -> France:
    """Put the releases of a run together; what was there of an earlier one is replaced.

    Args:
        out: folder of the run.
        outcomes: what became of each territory: those without a release are named in the manifest.
        seed: of the method of indices.
        runs: calculations of each kind by index.

    Raises:
        BadInput: no territory has a release.
    """
    done = sorted((x for x in outcomes if not x.reason), key=lambda x: x.task.territory)
    if not done:
        raise BadInput("No territory has a release: there is nothing to put together.")
    found = {x.task.territory: release.read(x.task.out) for x in done}
    first = next(iter(found.values()))
    directions, units = directions_of(first.catalogue), _units(first)
    zones, values, draws = _gathered(found)
    tables = [
        _among_all(known(x, directions, values, draws, zones), seed, runs)
        for x in composites_of(first.catalogue)
    ]
    territory = zones.set_index("zone")["territory"]
    scores = pd.concat(tables, ignore_index=True)
    scores.insert(0, "territory", scores["zone"].map(territory))
    with whole.folder_for(out / NAME) as folder:
        release.write_table(folder / "values.parquet", values)
        release.write_table(folder / "scores.parquet", scores[NATIONAL_COLUMNS])
        release.write_table(
            folder / "percentiles.parquet", _percentiles(values, draws, zones, units)
        )
        manifest = {
            "format": FORMAT,
            "code_version": release.code_version(),
            "seed": seed,
            "draws": first.manifest["draws"],
            "generations": first.manifest["generations"],
            "territories": [
                {
                    "territory": name,
                    "code": one.manifest["territory"]["code"],
                    "name": one.manifest["territory"]["name"],
                    "manifest": file_sha256(one.folder / MANIFEST),
                }
                for name, one in found.items()
            ],
            "failed": [
                {"territory": x.task.territory, "reason": x.reason}
                for x in sorted(outcomes, key=lambda x: x.task.territory)
                if x.reason
            ],
            "files": {name: file_sha256(folder / name) for name in FILES},
        }
        release.write_json(folder / MANIFEST, manifest)
    return read(out)


def read(out: Path) -> France:
    """Open what a run left.

    Raises:
        MissingFile: no run, or it was not put together; DamagedRelease: of another format.
    """
    path = out / NAME / MANIFEST
    if not path.is_file():
        raise MissingFile(
            f"There is no {NAME}/{MANIFEST} in {str(out)!r}: `labo diagnose --all` writes it when "
            "its territories are done."
        )
    manifest = release.read_manifest(path)
    if manifest.get("format") != FORMAT:
        raise DamagedRelease(
            f"{path} is of format {manifest.get('format')!r:.40}, this version reads format "
            f"{FORMAT}: run `labo diagnose --all` again."
        )
    return France(out, manifest)


def check(found: France) -> Iterator[str]:
    """Give what is wrong with a run, one sentence each: in the whole, then in each territory."""
    yield from (
        f"{NAME}/{text}"
        for text in soundness.damage(
            found.folder / NAME, found.manifest["files"], {*FILES}, MANIFEST
        )
    )
    for row in found.manifest["territories"]:
        name = row["territory"]
        try:
            one = found.release_of(name)
            if file_sha256(one.folder / MANIFEST) != row["manifest"]:
                yield f"{name} is not the release that was put together: run it again."
            yield from (f"{name}: {text}" for text in checking.check(one))
        except LaboError as error:
            yield f"{name}: {error}"


def _units(one: Release) -> dict[str, str]:
    return {x["id"]: x["unit"] for x in one.catalogue["indicators"]}


def _gathered(
    found: Mapping[str, Release],
) -> tuple[pd.DataFrame, pd.DataFrame, dict[tuple[str, str, str, str], Floats]]:
    """Return QPVs, the values of all zones but cells, and the draws of the QPVs today.

    A QPV that straddles two territories is in both releases: it counts once, in the first of them.
    """
    zones, values = list[pd.DataFrame](), list[pd.DataFrame]()
    draws: dict[tuple[str, str, str, str], Floats] = {}
    seen = set[str]()
    for name, one in found.items():
        places = one.place_names
        places = places[~places["zone"].isin(seen)].assign(territory=name)
        seen |= set(places["zone"])
        zones.append(places[places["kind"] == "qpv"])
        kept = one.values[one.values["zone"].isin(places["zone"])]
        values.append(kept.assign(territory=name))
        now = (one.draws["scenario"] == "present") & one.draws["zone"].isin(zones[-1]["zone"])
        draws |= draws_of(one.draws[now])
    return pd.concat(zones, ignore_index=True), pd.concat(values, ignore_index=True), draws


def _among_all(found: Any, seed: int, runs: int) -> pd.DataFrame:
    """Return the rows of one index, among all QPVs."""
    zones = list(found.units.zones)
    table = pd.DataFrame(index=pd.Index(zones, name="zone"), columns=SCORE_COLUMNS[1:], dtype=float)
    table[["index", "component", "reference"]] = [found.composite.id, WHOLE, NAME]
    table["availability"], table["reason"] = found.available, list(found.reasons)
    table["core"] = False
    if found.ranked:
        write_ranks(table, assess(found, seed=seed, runs=runs))
    else:
        table.loc[table["reason"] == "", "reason"] = "moins de huit quartiers ont un score"
    return table.reset_index()


def _percentiles(
    values: pd.DataFrame,
    draws: Mapping[tuple[str, str, str, str], Floats],
    zones: pd.DataFrame,
    units: Mapping[str, str],
) -> pd.DataFrame:
    """Return the place of each QPV by indicator, with the 90 % interval over the draws."""
    now = values[(values["scenario"] == "present") & values["zone"].isin(zones["zone"])]
    central = now.pivot(index="zone", columns="indicator", values="central")
    people = central[RESIDENTS]
    territory = zones.set_index("zone")["territory"]
    size = max((row.size for row in draws.values()), default=1)
    parts = []
    for name in central.columns:
        if units.get(name, "1").split(" ")[0] in COUNTS or name == RESIDENTS:
            continue
        there = central[name].notna() & (people > 0)
        if not there.any():
            continue
        at = central.index[there]
        own = central.loc[there, name].to_numpy(dtype=float)
        drawn = np.stack(
            [
                np.broadcast_to(draws.get((zone, name, "present", "present"), x), (size,))
                for zone, x in zip(at, own, strict=True)
            ]
        )
        weights = people[there].to_numpy(dtype=float)
        place = 100 * percentile(own, weights)
        low, high = quantiles(100 * percentile(drawn, weights))
        parts.append(
            pd.DataFrame(
                {
                    "territory": territory.reindex(at).to_numpy(),
                    "zone": at,
                    "indicator": name,
                    "central": place,
                    "low": np.minimum(low, place),
                    "high": np.maximum(high, place),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[PERCENTILE_COLUMNS]
