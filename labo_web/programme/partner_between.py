"""Two imports of a partner's data read together: what their difference would tell of few."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from labo.agreement import PEOPLE, Agreement
from labo.partner import Imported, Measure
from labo.secrecy import Leak, leaks
from labo_web.programme.models import Dataset, Membership, PartnerImport
from labo_web.programme.partner import names_of, territory_of
from labo_web.releases.models import Release


@dataclass(frozen=True)
class Told:
    """What an import and one that was accepted before would tell of few, together."""

    before: PartnerImport
    lines: tuple[str, ...]


def accepted_before(
    member: Membership, dataset: Dataset, vintage: str, today: dt.date
) -> list[PartnerImport]:
    """Return what was accepted of the same data of the same vintage, and may still be read."""
    rows = member.partner_imports.filter(dataset=dataset, vintage=vintage, erased_at=None)
    return [row for row in rows if row.readable(today)]


def told_by_others(
    before: Sequence[PartnerImport], content: Mapping[str, Any], release: Release | None
) -> list[Told]:
    """Return what would be told of few by this import and each that was accepted before.

    Two are compared where they count the same thing of the same vintage: by subtracting areas that
    overlap, or the same area in both.
    """
    found: list[Told] = []
    own = _imported(content)
    names = names_of(release)
    for row in before:
        lines: set[str] = set()
        other = _imported(_content_of(row))
        shared = {m.id for m in other.measures if m.unit in PEOPLE}
        for measure in own.measures:
            if measure.id in shared and measure.unit in PEOPLE:
                lines |= set(_same_zones(measure, own, other, names))
                if release is not None:
                    lines |= set(_overlaps(measure, own, other, release))
        if lines:
            found.append(Told(row, tuple(sorted(lines))))
    return found


def _content_of(row: PartnerImport) -> dict[str, Any]:
    return {
        "label": row.label, "vintage": row.vintage, "agreement": row.agreement,
        "measures": row.measures, "table": row.table,
    }  # fmt: skip


def _imported(content: Mapping[str, Any]) -> Imported:
    terms = dict(content["agreement"])
    for key in ("signed", "expires"):
        terms[key] = dt.date.fromisoformat(terms[key])
    terms["written_agreements"] = tuple(terms["written_agreements"])
    table = pd.DataFrame(content["table"])
    table["value"] = table["value"].astype(float)
    return Imported(
        id="fichier", label=content["label"], vintage=content["vintage"], grain="", territory="",
        generation="", agreement=Agreement(**terms),
        measures=[
            Measure(**m | {"splits": {k: tuple(v) for k, v in m["splits"].items()}})
            for m in content["measures"]
        ],
        table=table, report=None, schema_sha256="",
    )  # fmt: skip


def _totals(found: Imported, measure: str) -> dict[str, float]:
    table = found.table
    rows = table[(table["measure"] == measure) & (table["split"] == "") & (table["reason"] == "")]
    return dict(zip(rows["zone"], rows["value"], strict=True))


def _same_zones(
    measure: Measure, one: Imported, other: Imported, names: Mapping[str, str]
) -> list[str]:
    fewest = max(one.agreement.secrecy_threshold, other.agreement.secrecy_threshold)
    mine, theirs = _totals(one, measure.id), _totals(other, measure.id)
    return [
        f"{measure.label}, {names.get(zone, zone)} : la différence avec l’importation d’avant "
        f"parlerait de moins de {fewest}."
        for zone in sorted(mine.keys() & theirs.keys())
        if 0 < abs(mine[zone] - theirs[zone]) < fewest
    ]


def _overlaps(measure: Measure, one: Imported, other: Imported, release: Release) -> list[str]:
    zones = territory_of(release).zones
    names = dict(zip(zones["zone"], zones["name"], strict=True))
    first, second = one.published(measure.id, zones), other.published(measure.id, zones)
    if not first.zones or not second.zones:
        return []
    found: list[Leak] = [*leaks(first, second), *leaks(second, first)]
    return [
        f"{measure.label} : {names.get(x.outer, x.outer)} moins "
        f"{', '.join(names.get(z, z) for z in x.members)} parlerait de moins de {x.fewest}."
        for x in found
    ]
