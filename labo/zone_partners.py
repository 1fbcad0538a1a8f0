"""Partners' imports brought to the zones of a territory, while their agreements last.

An import is zones already (`labo.partner`): its totals are taken as they are, for the very zones
that they were counted on. They are exact sums: low, central and high are one, and so are the draws.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from labo import partner
from labo.agreement import PEOPLE, Publication
from labo.errors import BadInput, MissingFile
from labo.mirror import NAME, Mirror, PartnerEntry
from labo.partner import Imported, Measure
from labo.source import Notice, file_sha256
from labo.territory import Territory
from labo.transfer import CAUSES
from labo.zone_layers import HIDDEN, HIDDEN_BY_DIFFERENCE, hidden_by_difference

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]

METHOD = "partner"
NOT_COUNTED = "le fichier du partenaire n'a pas été compté sur cette zone"
# An import keeps the names of zones and not their outlines, and anyone may draw another area under
# the same name.
DRAWN = "périmètre dessiné : rien ne dit que le partenaire a été compté sur le même contour"
# What of the agreement a release hands on.
TERMS = (
    *("partner", "purpose", "licence", "signed", "expires", "contact", "publication"),
    "secrecy_threshold",
)


@dataclass(frozen=True)
class Read:
    """An import as it was read; `sha256` is that of its agreement."""

    imported: Imported
    sha256: str


@dataclass(frozen=True)
class Brought:
    """An import on the zones of a territory.

    By measure, all of shape (zones,): `central` is NaN where `reasons` says why, `notes` is what is
    to be said of a value, `available` the share of its rows that give it.
    """

    imported: Imported
    sha256: str
    central: Mapping[str, Floats]
    reasons: Mapping[str, Texts]
    notes: Mapping[str, Texts]
    available: Mapping[str, Floats]


@dataclass(frozen=True)
class Partners:
    """All that partners give to a diagnosis, and what had to be left out of it."""

    brought: Sequence[Brought] = ()
    notices: Sequence[Notice] = ()

    @property
    def publication(self) -> Publication:
        """The narrowest publication that was agreed to."""
        narrow = any(b.imported.agreement.publication != "public" for b in self.brought)
        return "territory team" if narrow else "public"


def indicator_id(imported: Imported, measure: str) -> str:
    """Return the id of a partner's measure; no declared indicator has a point in its own."""
    return f"{imported.id}.{measure}"


def read(
    mirror: Mirror, place: Territory, today: dt.date | None
) -> tuple[list[Read], list[Notice]]:
    """Read the imports that a mirror names, and say what was left out of them.

    Args:
        mirror: where they are.
        place: whose zones they have to be counted on.
        today: on which agreements must hold; needed as soon as the mirror names an import.

    Raises:
        LaboError: an import was changed, is of another territory or generation, or is not the one
            that the mirror says.
    """
    found: list[Read] = []
    notices: list[Notice] = []
    for name, entry in mirror.partners.items():
        if today is None:
            raise BadInput(
                f"{mirror.folder / NAME} names [partners.{name}], whose agreement has a last day: "
                "say which day it is (`today`)."
            )
        if today > entry.expires:
            text = (
                f"the agreement expired on {entry.expires.isoformat()}: nothing of it was read; "
                "renew it, or delete what was imported"
            )
            notices.append(Notice(source=name, kind="missing", count=1, text=text))
            continue
        imported = _imported(name, entry, place, today)
        notices += _reported(imported, entry)
        notices += _elsewhere(imported, place)
        found.append(Read(imported, file_sha256(entry.folder / partner.AGREEMENT)))
    return found, notices


def bring(imports: Sequence[Read], place: Territory, secret: Texts) -> list[Brought]:
    """Take the totals of imports to the zones, and hide what the release hides or what would tell.

    `secret` says why a zone publishes nothing at all, (zones,); it is empty where it publishes.
    """
    return [_on_zones(x, place, secret) for x in imports]


