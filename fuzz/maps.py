"""Maps as samples: GeoPackages, which are databases, and images."""

import sqlite3
import struct
import warnings
from typing import Any

import shapely

from fuzz.contours import geometry
from fuzz.draws import FLOATS, INTEGERS, Draws, changed_bytes
from fuzz.samples import KEPT_ROWS, MOST_CHANGES


class GeoPackage:
    """A GeoPackage, which is a database."""

    def __init__(self, content: bytes) -> None:
        base = sqlite3.connect(":memory:")
        base.deserialize(content)
        for kind, name in base.execute(
            "SELECT type, name FROM sqlite_master WHERE type='trigger' OR name LIKE 'rtree_%'"
        ).fetchall():
            if kind == "trigger":
                base.execute(f'DROP TRIGGER "{name}"')
        for (name,) in base.execute(
            "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'"
        ).fetchall():
            base.execute(f'DROP TABLE "{name}"')
        if base.execute("SELECT 1 FROM sqlite_master WHERE name='gpkg_extensions'").fetchone():
            base.execute("DELETE FROM gpkg_extensions WHERE extension_name='gpkg_rtree_index'")
        self.tables = [
            (name, column)
            for name, column in base.execute(
                "SELECT table_name, column_name FROM gpkg_geometry_columns"
            )
        ]
        for name, _ in self.tables:
            base.execute(
                f'DELETE FROM "{name}" WHERE rowid NOT IN '
                f'(SELECT rowid FROM "{name}" LIMIT {KEPT_ROWS})'
            )
        base.commit()
        base.execute("VACUUM")
        self.content = base.serialize()
        self.columns = {
            name: [row[1] for row in base.execute(f'PRAGMA table_info("{name}")')]
            for name, _ in self.tables
        }
        base.close()

    def changed(self, draws: Draws) -> bytes:
        if not draws.more:
            return self.content
        base = sqlite3.connect(":memory:")
        try:
            base.deserialize(self.content)
            for _ in range(MOST_CHANGES):
                if not draws.more:
                    break
                if draws.below(10) == 9:
                    base.commit()
                    return changed_bytes(draws, base.serialize())
                try:
                    self._change(draws, base)
                except (sqlite3.Error, OverflowError):
                    continue
            base.commit()
            return base.serialize()
        finally:
            base.close()

    def _change(self, draws: Draws, base: sqlite3.Connection) -> None:
        name, shape = draws.pick(self.tables)
        column = draws.pick([x for x in self.columns[name] if x not in (shape, "fid")] or ["fid"])
        one = draws.below(2) == 0
        where = (
            f'WHERE rowid = (SELECT rowid FROM "{name}" LIMIT 1 OFFSET {draws.below(KEPT_ROWS)})'
            if one
            else ""
        )
        match draws.below(14):
            case 0 | 1 | 2:
                base.execute(f'UPDATE "{name}" SET "{column}" = ? {where}', (_cell(draws),))
            case 3 | 4 | 5:
                blob = _blob(draws, base, name, shape)
                base.execute(f'UPDATE "{name}" SET "{shape}" = ? {where}', (blob,))
            case 6:
                base.execute(f'DELETE FROM "{name}" {where}')
            case 7:
                new = draws.text(column).replace('"', "").replace("\0", "")
                base.execute(f'ALTER TABLE "{name}" RENAME COLUMN "{column}" TO "{new}"')
            case 8:
                base.execute(f'ALTER TABLE "{name}" DROP COLUMN "{column}"')
            case 9:
                srs = draws.pick((0, -1, 4326, 2154, 3035, 3857, 99_999))
                base.execute("UPDATE gpkg_geometry_columns SET srs_id = ?", (srs,))
                base.execute("UPDATE gpkg_contents SET srs_id = ?", (srs,))
            case 10:
                kind = draws.pick(("POINT", "LINESTRING", "GEOMETRY", "CURVEPOLYGON", "x"))
                base.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = ?", (kind,))
            case 11:
                columns = ", ".join(f'"{x}"' for x in self.columns[name] if x != "fid")
                base.execute(f'INSERT INTO "{name}" ({columns}) SELECT {columns} FROM "{name}"')
            case 12:
                base.execute(
                    "UPDATE gpkg_contents SET min_x = ?, max_y = ?",
                    (draws.pick(FLOATS), draws.pick(FLOATS)),
                )
            case _:
                base.execute(
                    "DELETE FROM "
                    + draws.pick(("gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"))
                )


def _cell(draws: Draws) -> Any:
    match draws.below(5):
        case 0:
            return draws.pick(FLOATS)
        case 1:
            return draws.pick([x for x in INTEGERS if -(2**63) <= x < 2**63])
        case 2:
            return None
        case 3:
            return b"\0\xff"
        case _:
            return draws.text()


def _blob(draws: Draws, base: sqlite3.Connection, table: str, column: str) -> bytes | None:
    row = base.execute(f'SELECT "{column}" FROM "{table}" LIMIT 1').fetchone()
    if row is None or row[0] is None:
        return b""
    blob: bytes = row[0]
    size = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}.get(blob[3] >> 1 & 7, 0) if len(blob) > 3 else 0
    head, wkb = blob[: 8 + size], blob[8 + size :]
    match draws.below(6):
        case 0:
            return None
        case 1:
            return changed_bytes(draws, blob)
        case 2:
            return head + changed_bytes(draws, wkb)
        case 3:
            # So many rings that nobody could hold them.
            return head + struct.pack("<BII", 1, 3, draws.pick((0, 1, 2**20, 2**31, 2**32 - 1)))
        case _:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    like = shapely.from_wkb(wkb)
                    new = geometry(draws, like)
                except (shapely.GEOSException, ValueError, AttributeError):
                    return head
            return head[:3] + b"\x01" + head[4:8] + shapely.to_wkb(new)


class Tiff:
    """An image: its head, where tags are, more often than its pixels."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def changed(self, draws: Draws) -> bytes:
        content = self.content
        for _ in range(MOST_CHANGES):
            if not draws.more:
                break
            start = struct.unpack("<I", content[4:8])[0] if len(content) > 8 else 0
            match draws.below(4):
                case 0 | 1 if start + 14 < len(content):
                    # A tag of the directory: its number, kind, count or value.
                    at = start + 2 + 12 * draws.below(20)
                    field = draws.pick((0, 2, 4, 8))
                    new = struct.pack("<I", draws.pick([x for x in INTEGERS if 0 <= x < 2**32]))
                    new = new[: 2 if field < 4 else 4]
                    content = content[: at + field] + new + content[at + field + len(new) :]
                case 2:
                    at = draws.below(600)
                    content = content[:at] + bytes((draws.byte(),)) + content[at + 1 :]
                case _:
                    content = changed_bytes(draws, content)
        return content
