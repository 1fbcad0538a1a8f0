"""Are ranks as sure as they say? `python -m bench.ranks [--seeds 50] [--keep DIR | --from DIR]`.

Ville-Témoin in every city form and many seeds, with ten QPVs in each, is written and diagnosed. Its
declared indices are calculated from the estimates, with data draws only and at declared weights,
and from the truth of the same files with the same functions. Printed, for nominal 90 %:

- how often the interval of a rank holds the true rank (ties: any rank of the tie), and its width;
- how many pairs are told apart, and how often they are in the true order;
- how often two neighbourhoods with the same truth are told apart. Twins are made from two real
  neighbourhoods that are next to one another in the true order: the second keeps its own error and
  draws, which are moved by the difference of the two truths, indicator by indicator. What is tested
  is thus two real errors and two real sets of draws around one truth.

With --keep DIR each city leaves its truth and its release there, and is not made again: the run can
be stopped and taken up. With --from DIR only what is there is read: folders FORM-SEED that hold
`truth/indicators.csv` and `release`.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench import text_table
from labo import demo, release
from labo.catalogue import INDICATORS, INDICES
from labo.diagnosis import diagnose
from labo.errors import BadInput, MissingFile
from labo.index import Uncertainty
from labo.index.rank import SAME, ranks
from labo.index.replicate import indistinct
from labo.index_data import Known, draws_of, known
from labo.mirror import open_mirror
from labo.scores import assess

Floats = npt.NDArray[np.float64]

QPVS, RESIDENTS = 10, 120_000
DIRECTIONS = {x.id: x.direction for x in INDICATORS}
COUNTS = ("ranks", "held", "width", "pairs", "told", "right", "twins", "twins_told")
HEAD = ("", "ranks", "held", "mean width", "pairs", "told apart", "right", "twins", "told apart")


def make_city(folder: Path, form: str, seed: int, residents: int, qpvs: int) -> None:
    """Write and diagnose one city; leave its truth and its release, all or nothing."""
    part = folder.with_name(f".{folder.name}.part-{os.getpid()}")
    shaped = replace(demo.FORMS[form], qpv_count=qpvs)
    with tempfile.TemporaryDirectory() as name, mock.patch.dict(demo.FORMS, {form: shaped}):
        mirror = Path(name)
        demo.write(mirror, residents=residents, form=form, seed=seed)
        found = diagnose(open_mirror(mirror), "ville-temoin", seed=seed, tell=lambda _: None)
        release.write(found, part / "release")
        (part / "truth").mkdir()
        shutil.copy(mirror / "truth/indicators.csv", part / "truth")
    part.replace(folder)


def one_city(folder: Path, form: str, seed: int) -> pd.DataFrame:
    """Return a row per index with the counts of COUNTS; none under eight QPVs with a score."""
    found = release.read(folder / "release")
    draws = draws_of(found.draws)
    truth = _truth(folder / "truth/indicators.csv")
    rows = []
    for composite in INDICES:
        estimated = known(composite, DIRECTIONS, found.values, draws, found.places)
        estimated, exact = _exact(estimated, truth)
        if estimated.ranked:
            counts = _counts(estimated, exact, seed)
            rows.append({"form": form, "seed": seed, "index": composite.id, **counts})
    return pd.DataFrame(rows, columns=["form", "seed", "index", *COUNTS])


def _truth(path: Path) -> pd.DataFrame:
    told = pd.read_csv(path, dtype={"zone": str, "generation": str})
    told = told[
        (told["zone_kind"] == "qpv") & ~told["generation"].fillna("").str.startswith("2015")
    ]
    # Of those whom the files count: fiscal households where there are both.
    told = told.sort_values("concept").drop_duplicates(["zone", "indicator"], keep="last")
    return told.pivot(index="zone", columns="indicator", values="value")


def _exact(estimated: Known, truth: pd.DataFrame) -> tuple[Known, Known]:
    """Return the QPVs as estimated and with their true values, which have no draws.

    What only one of the two has (a share of houses where there is none) is left out of both.
    """
    units = estimated.units
    table = truth.reindex(index=list(units.zones), columns=[*estimated.tree.leaves, "population"])
    values = table.to_numpy(dtype=float)
    leaves = values[:, :-1]
    one = np.isnan(leaves) | np.isnan(units.values)
    leaves = np.where(one, np.nan, leaves)
    drawn = np.where(one[:, :, None], np.nan, units.draws)
    told = units._replace(values=np.where(one, np.nan, units.values), draws=drawn)
    exact = units._replace(values=leaves, draws=leaves[:, :, None], residents=values[:, -1])
    return replace(estimated, units=told), replace(estimated, units=exact)


def _counts(estimated: Known, exact: Known, seed: int) -> dict[str, float]:
    found = assess(estimated, seed=seed, data_only=True)
    score = assess(exact, seed=seed, data_only=True).score
    best = ranks(score, highest_first=True, same=SAME)
    worst = ranks(score, highest_first=True, ties="max", same=SAME)
    if found.data is None:
        raise BadInput("This release has no draws: its ranks have no interval.")
    low, high = found.data.rank_low, found.data.rank_high
    held = (low <= worst) & (high >= best)
    upper = np.triu_indices(len(score), 1)
    more, told = found.more[upper], ~indistinct(found.more)[upper]
    right = np.where(more > 0.5, best[upper[0]] < best[upper[1]], best[upper[0]] > best[upper[1]])
    twins = list(_twins(estimated, exact, score, seed))
    return {
        "ranks": len(score),
        "held": int(held.sum()),
        "width": float((high - low).sum()),
        "pairs": len(more),
        "told": int(told.sum()),
        "right": int((told & right).sum()),
        "twins": len(twins),
        "twins_told": sum(twins),
    }


def _twins(estimated: Known, exact: Known, score: Floats, seed: int) -> Iterable[bool]:
    """Give, for each pair of neighbours in the true order made twins, whether it is told apart."""
    at = np.flatnonzero(estimated.scored)
    order = at[np.argsort(-score, kind="stable")]
    position = {unit: i for i, unit in enumerate(at.tolist())}
    for one, other in zip(order[:-1].tolist(), order[1:].tolist(), strict=True):
        moved = exact.units.values[one] - exact.units.values[other]
        values, draws = estimated.units.values.copy(), estimated.units.draws.copy()
        values[other] += moved
        draws[other] += moved[:, None]
        units = estimated.units._replace(values=values, draws=draws)
        found: Uncertainty = assess(replace(estimated, units=units), seed=seed, data_only=True)
        yield not indistinct(found.more)[position[one], position[other]]


def summary(cities: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return shares and means from counts, by form or by index, and over all."""
    sums = [(str(name), part[list(COUNTS)].sum()) for name, part in cities.groupby(by)]
    rows = []
    for name, s in [*sums, ("all", cities[list(COUNTS)].sum())]:
        rows.append(
            {
                "of": name,
                "ranks": int(s["ranks"]),
                "held": _share(s["held"], s["ranks"]),
                "width": _share(s["width"], s["ranks"]),
                "pairs": int(s["pairs"]),
                "told_apart": _share(s["told"], s["pairs"]),
                "right": _share(s["right"], s["told"]),
                "twins": int(s["twins"]),
                "twins_told_apart": _share(s["twins_told"], s["twins"]),
            }
        )
    return pd.DataFrame(rows)


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


