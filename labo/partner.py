"""A partner's file under an agreement: counted by zone, secret where few are, kept in a folder.

What reaches the folder is zones, never rows: `partner.parquet` (the values), `report.json` (what
was read and what was not), `agreement.json` (what may be done with it). `labo/agreement.py` says
how the file is described.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from labo import whole
from labo.agreement import PEOPLE, Agreement, Schema
from labo.errors import BadInput, LaboError, MissingFile
from labo.partner_file import Report, read_rows
from labo.partner_sums import Ground, aggregated, categories_of, pseudonymised
from labo.secrecy import Published
from labo.source import file_sha256
from labo.suppression import Cube, Masked, masked
from labo.territory import Territory

FORMAT = 1
TABLE, REPORT, AGREEMENT = "partner.parquet", "report.json", "agreement.json"
COLUMNS = [
    *("zone", "kind", "measure", "split", "category", "value", "unit", "availability"),
    *("reason", "note"),
]


@dataclass(frozen=True)
class Measure:
    """A quantity that the file gives: `splits` names the categories of each of its splits."""

    id: str
    label: str
    unit: str
    among: str
    splits: Mapping[str, tuple[str, ...]]

    def as_json(self) -> dict[str, Any]:
        """Return it for JSON."""
        splits = {name: list(values) for name, values in self.splits.items()}
        plain = {"id": self.id, "label": self.label, "unit": self.unit, "among": self.among}
        return plain | {"splits": splits}


@dataclass(frozen=True)
class Imported:
    """A partner's file, counted.

    `table` has one row per zone, measure, split and category: the columns of COLUMNS; `split` and
    `category` are empty for totals, `value` is NaN where `reason` says why. `territory` is the
    SIREN of the EPCI whose zones it was brought to, empty where its own codes were taken.
    """

    id: str
    label: str
    vintage: str
    grain: str
    territory: str
    generation: str
    agreement: Agreement
    measures: Sequence[Measure]
    table: pd.DataFrame
    report: Report | None
    schema_sha256: str

    def published(self, measure: str, zones: gpd.GeoDataFrame) -> Published:
        """Return a count's published totals on zones (zone, geometry in metres), for `leaks`.

        Raises:
            KeyError: there is no such measure; BadInput: it counts no one.
        """
        found = {m.id: m for m in self.measures}[measure]
        if found.unit not in PEOPLE:
            raise BadInput(f"{measure!r} is in {found.unit}: it counts no one that could be few.")
        total = self.table[(self.table["measure"] == measure) & (self.table["split"] == "")]
        here = zones[zones["zone"].isin(total["zone"])]
        values = total.set_index("zone")["value"].reindex(here["zone"])
        return Published(
            zones=list(here["zone"]),
            geometry=here.geometry.to_numpy(),
            households=values.to_numpy(dtype=float),
            population=np.full(len(here), np.nan),
            min_households=self.agreement.secrecy_threshold,
        )


def read_partner(
    path: Path, schema: Schema, *, today: dt.date, territory: Territory | None = None
) -> Imported:
    """Read a partner's file and count it by zone; nothing of its rows is in what is returned.

    Args:
        path: the file.
        schema: what `read_schema` gave.
        today: on which the agreement must hold.
        territory: where points lie; without it, a file of codes is counted by its own codes.

    Raises:
        LaboError: the agreement is out of its time; BadInput: the file is not what the schema
            says, or tells who people are.
    """
    schema.agreement.check(today)
    rows, report = read_rows(path, schema, today)
    counted = aggregated if schema.grain == "aggregated" else pseudonymised
    cubes, ground = counted(path, schema, rows, report, territory)
    threshold = schema.agreement.secrecy_threshold
    found = masked(
        cubes,
        ground.covers,
        threshold=threshold,
        written=schema.agreement.written_agreements,
        first=np.array(ground.kinds) == "perimeter",
        told=report.kept if schema.grain == "pseudonymised" else None,
    )
    return Imported(
        id=schema.id,
        label=schema.label,
        vintage=schema.vintage,
        grain=schema.grain,
        territory=territory.code if territory is not None else "",
        generation=territory.generation if territory is not None else "",
        agreement=schema.agreement,
        measures=_measures(schema),
        table=_table(ground, cubes, found),
        report=report,
        schema_sha256=schema.sha256,
    )


def _measures(schema: Schema) -> list[Measure]:
    splits = {c.id: categories_of(schema, c.values) for c in schema.of_kind("category")}
    base = schema.rows
    result = [Measure(base.id, base.label, base.unit, "", splits)] if base is not None else []
    for c in schema.of_kind("count"):
        among = c.among or (base.id if base is not None else "")
        of_zones = splits if base is None else {}
        result.append(Measure(c.id, c.label, c.unit, among, of_zones))
    return result


# What is handed on


def _table(ground: Ground, cubes: Sequence[Cube], found: Sequence[Masked]) -> pd.DataFrame:
    parts = []
    for cube, mask in zip(cubes, found, strict=True):
        reason = mask.reason
        width = len(cube.categories)
        parts.append(
            pd.DataFrame(
                {
                    "zone": np.repeat(np.array(ground.zones, dtype=object), width),
                    "kind": np.repeat(np.array(ground.kinds, dtype=object), width),
                    "measure": cube.measure,
                    "split": cube.split,
                    "category": list(cube.categories) * len(ground.zones),
                    "value": np.where(reason == "", cube.value, np.nan).ravel(),
                    "unit": cube.unit,
                    "availability": np.where(reason == "", cube.availability, np.nan).ravel(),
                    "reason": reason.ravel(),
                    "note": np.where(reason == "", mask.note, "").ravel(),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)[COLUMNS]
    return table.sort_values(["zone", "measure", "split"], kind="stable", ignore_index=True)


def write(imported: Imported, out: Path) -> Path:
    """Write the folder of an import; nothing appears at `out` until all of it is there.

    Raises:
        LaboError: `out` is taken, or the disk is full or closed to us.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise LaboError(
            f"{str(out)!r} is not empty, and an import is never written over: choose another "
            "folder, or remove it first."
        )
    target = out.resolve()
    try:
        with whole.folder_for(target) as part:
            imported.table.to_parquet(part / TABLE, index=False, compression="zstd")
            report = imported.report.as_json() if imported.report is not None else {}
            _write_json(part / REPORT, report)
            files = {name: file_sha256(part / name) for name in (TABLE, REPORT)}
            _write_json(
                part / AGREEMENT,
                {
                    "format": FORMAT,
                    **{key: getattr(imported, key) for key in _NAMED},
                    "agreement": imported.agreement.as_json(),
                    "measures": [m.as_json() for m in imported.measures],
                    "files": files,
                },
            )
    except OSError as error:
        raise LaboError(
            f"The import could not be written to {str(out)!r} ({error.strerror or error}): "
            "nothing was left there; free some room or choose another folder."
        ) from error
    return out