def _imported(name: str, entry: PartnerEntry, place: Territory, today: dt.date) -> Imported:
    """Read an import and refuse what is not for this territory.

    Raises:
        LaboError: as said.
    """
    where = f"[partners.{name}]"
    path = entry.folder / partner.AGREEMENT
    if not path.is_file():
        raise MissingFile(
            f"{NAME} says that {where} is in {str(entry.folder)!r}, where there is no import (no "
            f"{partner.AGREEMENT}): write one with `labo import --out`, or correct the entry."
        )
    if entry.sha256 is not None and (found := file_sha256(path)) != entry.sha256:
        raise BadInput(
            f"{path} has sha256 {found}, {NAME} expected {entry.sha256}: it was changed, or "
            "imported again; correct the entry once you know which."
        )
    imported = partner.read(entry.folder, today)
    if imported.id != name:
        raise BadInput(
            f"{NAME} has {where}, but {entry.folder} holds the import {imported.id!r}: name the "
            f"entry [partners.{imported.id}], or correct its path."
        )
    if entry.expires > imported.agreement.expires:
        raise BadInput(
            f"{NAME} lets {where} be read until {entry.expires.isoformat()}, its agreement until "
            f"{imported.agreement.expires.isoformat()}: give that day, or an earlier one."
        )
    if imported.territory not in ("", place.code):
        raise BadInput(
            f"The import {name!r} was counted on the zones of {imported.territory}, not of "
            f"{place.code} ({place.name}): import the file again with `--territory {place.code}`, "
            f"or take {where} out of {NAME}."
        )
    if imported.generation not in ("", place.generation):
        raise BadInput(
            f"The import {name!r} was counted on the QPVs of {imported.generation}, and the "
            f"diagnosis is of those of {place.generation}: import the file again with "
            f"`--generation {place.generation}`, or take {where} out of {NAME}."
        )
    if not _here(imported.table, place).any():
        told = ", ".join(dict.fromkeys(imported.table["zone"].head(3)))
        raise BadInput(
            f"The import {name!r} counts none of the zones of {place.name} (its own are {told} "
            f"…): import the file again with `--territory {place.code}`, or take {where} out of "
            f"{NAME}."
        )
    return imported


def _here(table: pd.DataFrame, place: Territory) -> npt.NDArray[np.bool_]:
    """Return which rows are of a zone of the territory: its id and its kind."""
    zones = pd.MultiIndex.from_frame(place.zones[["zone", "kind"]])
    found: npt.NDArray[np.bool_] = pd.MultiIndex.from_frame(table[["zone", "kind"]]).isin(zones)
    return found


def _reported(imported: Imported, entry: PartnerEntry) -> list[Notice]:
    """Return what the import had to repair, reject or do without, from its report."""
    report = json.loads((entry.folder / partner.REPORT).read_text(encoding="utf-8"))
    found: list[tuple[Literal["repaired", "rejected", "missing"], int, str]] = [
        *(
            ("repaired", count, f"leading zeros put back in {name}")
            for name, count in report.get("repaired", {}).items()
        ),
        *(("rejected", x["count"], x["reason"]) for x in report.get("rejected", ())),
        *(
            ("missing", count, f"rows without {name}")
            for name, count in report.get("missing", {}).items()
        ),
    ]
    return [
        Notice(source=imported.id, kind=kind, count=count, text=text) for kind, count, text in found
    ]


def _elsewhere(imported: Imported, place: Territory) -> list[Notice]:
    """Return how many zones of an import the territory does not have."""
    lost = imported.table.loc[~_here(imported.table, place), "zone"].nunique()
    text = "zones of the import that the territory does not have"
    return [Notice(source=imported.id, kind="rejected", count=lost, text=text)] if lost else []


def _on_zones(read: Read, place: Territory, secret: Texts) -> Brought:
    imported = read.imported
    total = imported.table[(imported.table["split"] == "") & _here(imported.table, place)]
    zones = place.zones["zone"]
    drawn = (place.zones["kind"] == "perimeter").to_numpy()
    central: dict[str, Floats] = {}
    reasons: dict[str, Texts] = {}
    notes: dict[str, Texts] = {}
    available: dict[str, Floats] = {}
    for m in _wholes_first(imported.measures):
        rows = total[total["measure"] == m.id].set_index("zone").reindex(zones)
        given = rows["value"].to_numpy(dtype=float)
        said = rows["reason"].fillna("").to_numpy(dtype=object)
        reason = np.where(np.isnan(given) & (said == ""), NOT_COUNTED, said)
        reason = np.where(drawn, DRAWN, reason)
        reason = np.where(secret != "", secret, reason)
        if m.among in reasons:
            # Of what is hidden no part is shown.
            reason = np.where(reason == "", reasons[m.among], reason)
        counts = np.where(reason == "", given, np.nan)
        if m.unit in PEOPLE:
            hidden = hidden_by_difference(
                place,
                np.isnan(counts),
                counts,
                np.full(len(counts), np.nan),
                imported.agreement.secrecy_threshold,
            )
            reason = np.where(hidden & (reason == ""), HIDDEN_BY_DIFFERENCE, reason)
        known = reason == ""
        central[m.id] = np.where(known, counts, np.nan)
        reasons[m.id] = reason.astype(object)
        notes[m.id] = np.where(known, rows["note"].fillna(""), "").astype(object)
        available[m.id] = np.where(known, rows["availability"].to_numpy(dtype=float), 0.0)
    return Brought(imported, read.sha256, central, reasons, notes, available)


