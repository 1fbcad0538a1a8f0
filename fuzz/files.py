"""Files that people write for the engine: a mirror, a perimeter, a plan, options."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from fuzz import Entry, Try
from fuzz.contours import MANY_POINTS, star
from fuzz.draws import Draws
from fuzz.samples import Csv, Json, Sample, Text
from fuzz.sources import prepared
from labo.errors import LaboError

TOML = (
    "[sources]", "[[sources]]", "[a.b.c]", 'x = """', "x = [1, [2, [3]]]", "= 1", "[", "x = 1e400",
    "x = nan", "x = -inf", "x = 99999999999999999999999999", "x = 2026-02-30", "x = 0001-01-01",
    'path = "../../etc/passwd"', 'path = "/etc/passwd"', 'path = "/dev/zero"', 'path = "."',
    'path = ""', 'path = "a\\u0000b"', 'path = ["a"]', "path = {}", "absent_columns = [1]",
    'coverage = "mirror.toml"', 'vintage = 2021', 'sha256 = ""', "x = " + "[" * 2_000,
    "x." * 2_000 + "x = 1", "quantity = -1", "quantity = 1e308", "quantity = nan", "quantity = true",
    "lon = 1e308", "lat = nan", 'lon = "x"', "expires = 2026-01-01T00:00:00", "expires = 9999-12-31",
)  # fmt: skip
PLAN = """[[measures]]
measure = "plant_trees"
zone = "QN99901M"
quantity = 12
site = "place"

[[measures]]
measure = "plant_trees"
zone = "QN99901M"
quantity = 3
lon = -1.5
lat = 47.4
"""


def _entry(name: str, prepare: Callable[[Path, Path], Try], *watched: str) -> Entry:
    return Entry(name=f"file_{name}", prepare=prepare, refusals=(LaboError,), watched=watched)


def _reading(sample: Sample, name: str, read: Callable[[Path], object]) -> Callable[[Path], Try]:
    def prepare(folder: Path) -> Try:
        path = folder / name

        def attempt(given: bytes) -> None:
            path.write_bytes(sample.changed(Draws(given)))
            read(path)

        return attempt

    return prepare


def _mirror(folder: Path, shared: Path) -> Try:
    import shutil

    from labo.mirror import NAME, open_mirror
    from labo.source import datasets

    source = prepared(shared)
    wanted = ("insee_epci", "insee_qpv_2024", "anru_programmes", "insee_rp_iris")
    lines = (source / NAME).read_text("utf-8").split("\n\n")
    kept = [x for x in lines if any(name in x for name in (*wanted, "[territories]"))]
    for path in source.iterdir():
        if path.is_file():
            shutil.copy(path, folder / path.name)
    (folder / "area.geojson").write_text(
        json.dumps({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}), "utf-8"
    )
    entry = '[sources.ign_communes_2026]\npath = "communes.geojson"\ncoverage = "area.geojson"\n'
    partner = '[partners.habitat]\npath = "habitat"\nexpires = 2028-12-31\n'
    sample = Text("\n\n".join([*kept, entry, partner]), TOML)
    path = folder / NAME

    def attempt(given: bytes) -> None:
        path.write_bytes(sample.changed(Draws(given)))
        found = open_mirror(folder)
        for name in (*wanted, "ign_communes"):
            if name in datasets():
                found.newest(name)

    return attempt


def _area(folder: Path, shared: Path) -> Try:
    import shapely

    from labo.mirror import read_geojson_area

    del shared
    content = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {},
                "geometry": json.loads(shapely.to_geojson(shapely.box(x, 47, x + 0.1, 47.1))),
            }
            for x in (-1.5, -1.4)
        ],
    }
    sample = Json(json.dumps(content).encode())
    path = folder / "area.geojson"
    large = [0]

    def attempt(given: bytes) -> None:
        if given[:1] == b"\xfe" and large[0] < 3:
            # A polygon with a million vertices: a few times, it is long to write.
            large[0] += 1
            path.write_text(shapely.to_geojson(star(MANY_POINTS)), "utf-8")
        else:
            path.write_bytes(sample.changed(Draws(given)))
        read_geojson_area(path)

    return attempt


def _plan(folder: Path, shared: Path) -> Try:
    from labo.measure_plan import read_plan

    del shared
    return _reading(Text(PLAN, TOML), "plan.toml", read_plan)(folder)


def _option_rows() -> Sequence[Sequence[str]]:
    from labo.options import COLUMNS

    row = dict.fromkeys(COLUMNS, "") | {
        "id": "a", "label": "Arbres", "site": "place", "zone": "QN99901M", "measure": "plant_trees",
        "quantity_max": "3", "capital_low": "100", "capital_central": "150", "capital_high": "200",
        "upkeep_low": "1", "upkeep_central": "2", "upkeep_high": "3", "benefit_low": "1",
        "benefit_central": "2", "benefit_high": "3", "unit": "resident * day",
    }  # fmt: skip
    other = row | {
        "id": "b",
        "site": "cour",
        "needs": "a",
        "beneficiaries": "20",
        "feasible": "yes",
    }
    third = row | {
        "id": "c",
        "excludes": "a",
        "feasible": "no",
        "reason": "réseau",
        "overlap_site": "0.5",
    }
    return [list(COLUMNS), list(row.values()), list(other.values()), list(third.values())]


def _options(folder: Path, shared: Path) -> Try:
    import numpy as np

    from labo.options import read_options
    from labo.plan import evaluate
    from labo.portfolio import Problem

    del shared
    path, sample = folder / "options.csv", Csv(_option_rows())

    def attempt(given: bytes) -> None:
        path.write_bytes(sample.changed(Draws(given)))
        options = read_options(path)
        problem = Problem(options, options.benefit, 1_000.0)
        evaluate(problem, np.ones(len(options), dtype=np.int64))

    return attempt


def _chosen(folder: Path, shared: Path) -> Try:
    from labo.options import options_of, read_chosen

    del shared
    head, *rows = _option_rows()
    options = options_of((n, dict(zip(head, row, strict=True))) for n, row in enumerate(rows, 2))
    sample = Csv([["id", "label", "quantity"], ["a", "", "2"], ["b", "Cour", "1"]])
    return _reading(sample, "chosen.csv", lambda path: read_chosen(path, options))(folder)


ENTRIES = [
    _entry("mirror", _mirror, "labo.mirror"),
    _entry("area", _area, "labo.mirror"),
    _entry("plan", _plan, "labo.measure_plan"),
    _entry("options", _options, "labo.options", "labo.plan", "labo.typed"),
    _entry("chosen", _chosen, "labo.options"),
]
