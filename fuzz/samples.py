"""Sound files, and what becomes of them: a cell, a column, a contour, a name in an archive changes.

A sample gives the bytes of its file after the changes that an input says, always the same.
"""

import io
import json
from collections.abc import Sequence
from typing import Any, Protocol

import shapely

from fuzz.contours import LYING_WGS84, geometry, square
from fuzz.draws import FLOATS, INTEGERS, WORDS, Draws, changed_bytes

MOST_CHANGES = 8
KEPT_ROWS, MOST_ROWS = 12, 1_200
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
                parent[key] = json.loads(shapely.to_geojson(geometry(draws, square(*LYING_WGS84))))
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
