"""What must hold after any fault: read from the database and the disk, against what was told.

Each function gives a sentence for each thing that does not hold. Nothing here writes.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench._faults_people import Ledger, Scene

# What is being made has such a name; nobody is at work when these are looked for.
UNFINISHED = (".*", "*.part", "*.part-*", "*.tmp")
# Of Git and of other tools: none of ours.
ALLOWED = {".lock"}


def violations(scene: Scene, ledger: Ledger, *, tidy: bool) -> Iterator[str]:
    """Give what does not hold; `tidy` also asks that nothing unfinished lies about.

    A process that was killed leaves what it was making; the next one that does the same takes it
    away, and `tidy` is asked after that one.
    """
    yield from ledger.wrong
    yield from whole_database()
    yield from words(scene, ledger)
    yield from votes(scene, ledger)
    yield from files_of_words()
    yield from sheets(ledger)
    yield from releases(ledger)
    if tidy:
        yield from unfinished()


def whole_database() -> Iterator[str]:
    """Every reference leads to a row, and the file of SQLite is sound."""
    from django.apps import apps
    from django.db import connection
    from django.db.models import ForeignKey

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            if (found := cursor.fetchall()) != [("ok",)]:
                yield f"the database is damaged: {found[:3]}"
            cursor.execute("PRAGMA foreign_key_check")
            yield from (f"a row leads nowhere: {row}" for row in cursor.fetchall())
        return
    for model in apps.get_models(include_auto_created=True):
        for key in model._meta.concrete_fields:
            if not isinstance(key, ForeignKey):
                continue
            to = key.target_field.model
            quote = connection.ops.quote_name
            here, there = quote(model._meta.db_table), quote(to._meta.db_table)
            target = quote(str(key.target_field.column))
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT COUNT(*) FROM {here} a LEFT JOIN {there} b "  # noqa: S608
                    f"ON a.{quote(key.column)} = b.{target} "
                    f"WHERE a.{quote(key.column)} IS NOT NULL AND b.{target} IS NULL"
                )
                (lost,) = cursor.fetchone()
            if lost:
                yield f"{lost} rows of {here} lead nowhere by {key.column}"


def words(scene: Scene, ledger: Ledger) -> Iterator[str]:
    """What was said and acknowledged is there, once, as it was said; nothing else is."""
    from labo_web.workshops.models import Contribution

    rows = Contribution.objects.exclude(number__in=scene.shown)
    found = list(rows.values_list("client_id", "number", "text", "kind"))
    stored = {str(c): (n, t, k) for c, n, t, k in found}
    if len(stored) != len(found):
        yield f"{len(found) - len(stored)} contributions are there twice"
    for sent, (number, text, photo) in ledger.words.items():
        if sent not in stored:
            yield f"a contribution is lost: {number}, {text[-8:]}"
            continue
        told = stored[sent]
        if (told[0], told[1]) != (number, text):
            yield f"a contribution is not as it was acknowledged: {number}, {told[:2]}"
        if photo and told[2] != "photo":
            yield f"the contribution {number} came with a photo, and is kept as {told[2]}"
    if strange := stored.keys() - ledger.sent:
        yield f"{len(strange)} contributions were never sent"


def votes(scene: Scene, ledger: Ledger) -> Iterator[str]:
    """Votes and stances are those of the last acknowledgement, one for each person.

    Who put which is not known, by design: all those of a question are compared as a whole.
    """
    from labo_web.workshops.models import Ballot, Reaction

    mine = Counter(json.dumps(v, sort_keys=True) for v in ledger.votes.values())
    rows = Ballot.objects.filter(question=scene.dots).values_list("content", flat=True)
    theirs = Counter(json.dumps(v, sort_keys=True) for v in rows)
    if mine != theirs:
        yield f"votes are not as acknowledged: {mine - theirs} lost, {theirs - mine} too many"
    said = Counter((number, stance) for (_, number), stance in ledger.stances.items())
    kept = Counter(Reaction.objects.values_list("contribution__number", "stance"))
    if said != kept:
        yield f"stances are not as acknowledged: {said - kept} lost, {kept - said} too many"


def files_of_words() -> Iterator[str]:
    """A row that names a photo has it, whole; a photo that came is named."""
    from PIL import Image

    from labo_web.workshops.models import Contribution, Medium

    for medium in Medium.objects.exclude(name=""):
        if not medium.path.is_file():
            yield f"the photo {medium.name} is lost"
        elif medium.path.stat().st_size != medium.size:
            yield f"the photo {medium.name} is not whole"
        else:
            with Image.open(medium.path) as photo:
                photo.load()
    without = Contribution.objects.filter(kind="photo", media=None).count()
    if without:
        yield f"{without} contributions lost their photo"


def sheets(ledger: Ledger) -> Iterator[str]:
    """The history of each sheet is an unbroken chain that ends in what the sheet says."""
    from labo_web.roadmaps.models import Action, Change
    from labo_web.roadmaps.saving import TABLES, flat, rows_of

    written: dict[int, set[str]] = {}
    for action in Action.objects.all():
        changes = list(Change.objects.filter(action=action).order_by("version", "pk"))
        numbers = sorted({c.version for c in changes})
        if numbers and numbers != list(range(numbers[0], action.version + 1)):
            yield f"{action.number_shown} has version {action.version} and changes {numbers[-3:]}"
        here = written.setdefault(action.number, set())
        by_field: dict[str, list[Any]] = {}
        for change in changes:
            by_field.setdefault(change.field, []).append(change)
        for name, chain in by_field.items():
            for old, new in pairwise(chain):
                if old.after != new.before:
                    yield f"{action.number_shown}: {name} of version {new.version} was lost"
            now = rows_of(action, name) if name in TABLES else flat(getattr(action, name))
            if now != chain[-1].after:
                yield f"{action.number_shown}: {name} is not what its history ends with"
        for change in by_field.get("objective", []):
            if change.after in here:
                yield f"{action.number_shown}: « {change.after} » was written twice"
            here.add(change.after)
        for change in by_field.get("steps", []):
            labels = [row["label"] for row in change.after]
            if len(set(labels)) != len(labels):
                yield f"{action.number_shown}: a step is there twice in version {change.version}"
            here.update(labels)
    for kept in (ledger.texts, ledger.steps):
        for sheet, texts in kept.items():
            for text in set(texts) - written.get(sheet, set()):
                yield f"A-{sheet}: « {text} » was acknowledged and is lost"


def releases(ledger: Ledger) -> Iterator[str]:
    """A release is all of its rows and all of its files, or none of them."""
    from django.conf import settings

    from labo import release as engine
    from labo import soundness
    from labo_web.releases.models import CellValues, Decision, Indicator, Release, Value, Zone

    here = {r.digest: r for r in Release.objects.all()}
    yield from (f"the release {d[:12]} was imported and is lost" for d in ledger.releases - {*here})
    root = Path(settings.RELEASES)
    folders = (
        {p.name for p in root.iterdir() if not p.name.startswith(".")} if root.is_dir() else set()
    )
    yield from (f"the release {digest[:12]} has no folder" for digest in here.keys() - folders)
    for digest in sorted(folders):
        folder = root / digest
        manifest = folder / engine.MANIFEST
        if not manifest.is_file():
            yield f"the folder of {digest[:12]} is half a release"
            continue
        if hashlib.sha256(manifest.read_bytes()).hexdigest() != digest:
            yield f"the folder of {digest[:12]} is another release"
            continue
        found = engine.read(folder)
        for text in soundness.damage(
            folder, found.manifest["files"], found.wanted, engine.MANIFEST
        ):
            yield f"the folder of {digest[:12]}: {text}"
        if (row := here.get(digest)) is None:
            continue
        counts = (
            Zone.objects.filter(release=row).count(),
            Value.objects.filter(zone__release=row).count(),
            Indicator.objects.filter(release=row).count(),
            CellValues.objects.filter(indicator__release=row).count(),
            Decision.objects.filter(release=row).count(),
        )
        if counts != (wanted := _counts(found)):
            yield f"the release {digest[:12]} is half there: {counts} rows for {wanted}"


_KNOWN: dict[str, tuple[int, ...]] = {}


def _counts(found: Any) -> tuple[int, ...]:
    """Return how many rows a release makes: zones, values, indicators, cells, decisions."""
    digest = found.folder.name
    if digest not in _KNOWN:
        places, values = found.places, found.values
        cells = found.zones.loc[found.zones["kind"] == "cell", "zone"]
        by_cell = values[values["zone"].isin(cells) & values["central"].notna()]
        declared = [*found.catalogue["indicators"], *found.partner_indicators]
        present = values[values["zone"].isin(places["zone"])]
        _KNOWN[digest] = (
            len(places), len(present), len(declared), by_cell["indicator"].nunique(), 1,
        )  # fmt: skip
    return _KNOWN[digest]


def unfinished() -> Iterator[str]:
    """Nothing that was being made is left, nor any release that nobody imported."""
    from django.conf import settings

    from labo_web.releases.models import Release

    data, root = Path(settings.DATA), Path(settings.RELEASES)
    for pattern in UNFINISHED:
        for path in sorted({*data.glob(pattern), *root.glob(pattern)}):
            if path.name not in ALLOWED:
                yield f"{path.relative_to(data)} was left unfinished"
    if root.is_dir():
        known = set(Release.objects.values_list("digest", flat=True))
        for path in root.iterdir():
            if not path.name.startswith(".") and path.name not in known:
                yield f"the folder {path.name[:12]} is of no release"