def run(job: tuple[Path, str, int, int | None, int]) -> pd.DataFrame:
    """Make a city unless it is there, and count."""
    folder, form, seed, residents, qpvs = job
    if residents is not None and not folder.exists():
        make_city(folder, form, seed, residents, qpvs)
    return one_city(folder, form, seed)


def _there(root: Path, forms: Sequence[str]) -> list[tuple[Path, str, int, int | None, int]]:
    found: list[tuple[Path, str, int, int | None, int]] = []
    for folder in sorted(root.glob("*-*")):
        form, _, seed = folder.name.rpartition("-")
        if form in forms and seed.isdigit() and (folder / "release").is_dir():
            found.append((folder, form, int(seed), None, 0))
    if not found:
        raise MissingFile(f"{str(root)!r} holds no folder FORM-SEED with a release.")
    return found


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    tables = [
        f"by {by}\n{text_table(HEAD, [list(row.values()) for row in found[f'by_{by}']])}\n"
        for by in ("form", "index")
    ]
    return (
        f"{found['cities']} cities, {len(INDICES)} indices, data draws only, declared weights, "
        "nominal 90 %\n\n" + "\n".join(tables)
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the tables; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--residents", type=int, default=RESIDENTS)
    parser.add_argument("--qpvs", type=int, default=QPVS, help="in each city, at least 8")
    parser.add_argument("--forms", nargs="*", default=list(demo.FORMS))
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--keep", type=Path, help="keep cities here, and take up what is here")
    parser.add_argument("--from", dest="made", type=Path, help="only read cities that are here")
    parser.add_argument("--quick", action="store_true", help="1 seed, 40,000 residents")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    seeds, residents = (1, 40_000) if given.quick else (given.seeds, given.residents)
    with tempfile.TemporaryDirectory() as name:
        root = given.keep or Path(name)
        root.mkdir(parents=True, exist_ok=True)
        jobs: list[tuple[Path, str, int, int | None, int]] = [
            (root / f"{form}-{seed}", form, seed, residents, given.qpvs)
            for seed in range(given.first, given.first + seeds)
            for form in given.forms
        ]
        if given.made is not None:
            jobs = _there(given.made, given.forms)
        with ProcessPoolExecutor(given.processes) as pool:
            cities = pd.concat(pool.map(run, jobs), ignore_index=True)
    found: dict[str, Any] = {"benchmark": "ranks", "cities": len(jobs)}
    found |= {f"by_{by}": summary(cities, by).to_dict("records") for by in ("form", "index")}
    found["all"] = found["by_form"][-1]
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
