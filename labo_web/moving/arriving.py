"""A whole territory comes out of an archive, with other numbers where its own are taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from labo_web import withdrawals
from labo_web.moving import tables
from labo_web.moving.archive import FOLDERS, BadArchive, Reader, opened, sha256_of
from labo_web.moving.belonging import (
    INSIDE,
    MATCHED,
    OF_TERRITORY,
    ORGANISATION,
    PERSON,
    SIGNATURE,
)
from labo_web.moving.leaving import KIND, fingerprint, rows_of_territory
from labo_web.moving.replay import Replayed, replay
from labo_web.moving.restore import place, staged

TERRITORY = "accounts.territory"
# Numbers that people were told, and how they are said.
SAID = {"resources.resource": "R-", "resources.contradiction": "C-"}


@dataclass(frozen=True)
class Arrived:
    """What came of an import."""

    name: str
    # By table: how many rows the archive holds, and how many were written.
    rows: dict[str, tuple[int, int]]
    files: int
    people: int  # accounts that were made
    known: int  # people who were recognised by their address
    former: int  # people who were not: what they did stays, without a name
    # Public numbers that were taken here: (as it was, as it is).
    renamed: list[tuple[str, str]]
    replayed: Replayed


def unpack(path: Path, journal: Path | None = None) -> Arrived:
    """Write a territory into this installation.

    Raises:
        BadArchive: the archive is not whole, of another version, or the territory is here already;
            nothing was changed.
        OSError: the disk is full; nothing was changed.
    """
    with opened(path, KIND) as archive:
        if journal is not None and not journal.is_file():
            raise BadArchive(f"Le journal des retraits {journal} n’existe pas.")
        try:
            lines = list(withdrawals.entries(journal)) if journal else []
            list(withdrawals.entries())
        except withdrawals.Damaged as error:
            raise BadArchive(str(error)) from error
        models = _models(archive)
        _refuse_files(archive)
        with staged(archive) as folder, transaction.atomic():
            arriving = _Arriving(archive, models)
            try:
                rows = arriving.write()
            except (DatabaseError, KeyError, TypeError, ValueError, AttributeError) as error:
                raise BadArchive(
                    f"{path} n’est pas cohérente ({error!r:.300}). Rien n’a été changé."
                ) from error
            place(folder, archive.files())
            withdrawals.adopt(lines)
            replayed = replay(list(withdrawals.entries()))
    cache.clear()
    about = archive.manifest["territory"]
    return Arrived(
        str(about["name"]), rows, len(archive.files()), arriving.people, arriving.known,
        arriving.former, arriving.renamed, replayed,
    )  # fmt: skip


def _models(archive: Reader) -> dict[str, tables.Model]:
    """Return the tables of an archive, once they are those of this version."""
    manifest = archive.manifest
    wrong = BadArchive(
        f"{archive.path} ne dit pas comme il faut ce qu’elle contient : ce n’est pas un territoire "
        "exporté par ce site."
    )
    here, about = tables.applied(), manifest.get("territory")
    if not here or not tables.is_current(here):
        raise BadArchive("La base n’est pas au schéma de cette version : lancez « migrate ».")
    if manifest.get("migrations") != here:
        raise BadArchive(
            f"{archive.path} vient de la version {str(manifest.get('code_version'))[:20]} du site "
            "et d’un autre schéma : mettez les deux installations à la même version, puis exportez "
            "de nouveau."
        )
    if not isinstance(about, dict) or not {"code", "name", "pk"} <= set(about):
        raise wrong
    models = {m._meta.label_lower: m for m in tables.models_at(here)}
    labels = {*OF_TERRITORY, *MATCHED} & set(models)
    columns = {label: [f.column for f in tables.fields_of(models[label])] for label in labels}
    rows, strangers, numbers = (manifest.get(n) for n in ("rows", "strangers", "numbers"))
    found = {name for name in archive.members if name.split("/")[0] not in FOLDERS}
    if (
        manifest.get("columns") != columns
        or not all(isinstance(x, dict) for x in (rows, strangers, numbers))
        or set(rows or ()) != labels
        or found != {f"tables/{label}.jsonl" for label in labels}
        or not all(type(n) is int for n in (numbers or {}).values())
        or not all(key.isdecimal() for key in strangers or ())
    ):
        raise wrong
    return {label: models[label] for label in sorted(labels)}


def _refuse_files(archive: Reader) -> None:
    """Refuse to write over a file that is here.

    The same file may be: an arrival that was killed at its last word had put it there.
    """
    data = Path(settings.DATA)
    for name in archive.files():
        path = data / name
        if path.exists() and sha256_of(path) != archive.members[name]["sha256"]:
            raise BadArchive(
                f"Le fichier {name} est déjà dans cette installation : ce territoire, ou une "
                "partie, y est. Rien n’a été changé."
            )


class _Arriving:
    """Writes the rows of a territory under numbers that are free."""

    def __init__(self, archive: Reader, models: dict[str, tables.Model]) -> None:
        self._archive, self._models = archive, models
        # By table: number in the archive -> number here; None where the row is not brought along.
        self._numbers: dict[str, dict[int, int | None]] = defaultdict(dict)
        self._last: dict[str, int] = {}
        self._known = False  # whether the territory was here, with nothing of it
        self.people = self.known = self.former = 0
        self.renamed: list[tuple[str, str]] = []

    def write(self) -> dict[str, tuple[int, int]]:
        """Write all tables; return, of each, how many rows there were and how many are written."""
        self._find_territory()
        own = [label for label in self._models if label not in MATCHED]
        here = tables.last_numbers([self._models[label] for label in own])
        # Numbers that were told there and are gone are not given to something else here.
        there: dict[str, int] = self._archive.manifest["numbers"]
        self._last = {label: max(here.get(label, 0), there.get(label, 0)) for label in own}
        self._match_organisations()
        self._match_people()
        self._match_signatures()
        for label in own:
            self._give_numbers(label)
        counts = {}
        for label in own:
            announced = self._archive.manifest["rows"][label]
            written = tables.load(self._models[label], self._rows(label))
            counts[label] = (announced, written)
        tables.number_on([self._models[label] for label in own], self._last)
        connection.check_constraints()
        return counts

    def _read(self, label: str) -> Iterator[tuple[dict[str, Any], int]]:
        model = self._models[label]
        names = [field.attname for field in tables.fields_of(model)]
        count = 0
        with self._archive.open(f"tables/{label}.jsonl") as file:
            for values, weight in tables.read(model, file):
                count += 1
                yield dict(zip(names, values, strict=True)), weight
        if count != self._archive.manifest["rows"][label]:
            raise BadArchive(f"{self._archive.path} n’a pas toutes les lignes de {label}.")

    def _find_territory(self) -> None:
        """Refuse a territory that is here, unless there is nothing of it: it is then this one."""
        about = self._archive.manifest["territory"]
        model = self._models[TERRITORY]
        known: Any = model._default_manager.filter(code=about["code"]).first()
        if known is None:
            return
        for label, other in self._models.items():
            if label in MATCHED or label == TERRITORY:
                continue
            if rows_of_territory(other, known.pk).exists():
                raise BadArchive(
                    f"Le territoire {about['code']} ({known.name}) est déjà ici, et il n’est pas "
                    f"vide ({label}). Rien n’a été changé."
                )
        self._numbers[TERRITORY][about["pk"]] = known.pk
        self._known = True

    def _match_organisations(self) -> None:
        """Find organisations by name and nature; make those that are not here."""
        manager = self._models[ORGANISATION]._default_manager
        for row, _ in self._read(ORGANISATION):
            old = row.pop("id")
            known: Any = manager.filter(name=row["name"]).first()
            if known is not None and known.kind != row["kind"]:
                raise BadArchive(
                    f"L’organisme « {row['name']} » est ici d’une autre nature ({known.kind}, et "
                    f"{row['kind']} dans l’archive) : corrigez l’une des deux, puis recommencez. "
                    "Rien n’a été changé."
                )
            self._numbers[ORGANISATION][old] = (known or manager.create(**row)).pk

    def _match_people(self) -> None:
        """Find people by their address; make those who have a role here; the others have left."""
        manager = self._models[PERSON]._default_manager
        for row, _ in self._read(PERSON):
            old = row.pop("id")
            same = Q(uuid=row["uuid"]) | Q(email__iexact=row["email"])
            known = manager.filter(same).order_by("pk").first()
            if known is None:
                row["organisation_id"] = self._numbers[ORGANISATION].get(row["organisation_id"])
                known = manager.create(**row)
                self.people += 1
            else:
                self.known += 1
            self._numbers[PERSON][old] = known.pk
        wanted: dict[str, str] = self._archive.manifest["strangers"]
        here = {}
        if wanted:
            for pk, email in manager.values_list("pk", "email").iterator():
                here[fingerprint(email)] = pk
        for old_number, digest in wanted.items():
            found = here.get(digest)
            self._numbers[PERSON][int(old_number)] = found
            self.known += found is not None
            self.former += found is None

    def _match_signatures(self) -> None:
        """Bring along the signatures of people who are here: as when somebody leaves."""
        manager = self._models[SIGNATURE]._default_manager
        for row, _ in self._read(SIGNATURE):
            old = row.pop("id")
            person = self._numbers[PERSON].get(row["person_id"])
            if person is None:
                self._numbers[SIGNATURE][old] = None
                continue
            row["person_id"] = person
            row["organisation_id"] = self._numbers[ORGANISATION].get(row["organisation_id"])
            made, _ = manager.get_or_create(**row)
            self._numbers[SIGNATURE][old] = made.pk

    def _give_numbers(self, label: str) -> None:
        """Keep the numbers of rows until one is taken here; it and all later ones move on together.

        Their order stays: the latest of several decisions is the one of the highest number.
        """
        manager = self._models[label]._default_manager
        given = self._numbers[label]
        if given:  # the territory that was here, with nothing of it
            return
        old = sorted(row["id"] for row, _ in self._read(label))
        taken: set[int] = set()
        if manager.exists():
            for start in range(0, len(old), 500):
                part = old[start : start + 500]
                taken |= set(manager.filter(pk__in=part).values_list("pk", flat=True))
        shift = 0
        for number in old:
            if number in taken and not shift:
                shift = self._last[label]
            given[number] = number + shift
            if shift and (said := SAID.get(label)):
                self.renamed.append((f"{said}{number}", f"{said}{number + shift}"))
        self._last[label] = max(self._last[label], *(n or 0 for n in given.values()), 0)

    def _rows(self, label: str) -> Iterable[tuple[tuple[Any, ...], int]]:
        """Give the rows of a table with the numbers of here."""
        fields = tables.fields_of(self._models[label])
        pointing = [
            (field.attname, field.related_model._meta.label_lower, field.null)  # type: ignore[union-attr]
            for field in fields
            if field.is_relation
        ]
        inside = INSIDE.get(label)
        for row, weight in self._read(label):
            row["id"] = self._numbers[label][row["id"]]
            if label == TERRITORY and self._known:
                continue
            alone = False
            for name, target, may_lack in pointing:
                if row[name] is None:
                    continue
                row[name] = self._renumber(target, row[name])
                if row[name] is None and not may_lack:
                    if target not in MATCHED:
                        raise BadArchive(
                            f"Une ligne de {label} tient à une ligne de {target} qui n’est pas "
                            "dans l’archive. Rien n’a été changé."
                        )
                    # It goes with the person, as when somebody leaves.
                    alone = True
            if alone:
                continue
            if inside is not None:
                inside(row, self._renumber)
            yield tuple(row[field.attname] for field in fields), weight

    def _renumber(self, label: str, number: Any) -> Any:
        """Return the number here of a row that had another one; None where it is not here."""
        return self._numbers[label].get(number)
