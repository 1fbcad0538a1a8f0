"""Imports a release: verified first, then all of it or nothing."""

import datetime as dt
import fcntl
import hashlib
import json
import math
import os
import re
import shutil
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
import pandas as pd
import shapely
from django.conf import settings
from django.db import DataError, models, transaction

from labo import checking, whole
from labo import release as engine
from labo.diagnosis import PRESENT
from labo.errors import DamagedRelease, LaboError
from labo.inequality import Group, gap
from labo.territory import KINDS
from labo_web.accounts.models import Circle, Territory
from labo_web.releases.models import CellValues, Decision, Indicator, Release, Value, Zone

FICTIVE = "données fictives"
PARTNER = "partner"  # the component of what a partner gives
DECIMALS = 1e-5  # of a degree: about a metre
M = TypeVar("M", bound=models.Model)

# What can stand in an address, and what a database can hold.
NAME = re.compile(r"[\w.-]{1,100}\Z")
LARGEST, MOST_DRAWS = 2**63 - 1, 100_000
POLYGON, MULTIPOLYGON = 3, 6
NUMBERS = ("central", "low", "high", "imputed_share", "availability")
VARIANCES = ("var_measurement", "var_secrecy", "var_transfer")

# What a table or a declaration raises that is not what it should be.
NOT_UNDERSTOOD = (KeyError, TypeError, ValueError, AttributeError, DataError)
WORST = 3  # how many sentences a refusal shows
BATCH = 2_000
LOCK = ".lock"
DIGEST, HIDDEN = re.compile(r"[0-9a-f]{64}"), re.compile(r"\.[0-9a-f]{12}\.[0-9a-f]{32}")


class AlreadyImported(LaboError):
    """A release that is here already."""


def import_release(folder: Path, *, received_on: dt.date | None = None) -> Release:
    """Verify a release, copy its folder and make its rows.

    `received_on` is the day its team received it; today where it is not said.

    Raises:
        LaboError: it is damaged, of another format, tells too much, or is here already; nothing
            was then written.
    """
    found = engine.read(folder)
    digest = hashlib.sha256((folder / engine.MANIFEST).read_bytes()).hexdigest()
    with _alone(Path(settings.RELEASES)) as lock:
        if Release.objects.filter(digest=digest).exists():
            raise AlreadyImported(f"{folder} is imported already: it is release {digest[:12]}.")
        if wrong := _wrong(found):
            more = f" (and {len(wrong) - WORST} more)" if len(wrong) > WORST else ""
            raise DamagedRelease(f"{folder} is not imported. {' '.join(wrong[:WORST])}{more}")
        return _imported(found, digest, received_on or dt.date.today(), lock)  # noqa: DTZ011


