"""Archives as samples, workbooks among them: members, names, and what unpacks without end."""

import io
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from fuzz.draws import NUMBERS, Draws, changed_bytes
from fuzz.samples import MOST_CHANGES, Grid, Sample, Xml, changed_grid

BOMB_BYTES = 80_000_000


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