def _wholes_first(measures: Sequence[Measure]) -> list[Measure]:
    """Return the measures so that each comes after the one that it is part of."""
    parts = {m.id: m.among for m in measures}

    def depth(name: str) -> int:
        return 0 if not parts.get(name) else 1 + depth(parts[name])

    return sorted(measures, key=lambda m: depth(m.id))


def secret_of(reason: Texts) -> Texts:
    """Return why zones publish nothing at all, from the reasons of a layer that all have."""
    hidden = np.isin(reason, [HIDDEN, HIDDEN_BY_DIFFERENCE])
    return np.where(hidden, reason, "").astype(object)


# What a release says of them


def values_of(
    partners: Partners, place: Territory, moment: tuple[str, str], draws: int
) -> tuple[pd.DataFrame, dict[tuple[str, str, str, str], Floats]]:
    """Return the values of partners as the rows of a diagnosis, and their constant draws."""
    zones = place.zones
    tables: list[pd.DataFrame] = []
    drawn: dict[tuple[str, str, str, str], Floats] = {}
    for b in partners.brought:
        for m in b.imported.measures:
            central, reason = b.central[m.id], b.reasons[m.id]
            known = ~np.isnan(central)
            name = indicator_id(b.imported, m.id)
            still = np.where(known, 0.0, np.nan)
            tables.append(
                pd.DataFrame(
                    {
                        "zone": zones["zone"],
                        "generation": zones["generation"],
                        "indicator": name,
                        "scenario": moment[0],
                        "horizon": moment[1],
                        "central": central,
                        "low": central,
                        "high": central,
                        "unit": m.unit,
                        # No cell is behind it, so none that was imputed.
                        "imputed_share": still,
                        "n_cells": np.zeros(len(zones), dtype=np.int64),
                        "availability": b.available[m.id],
                        "method": METHOD,
                        **{f"var_{cause}": still for cause in CAUSES if cause != "all"},
                        "reason": reason,
                    }
                )
            )
            for zone, value in zip(zones["zone"][known], central[known], strict=True):
                drawn[str(zone), name, *moment] = np.full(draws, value)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(), drawn


def described(partners: Partners, place: Territory) -> list[dict[str, Any]]:
    """Return the partners' measures as a release's catalogue describes them, nothing empty."""
    rows = []
    for b in partners.brought:
        agreement = b.imported.agreement
        for m in b.imported.measures:
            notes = {
                str(zone): str(note)
                for zone, note in zip(place.zones["zone"], b.notes[m.id], strict=True)
                if note
            }
            row = {
                "id": indicator_id(b.imported, m.id),
                "label": m.label,
                "unit": m.unit,
                "import": b.imported.id,
                "partner": agreement.partner,
                "purpose": agreement.purpose,
                "licence": agreement.licence,
                "publication": agreement.publication,
                "among": indicator_id(b.imported, m.among) if m.among else "",
                "notes": notes,
            }
            rows.append({key: value for key, value in row.items() if value})
    return rows


def named(partners: Partners) -> list[dict[str, Any]]:
    """Return the imports as a release's manifest names them: what `labo check` needs is there."""
    rows = []
    for b in partners.brought:
        terms = b.imported.agreement.as_json()
        rows.append(
            {
                "id": b.imported.id,
                "label": b.imported.label,
                "vintage": b.imported.vintage,
                "grain": b.imported.grain,
                "sha256": b.sha256,
                "schema_sha256": b.imported.schema_sha256,
                **{key: terms[key] for key in TERMS},
            }
        )
    return rows