@contextmanager
def _alone(releases: Path) -> Iterator[IO[str]]:
    """Let one import at a time work, and take away what one that died had left.

    The file that keeps others out says which release is about to have its name: nobody reads it
    before its rows are there.
    """
    releases.mkdir(parents=True, exist_ok=True)
    with (releases / LOCK).open("a+", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        digest = lock.read(64)
        if DIGEST.fullmatch(digest) and not Release.objects.filter(digest=digest).exists():
            _hide(releases / digest)
        lock.truncate(0)
        for path in releases.iterdir():
            if HIDDEN.fullmatch(path.name):
                shutil.rmtree(path, ignore_errors=True)
        yield lock


def _hide(kept: Path) -> Path:
    """Take the name of a release from a folder, at once: what has it is always all of it."""
    hidden = kept.with_name(f".{kept.name[:12]}.{uuid.uuid4().hex}")
    return kept.replace(hidden) if kept.exists() else hidden


def _imported(found: engine.Release, digest: str, received_on: dt.date, lock: IO[str]) -> Release:
    """Copy the folder of a release and make its rows; nobody else does so meanwhile."""
    kept = Path(settings.RELEASES) / digest
    shutil.rmtree(_hide(kept), ignore_errors=True)
    part = kept.with_name(f".{digest[:12]}.{uuid.uuid4().hex}")
    try:
        shutil.copytree(found.folder, part)
        for path in (*part.rglob("*"), part):
            whole.sync(path)
        with transaction.atomic():
            try:
                made = _rows(found, digest, received_on)
            except NOT_UNDERSTOOD as error:
                why = f"{found.folder} is not imported: {error!r:.200} stops it."
                raise DamagedRelease(why) from error
            lock.write(digest)
            lock.flush()
            os.fsync(lock.fileno())
            part.replace(kept)
            whole.sync(kept.parent)
    finally:
        # The folder that has its name stays: a database that is cut off at its last word may have
        # kept the rows. If it has not, the next import takes the folder away.
        shutil.rmtree(part, ignore_errors=True)
    lock.truncate(0)
    return made


def _wrong(found: engine.Release) -> list[str]:
    """Return what stands against importing, whatever the manifest and the tables hold."""
    try:
        # Tables are looked at once they are the files that the manifest names.
        return _wrong_manifest(found.manifest) or checking.check(found) or _wrong_tables(found)
    except KeyError as error:
        return [f"It lacks {error}."]
    except (TypeError, ValueError, AttributeError) as error:
        return [f"It cannot be understood ({error})."]


def _wrong_manifest(manifest: Mapping[str, Any]) -> list[str]:
    """Return what the manifest lacks of what pages say."""
    about = manifest["territory"]
    texts = {
        "code of its territory": (about["code"], 20),
        "name of its territory": (about["name"], 200),
        "version": (manifest["code_version"], 40),
        "generations": (", ".join(manifest["generations"]), 10),
    }
    wrong = [
        f"The {name} is too long: {len(text)} characters, and {most} is the most."
        for name, (text, most) in texts.items()
        if len(text) > most
    ]
    for name, (text, _) in texts.items():
        if not isinstance(text, str) or not text or "\0" in text:
            wrong.append(f"Its manifest does not say the {name}: {text!r}.")
    if not _named(about["code"]):
        wrong.append(f"{about['code'][:40]!r} is not the code of a territory.")
    for name, most in (("seed", LARGEST), ("draws", MOST_DRAWS)):
        number = manifest[name]
        if type(number) is not int or not 0 <= number <= most:
            wrong.append(f"Its {name} is {str(number)[:40]}: it goes from 0 to {most}.")
    return wrong


def _named(code: object) -> bool:
    """Return whether something can stand in an address: `labo_web.urls.CodeConverter`."""
    return isinstance(code, str) and NAME.match(code) is not None


def _wrong_tables(found: engine.Release) -> list[str]:
    """Return what tables hold that no page could show."""
    places, values = found.places, found.values
    declared = [*found.catalogue["indicators"], *found.partner_indicators]
    names = [x["id"] for x in declared]
    wrong = [
        f"{str(name)[:40]!r} is not the name of {what}."
        for what, codes in (("a zone", places["zone"]), ("an indicator", names))
        for name in codes
        if not _named(name)
    ]
    for what, column in (("zone", list(places["zone"])), ("indicator", names)):
        wrong += [f"The {what} {name!r} is there twice." for name in _twice(column)]
    kinds = sorted(set(places["kind"]) - set(KINDS))
    wrong += [f"{str(kind)[:40]!r} is not a kind of zone." for kind in kinds]
    unknown = sorted(set(values["indicator"]) - set(names))
    wrong += [f"Values are given of {name[:40]!r}, which is not declared." for name in unknown]
    shapes = np.asarray(places.geometry)
    polygons = np.isin(shapely.get_type_id(shapes), (POLYGON, MULTIPOLYGON))
    outlined = polygons & ~shapely.is_empty(shapes) & shapely.is_valid(shapes)
    wrong += [f"The outline of {zone} cannot be drawn." for zone in places["zone"][~outlined]]
    numbers = values[[*NUMBERS, *VARIANCES]].to_numpy(dtype=float)
    endless = values["zone"][np.isinf(numbers).any(axis=1)]
    wrong += [f"A value of {zone} is infinite." for zone in sorted(set(endless))]
    return wrong


def _twice(names: list[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _checked(rows: list[M]) -> list[M]:
    """Return rows whose texts a database can hold.

    Raises:
        DamagedRelease: a text is too long, or holds a null character.
    """
    fields = [f for f in rows[0]._meta.concrete_fields if f.max_length] if rows else []
    for field in fields:
        for row in rows:
            text = getattr(row, field.attname)
            if len(text) > (field.max_length or 0) or "\0" in text:
                raise DamagedRelease(
                    f"{field.verbose_name} {text[:40]!r}… is too long or is not a text: "
                    f"{len(text)} characters, and {field.max_length} is the most."
                )
    return rows


def _rows(found: engine.Release, digest: str, received_on: dt.date) -> Release:
    manifest = found.manifest
    about = manifest["territory"]
    territory, _ = Territory.objects.get_or_create(
        code=about["code"], defaults={"name": about["name"]}
    )
    places = found.places
    west, south, east, north = (float(x) for x in places.total_bounds)
    made = Release.objects.create(
        territory=territory,
        digest=digest,
        generation=", ".join(manifest["generations"]),
        code_version=manifest["code_version"],
        seed=manifest["seed"],
        draws=manifest["draws"],
        fictive=FICTIVE in about["name"],
        team_only=not found.public,
        sources=_sources(found),
        notices=manifest["notices"],
        west=west,
        south=south,
        east=east,
        north=north,
    )
    zones = _zones(made, found)
    values = found.values
    present = values[values["zone"].isin(places["zone"])]
    indicators = _indicators(made, found, present)
    gaps = dict(_gaps(found, present))
    Value.objects.bulk_create(
        _checked([_value(row, zones, indicators, gaps) for row in _records(present)]),
        batch_size=BATCH,
    )
    _cells(found, indicators)
    Decision.objects.create(
        release=made,
        circle=Circle.TEAM,
        decided_on=received_on,
        note="Importée et vérifiée.",
    )
    return made


def _sources(found: engine.Release) -> list[dict[str, Any]]:
    pages = {s["id"]: s.get("page", "") for s in found.catalogue["sources"]}
    kept = ("id", "label", "producer", "licence", "vintage", "partial_coverage", "sha256")
    return [
        {name: s[name] for name in kept} | {"page": pages.get(s["id"], "")}
        for s in found.manifest["sources"]
    ]


def _zones(made: Release, found: engine.Release) -> dict[str, Zone]:
    rows = []
    places = found.places
    shapes = shapely.set_precision(np.asarray(places.geometry), DECIMALS)
    for row, shape in zip(_records(places.drop(columns="geometry")), shapes, strict=True):
        west, south, east, north = shape.bounds
        rows.append(
            Zone(
                release=made,
                code=row["zone"],
                kind=row["kind"],
                name=row["name"],
                communes=[code for code in row["communes"].split(",") if code],
                npnru=row.get("npnru", ""),
                geometry=shapely.to_geojson(shape),
                west=west,
                south=south,
                east=east,
                north=north,
            )
        )
    return {zone.code: zone for zone in Zone.objects.bulk_create(_checked(rows), batch_size=BATCH)}


def _indicators(made: Release, found: engine.Release, values: pd.DataFrame) -> dict[str, Indicator]:
    known = values[(values["scenario"] == PRESENT) & values["central"].notna()]
    # A whole agglomeration has more residents than any axis of neighbourhoods can hold.
    ends = known.groupby("indicator")["central"].agg(["min", "max"])
    layers = {x["id"]: x for x in found.catalogue["layers"]}
    declared = [*found.catalogue["indicators"], *map(_from_partner, found.partner_indicators)]
    rows = [
        Indicator(
            release=made,
            name=x["id"],
            position=position,
            label=x["label"],
            unit=x["unit"],
            component=x["component"],
            direction=x["direction"],
            hazards=x["hazards"],
            reading=x["reading"],
            reference=x["reference"],
            definition=x["definition"],
            formula=x["formula"],
            sources=x["sources"],
            environment=_is_environment(x, layers),
            lowest=float(ends["min"][x["id"]]) if x["id"] in ends.index else None,
            highest=float(ends["max"][x["id"]]) if x["id"] in ends.index else None,
        )
        for position, x in enumerate(declared)
    ]
    return {
        row.name: row for row in Indicator.objects.bulk_create(_checked(rows), batch_size=BATCH)
    }


def _from_partner(x: Mapping[str, Any]) -> dict[str, Any]:
    """Return a partner's measure as an indicator: read for itself, it makes nobody vulnerable."""
    return {
        "id": x["id"],
        "label": x["label"],
        "unit": x["unit"],
        "component": PARTNER,
        "direction": 1,
        "hazards": ["all"],
        "reading": "Ici : {value}.",
        "reference": f"fichier de {x['partner']}",
        "definition": f"Donné par {x['partner']} pour : {x['purpose']}. {x['licence']}.",
        "formula": "",
        "sources": [],
        "layers": [],
    }


def _is_environment(x: Mapping[str, Any], layers: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return whether an indicator is made of ground and air only: no count of people in it."""
    return x["component"] in ("hazard", "adaptive_capacity") and all(
        layers[name]["carried"] == "OnGround"
        or (layers[name]["kind"] == "field" and layers[name]["carried"] in ("AtHomes", "Walk"))
        for name in x["layers"]
    )


def _gaps(
    found: engine.Release, values: pd.DataFrame
) -> Iterator[tuple[tuple[str, str], tuple[float, float, float]]]:
    """Give the gap to the agglomeration by (zone, indicator), from paired draws."""
    places = found.places
    wholes = set(places.loc[places["kind"] == "epci", "zone"])
    now = values[(values["scenario"] == PRESENT) & values["central"].notna()]
    keys = zip(now["zone"].astype(str), now["indicator"].astype(str), strict=True)
    central = dict(zip(keys, now["central"].tolist(), strict=True))
    draws = found.draws
    here = draws[draws["scenario"] == PRESENT]
    keys = zip(here["zone"].astype(str), here["indicator"].astype(str), strict=True)
    rows = (np.asarray(row, dtype=np.float64)[None, :] for row in here["values"])
    drawn = dict(zip(keys, rows, strict=True))
    one = np.ones((1, found.manifest["draws"]))
    for zone, indicator in drawn:
        whole = next(((w, indicator) for w in wholes if (w, indicator) in drawn), None)
        if whole is None or zone in wholes or (zone, indicator) not in central:
            continue
        inside, rest = (
            Group(np.array([central[key]]), one[:, 0], drawn[key], one)
            for key in ((zone, indicator), whole)
        )
        between = gap(inside, rest)
        yield (zone, indicator), (between.central, between.low, between.high)


def _value(
    row: Mapping[str, Any],
    zones: Mapping[str, Zone],
    indicators: Mapping[str, Indicator],
    gaps: Mapping[tuple[str, str], tuple[float, float, float]],
) -> Value:
    numbers = {name: _number(row[name]) for name in NUMBERS}
    numbers |= {name: _number(row[f"var_{name[4:]}"]) for name in VARIANCES}
    between = (None, None, None)
    if row["scenario"] == PRESENT:
        between = gaps.get((row["zone"], row["indicator"]), between)  # type: ignore[assignment]
    return Value(
        zone=zones[row["zone"]],
        indicator=indicators[row["indicator"]],
        scenario=row["scenario"],
        horizon=row["horizon"],
        n_cells=row["n_cells"],
        method=row["method"],
        reason=row["reason"],
        **numbers,
        **dict(zip(("gap", "gap_low", "gap_high"), between, strict=True)),
    )


def _records(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in table.columns]
    for row in table.itertuples(index=False, name=None):
        yield dict(zip(names, row, strict=True))


def _number(x: Any) -> float | None:
    """Return a number that a database holds: missing stays missing."""
    return None if x is None or not math.isfinite(x) else float(x)


def _cells(found: engine.Release, indicators: Mapping[str, Indicator]) -> None:
    zones = found.zones
    cells = zones.loc[zones["kind"] == "cell", "zone"]
    values = found.values
    here = values[values["zone"].isin(cells) & values["central"].notna()]
    CellValues.objects.bulk_create(
        CellValues(
            indicator=indicators[str(name)],
            content=json.loads(
                json.dumps(dict(zip(rows["zone"], rows["central"].round(5), strict=True)))
            ),
        )
        for name, rows in here.groupby("indicator")
    )
