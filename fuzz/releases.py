"""A release that somebody hands on: its manifest, its catalogue, its tables; checked and imported."""

import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

from fuzz import Entry, Try
from fuzz.draws import FLOATS, INTEGERS, NUMBERS, WORDS, Draws, changed_bytes
from fuzz.samples import MOST_CHANGES, Json
from labo.errors import LaboError

RELEASE = "release"


def prepared(shared: Path) -> Path:
    """Return a release of the small town, made where it is not yet."""
    folder = shared / RELEASE
    if not folder.exists():
        from fuzz.sources import prepared as mirror
        from labo import release
        from labo.diagnosis import diagnose
        from labo.mirror import open_mirror

        done = diagnose(open_mirror(mirror(shared)), "ville-temoin", draws=20, tell=lambda _: None)
        release.write(done, folder)
    return folder


class Parquet:
    """A table: a column becomes another, is lost, or holds what it should not."""

    def __init__(self, content: bytes) -> None:
        import pyarrow.parquet as pq

        self.content = content
        self.table = pq.read_table(io.BytesIO(content)).slice(0, 60)

    def changed(self, draws: Draws) -> bytes:
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = self.table
        for _ in range(MOST_CHANGES):
            if not draws.more:
                break
            if not table.num_columns:
                break
            at = draws.below(table.num_columns)
            name = table.column_names[at]
            match draws.below(9):
                case 0:
                    table = table.remove_column(at)
                case 1:
                    table = table.rename_columns(
                        [draws.text(x) if i == at else x for i, x in enumerate(table.column_names)]
                    )
                case 2:
                    values: list[Any] = [draws.pick(FLOATS)] * table.num_rows
                    table = table.set_column(at, name, pa.array(values, pa.float64()))
                case 3:
                    texts = [draws.pick(WORDS).encode(errors="replace").decode()] * table.num_rows
                    table = table.set_column(at, name, pa.array(texts))
                case 4:
                    table = table.set_column(at, name, pa.nulls(table.num_rows))
                case 5:
                    table = pa.concat_tables([table, table])
                case 6:
                    table = table.slice(0, draws.below(60))
                case 7:
                    out = io.BytesIO()
                    pq.write_table(table, out)
                    return changed_bytes(draws, out.getvalue())
                case _:
                    values = table.column(at).to_pylist()
                    if values:
                        values[draws.below(len(values))] = draws.pick(
                            (draws.pick(FLOATS), None, draws.pick(NUMBERS), draws.pick(INTEGERS))
                        )
                        try:
                            made = pa.array(values, table.column(at).type)
                        except (pa.ArrowException, OverflowError, TypeError, ValueError):
                            continue
                        table = table.set_column(at, name, made)
        out = io.BytesIO()
        pq.write_table(table, out)
        return out.getvalue()


def _changing(folder: Path, shared: Path) -> tuple[Path, Any]:
    """Return the folder of a release, and what changes one of its files or its manifest."""
    source, here = prepared(shared), folder / "release"
    shutil.copytree(source, here)
    tables = sorted(x.name for x in source.glob("*.parquet"))
    samples: dict[str, Any] = {name: Parquet((source / name).read_bytes()) for name in tables}
    samples["catalogue.json"] = Json((source / "catalogue.json").read_bytes())
    manifest = (source / "manifest.json").read_bytes()
    about = Json(manifest)
    names = [*tables, "catalogue.json", "manifest.json"]
    sound = {name: (source / name).read_bytes() for name in [*names, "cells.pmtiles"]}

    def change(given: bytes) -> None:
        for name, content in sound.items():
            if (here / name).read_bytes() != content:
                (here / name).write_bytes(content)
        draws = Draws(given)
        if not draws.more:
            return
        name = draws.pick(names)
        if name == "manifest.json":
            (here / name).write_bytes(about.changed(draws))
            return
        content = samples[name].changed(draws)
        (here / name).write_bytes(content)
        told = json.loads(manifest)
        told["files"][name] = hashlib.sha256(content).hexdigest()
        (here / "manifest.json").write_text(json.dumps(told), encoding="utf-8")

    return here, change


def _check(folder: Path, shared: Path) -> Try:
    from labo import checking, release

    here, change = _changing(folder, shared)

    def attempt(given: bytes) -> None:
        change(given)
        checking.check(release.read(here))

    return attempt


def _import(folder: Path, shared: Path) -> Try:
    from fuzz.site import configured, migrated, undone

    configured()
    migrated(shared)
    from django.conf import settings

    from labo_web.releases.importing import import_release
    from labo_web.releases.models import Release

    here, change = _changing(folder, shared)

    def attempt(given: bytes) -> None:
        change(given)
        with undone():
            Release.objects.all().delete()
            import_release(here)
        shutil.rmtree(settings.RELEASES, ignore_errors=True)

    return attempt


WATCHED = ("labo.release", "labo.checking", "labo.soundness")
ENTRIES = [
    Entry(name="release_check", prepare=_check, refusals=(LaboError,), watched=WATCHED, runs=5_000),
    Entry(
        name="release_import",
        prepare=_import,
        refusals=(LaboError,),
        watched=(*WATCHED, "labo_web.releases.importing"),
    ),
]