def read(folder: Path, today: dt.date) -> Imported:
    """Read the folder of an import, while its agreement lasts.

    Raises:
        MissingFile: it is none; BadInput: it was changed; LaboError: its agreement has expired.
    """
    path = folder / AGREEMENT
    if not path.is_file():
        raise MissingFile(
            f"There is no import in {str(folder)!r} (no {AGREEMENT}): `labo import` writes one."
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']!r}, this version reads {FORMAT}")
        terms = content["agreement"]
        agreement = Agreement(
            **terms
            | {key: dt.date.fromisoformat(terms[key]) for key in ("signed", "expires")}
            | {"written_agreements": tuple(terms["written_agreements"])}
        )
        measures = [
            Measure(**m | {"splits": {k: tuple(v) for k, v in m["splits"].items()}})
            for m in content["measures"]
        ]
        named = {key: str(content[key]) for key in _NAMED}
        files = dict(content["files"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"{path} is not one of ours ({error}): import the file again.") from error
    agreement.check(today)
    for name in (TABLE, REPORT):
        if not (folder / name).is_file() or file_sha256(folder / name) != files.get(name):
            raise BadInput(
                f"{folder / name} is not what {AGREEMENT} says: it was changed or is damaged; "
                "import the file again."
            )
    table = pd.read_parquet(folder / TABLE)
    return Imported(agreement=agreement, measures=measures, table=table, report=None, **named)


_NAMED = ("id", "label", "vintage", "grain", "territory", "generation", "schema_sha256")


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
