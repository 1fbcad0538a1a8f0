"""Sound files, and what becomes of them: a cell, a column, a contour, a name in an archive changes.

A sample gives the bytes of its file after the changes that an input says, always the same.
"""

import io
import json
import sqlite3
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from xml.sax.saxutils import escape

import shapely

from fuzz.draws import FLOATS, INTEGERS, NUMBERS, WORDS, Draws, changed_bytes

MOST_CHANGES = 8
KEPT_ROWS, MOST_ROWS = 12, 1_200
MANY_POINTS = 1_000_000
BOMB_BYTES = 80_000_000
Grid = list[list[str]]


class Sample(Protocol):
    """A file that can be changed."""

    def changed(self, draws: Draws) -> bytes:
        """Return the bytes of the file, changed as the input says."""
        ...


class Bytes:
    """A file of which only bytes are known."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def changed(self, draws: Draws) -> bytes:
        content = self.content
        for _ in range(MOST_CHANGES):
            if not draws.more:
                break
            content = changed_bytes(draws, content)
        return content


class Text:
    """A text of lines and words: a TOML, an XML, a program."""

    def __init__(self, content: str, hostile: Sequence[str] = ()) -> None:
        self.content, self.hostile = content, (*hostile, *WORDS)

    def changed(self, draws: Draws) -> bytes:
        lines = self.content.split("\n")
        for _ in range(MOST_CHANGES):
            if not draws.more:
                break
            at = draws.below(len(lines))
            line = lines[at]
            match draws.below(8):
                case 0:
                    del lines[at]
                    lines = lines or [""]
                case 1:
                    lines.insert(at, line)
                case 2:
                    lines.insert(at, draws.pick(self.hostile))
                case 3:
                    lines[at], other = lines[draws.below(len(lines))], line
                    lines[draws.below(len(lines))] = other
                case 4 | 5 if line:
                    words = line.replace('"', " ").split()
                    word = draws.pick(words) if words else line
                    lines[at] = line.replace(word, draws.text(word), 1)
                case 6 if "=" in line:
                    key, _, _ = line.partition("=")
                    lines[at] = f"{key}= {draws.pick(self.hostile)}"
                case _:
                    content = "\n".join(lines).encode(errors="replace")
                    return changed_bytes(draws, content)
        return "\n".join(lines).encode(errors="replace")


def changed_grid(draws: Draws, rows: Grid) -> Grid:
    """Return a table after one change."""
    rows = [list(row) for row in rows] or [[""]]
    at = draws.below(len(rows))
    wide = max(len(row) for row in rows) or 1
    column, other = draws.below(wide), draws.below(wide)
    match draws.below(12):
        case 0:
            for row in rows:
                del row[column : column + 1]
        case 1:
            for row in rows:
                row.extend(row[column : column + 1])
        case 2:
            for row in rows:
                if max(column, other) < len(row):
                    row[column], row[other] = row[other], row[column]
        case 3:
            del rows[at]
        case 4:
            rows.insert(at, list(rows[draws.below(len(rows))]))
        case 5:
            rows[0] = [draws.text(x) if i == column else x for i, x in enumerate(rows[0])]
        case 6:
            text = draws.text()
            for row in rows[1:]:
                row[column : column + 1] = [text]
        case 7:
            rows[at] = rows[at][: draws.below(wide)]
        case 8:
            rows[at] = rows[at] + [draws.text()] * (1 + draws.below(4))
        case _:
            # Most changes are of one cell.
            at = min(at, len(rows) - 1)
            if column < len(rows[at]):
                rows[at][column] = draws.text(rows[at][column])
    return rows


class Csv:
    """A table as a text with separators."""

    def __init__(self, rows: Sequence[Sequence[str]], separator: str = ";") -> None:
        self.rows: Grid = [list(row) for row in rows]
        self.separator = separator

    @classmethod
    def read(cls, content: bytes) -> "Csv":
        import csv

        text = content.decode("utf-8-sig", errors="replace")
        head = text.partition("\n")[0]
        separator = ";" if head.count(";") >= head.count(",") else ","
        rows = list(csv.reader(io.StringIO(text), delimiter=separator))
        return cls(rows[: KEPT_ROWS + 1], separator)

    def changed(self, draws: Draws) -> bytes:
        rows, separator, end, encoding = self.rows, self.separator, "\n", "utf-8"
        for _ in range(MOST_CHANGES):
            if not draws.more:
                break
            match draws.below(16):
                case 0:
                    separator = draws.pick((";", ",", "\t", "|", ""))
                case 1:
                    end = draws.pick(("\r\n", "\r", "\n\n", "\0", "\u2028"))
                case 2:
                    encoding = draws.pick(("utf-8-sig", "utf-16", "cp1252", "utf-7", "latin-1"))
                case 3:
                    content = self._text(rows, separator, end).encode(encoding, errors="replace")
                    return changed_bytes(draws, content)
                case 4:
                    rows = (rows * (2 + draws.below(60)))[:MOST_ROWS]
                case _:
                    rows = changed_grid(draws, rows)
        return self._text(rows, separator, end).encode(encoding, errors="replace")

    @staticmethod
    def _text(rows: Grid, separator: str, end: str) -> str:
        def cell(text: str) -> str:
            if any(mark in text for mark in ('"', "\n", "\r", separator or "\n")):
                return '"' + text.replace('"', '""') + '"'
            return text

        return end.join(separator.join(map(cell, row)) for row in rows) + end


def xlsx(
    rows: Sequence[Sequence[Any]], kinds: Mapping[tuple[int, int], str] | None = None
) -> dict[str, bytes]:
    """Return the members of a workbook, written by hand so that it can hold what no program writes."""
    kinds = kinds or {}
    lines = []
    for r, row in enumerate(rows):
        cells = []
        for c, value in enumerate(row):
            text = escape(str(value)).replace("\0", "")
            name = (chr(65 + c) if c < 26 else chr(64 + c // 26) + chr(65 + c % 26)) + str(r + 1)
            kind = kinds.get((r, c), "inlineStr")
            if kind == "inlineStr":
                cells.append(f'<c r="{name}" t="inlineStr"><is><t>{text}</t></is></c>')
            elif kind == "f":
                cells.append(f'<c r="{name}"><f>{text}</f><v>{text}</v></c>')
            else:
                style = ' s="1"' if kind == "date" else ""
                typed = f' t="{kind}"' if kind in ("b", "e", "s", "str", "d") else ""
                cells.append(f'<c r="{name}"{typed}{style}><v>{text}</v></c>')
        lines.append(f'<row r="{r + 1}">{"".join(cells)}</row>')
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    members = {
        "[Content_Types].xml": f'{head}<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/></Types>',
        "_rels/.rels": f'{head}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{head}<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{head}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'{head}<styleSheet xmlns="{main}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'{head}<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
    }
    return {name: text.encode(errors="replace") for name, text in members.items()}


class Xlsx:
    """A table as a workbook."""

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self.rows: Grid = [[str(x) for x in row] for row in rows]
        self.numbers = {
            (r, c): "n"
            for r, row in enumerate(self.rows)
            for c, x in enumerate(row)
            if r and x.replace(".", "", 1).isdigit() and not x.startswith("0")
        }

    def changed(self, draws: Draws) -> bytes:
        rows, kinds = self.rows, dict(self.numbers)
        for _ in range(MOST_CHANGES):
            if not draws.more or not rows:
                break
            match draws.below(10):
                case 0 | 1 | 2:
                    at = (draws.below(len(rows)), draws.below(max(1, len(rows[0]))))
                    kinds[at] = draws.pick(
                        ("n", "b", "e", "s", "str", "d", "f", "date", "inlineStr")
                    )
                case 3 | 4:
                    r = draws.below(len(rows))
                    c = draws.below(max(1, len(rows[r])))
                    rows = [list(row) for row in rows]
                    rows[r][c : c + 1] = [draws.pick(NUMBERS)]
                    kinds[r, c] = draws.pick(("n", "date", "b", "e"))
                case 5:
                    return Zip(xlsx(rows, kinds)).changed(draws)
                case _:
                    rows = changed_grid(draws, rows)
        return zipped(xlsx(rows, kinds))


# What makes an XML expand, read a file or never end.
DOCTYPES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + "]>",
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
    '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///dev/zero"> %p;]>',
)  # fmt: skip


class Xml(Text):
    """A text with tags, to which entities may be added."""

    def changed(self, draws: Draws) -> bytes:
        if draws.below(4) == 3:
            doctype = draws.pick(DOCTYPES)
            content = super().changed(draws).decode(errors="replace")
            head, mark, rest = content.partition("?>")
            if not mark:
                return (doctype + content).encode(errors="replace")
            used = "&j;" if "&a;" in doctype else "&a;"
            rest = (
                rest.replace('v="', f'v="{used}', 1)
                if 'v="' in rest
                else rest.replace("<t>", f"<t>{used}", 1)
            )
            return (head + mark + doctype + rest).encode(errors="replace")
        return super().changed(draws)


class Json:
    """A JSON text: any part of it becomes something else; contours become strange ones."""

    def __init__(self, content: bytes, hostile: Sequence[Any] = ()) -> None:
        self.content = json.loads(content)
        _shortened(self.content)
        self.hostile = hostile

    def changed(self, draws: Draws) -> bytes:
        whole = json.loads(json.dumps(self.content))
        for _ in range(MOST_CHANGES):
            if not draws.more:
                break
            if draws.below(16) == 15:
                return changed_bytes(draws, json.dumps(whole).encode())
            whole = self._changed(draws, whole)
        return json.dumps(whole, ensure_ascii=draws.below(2) == 0).encode(errors="replace")

    def _changed(self, draws: Draws, whole: Any) -> Any:
        parent: Any = None
        key: Any = None
        node = whole
        for _ in range(12):
            if not isinstance(node, (dict, list)) or not node:
                break
            parent = node
            key = draws.pick(sorted(node)) if isinstance(node, dict) else draws.below(len(node))
            node = node[key]
            if draws.below(4) == 0:
                break
        if parent is None:
            return _value(draws, node)
        match draws.below(8):
            case 0:
                del parent[key]
            case 1 if isinstance(parent, list):
                parent.insert(key, node)
            case 1 if isinstance(parent, dict):
                parent[draws.text(str(key))] = parent.pop(key)
            case 2:
                parent[key] = [node]
            case 3:
                parent[key] = {"a": node}
            case 4 if self.hostile:
                parent[key] = draws.pick(self.hostile)
            case 5 if isinstance(node, list):
                node.reverse()
            case 6:
                parent[key] = json.loads(shapely.to_geojson(geometry(draws, _square(*LYING_WGS84))))
            case _:
                parent[key] = _value(draws, node)
        return whole


def _shortened(node: Any) -> None:
    """Keep the first of long lists."""
    for child in (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    ):
        if isinstance(child, list) and len(child) > KEPT_ROWS and isinstance(child[0], dict):
            del child[KEPT_ROWS:]
        _shortened(child)


def _value(draws: Draws, like: Any) -> Any:
    match draws.below(6):
        case 0:
            return draws.pick(FLOATS)
        case 1:
            return draws.pick(INTEGERS)
        case 2:
            return draws.pick((None, True, False, [], {}, [[]], [None], {"": None}))
        case 3 if isinstance(like, (int, float)):
            return str(like)
        case 4:
            deep: Any = []
            for _ in range(draws.below(900)):
                deep = [deep]
            return deep
        case _:
            return draws.text(str(like)[:2_000])


LYING_WGS84 = (-0.55, 47.45, 0.01)


def _square(x: float, y: float, side: float) -> shapely.Geometry:
    return shapely.box(x, y, x + side, y + side)


def geometry(draws: Draws, like: shapely.Geometry) -> shapely.Geometry:
    """Return a contour that no honest file has."""
    x, y, *_ = like.bounds if not like.is_empty else (0.0, 0.0)
    nasty = draws.pick(FLOATS)
    match draws.below(14):
        case 0:
            return shapely.Polygon()
        case 1:
            return shapely.Point(x, y)
        case 2:
            return shapely.Polygon([(x, y), (x + 1, y + 1), (x + 1, y), (x, y + 1)])
        case 3:
            return shapely.Polygon([(x, y), (x + 1, y), (x, y)])
        case 4:
            return shapely.Polygon([(x, y), (nasty, y), (nasty, nasty), (x, nasty)])
        case 5:
            return shapely.transform(like, lambda xy: xy[:, ::-1])
        case 6:
            return shapely.GeometryCollection([like, shapely.Point(nasty, y)])
        case 7:
            return shapely.LineString([(x, y), (nasty, y)])
        case 8:
            return shapely.MultiPolygon([like, like] if like.geom_type == "Polygon" else [])
        case 9:
            return shapely.transform(like, lambda xy: xy * 1e300)
        case 10:
            # Shapely writes no NaN there; other programs do.
            return shapely.force_3d(like, nasty if nasty == nasty else 1e308)
        case 11:
            return shapely.Polygon([(x, y)] * 5)
        case 12:
            return shapely.transform(like, lambda xy: xy + 1e7)
        case _:
            return (
                shapely.Polygon(like.exterior, [like.exterior])
                if like.geom_type == "Polygon"
                else like
            )


def star(points: int) -> shapely.Geometry:
    """Return a polygon with very many vertices."""
    import numpy as np

    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    far = 0.01 * (1 + 0.5 * (np.arange(points) % 2))
    return shapely.Polygon(np.column_stack([far * np.cos(turn) - 0.5, far * np.sin(turn) + 47.5]))


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


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


BOMB: list[bytes] = []


def bomb() -> bytes:
    """Return what unpacks to far more than it weighs."""
    if not BOMB:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x", b"\0" * BOMB_BYTES)
        BOMB.append(out.getvalue())
    return BOMB[0]


# Where an archive that is unpacked anywhere would write.
OUTSIDE = "/tmp/labo-fuzz-evil"  # noqa: S108
NAMES = (
    "../evil", "../../evil", OUTSIDE, "a/../../evil", "..\\evil", "C:\\evil", "evil\0",
    "", "/", ".", "..", "a" * 300, "évil", "\u202evil", "xl/vbaProject.bin", "__MACOSX/._x", "a//b",
)  # fmt: skip


class Zip:
    """An archive: its members, their names, and how they say that they are packed."""

    def __init__(
        self,
        members: Mapping[str, bytes],
        samples: Mapping[str, Sample] | None = None,
        ends: Sequence[str] = ("",),
    ) -> None:
        self.members = dict(members)
        self.samples: dict[str, Sample] = dict(samples or {})
        for name, content in self.members.items():
            if name not in self.samples and name.endswith((".xml", ".rels")):
                self.samples[name] = Xml(
                    content.decode("utf-8", errors="replace").replace("><", ">\n<")
                )
        self.ends = ends

    @classmethod
    def read(cls, content: bytes, sample: Callable[[str, bytes], Sample | None]) -> "Zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        samples = {name: made for name, x in members.items() if (made := sample(name, x))}
        return cls(members, samples, sorted({"." + name.rpartition(".")[2] for name in members}))

    def changed(self, draws: Draws) -> bytes:
        members = dict(self.members)
        packed, patch = zipfile.ZIP_STORED, False
        for _ in range(MOST_CHANGES):
            if not draws.more or not members:
                break
            name = draws.pick(sorted(members))
            match draws.below(12):
                case 0:
                    members[draws.pick(NAMES) + draws.pick(self.ends)] = members.pop(name)
                case 1:
                    del members[name]
                case 2:
                    members[draws.pick(NAMES) + name.rpartition("/")[2]] = members[name]
                case 3 if draws.below(8) == 0:
                    members[name] = b"\0" * BOMB_BYTES
                    packed = zipfile.ZIP_DEFLATED
                case 4:
                    members[name] = changed_bytes(draws, members[name])
                case 5:
                    patch = True
                    break
                case 6:
                    packed = draws.pick((zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
                case 7:
                    members[name] = b""
                case _ if name in self.samples:
                    # What it changes to is all that is left of the input.
                    members[name] = self.samples[name].changed(draws)
                case _:
                    members[name] = changed_bytes(draws, members[name])
        out = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with zipfile.ZipFile(out, "w", packed) as archive:
                for name, content in members.items():
                    info = zipfile.ZipInfo(name)
                    info.compress_type = packed
                    archive.writestr(info, content)
        content = out.getvalue()
        return changed_bytes(draws, content) if patch else content


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
