"""Files that people send to the website, given to what reads them."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fuzz import Entry, Leak, Try
from fuzz.archives import Xlsx, Zip, bomb
from fuzz.draws import Draws
from fuzz.files import TOML
from fuzz.samples import Bytes, Csv, Json, Sample, Text, Xml

# Things that are no photos, whatever they are called.
NO_PHOTOS = (
    b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    b"<html><script>alert(1)</script></html>", b"%PDF-1.4", b"GIF89a" + b"\0" * 50, b"",
    b"\xff\xd8\xff" + b"\0" * 200, b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02\0\0\0",
    b"#EXTM3U\nfile:///etc/passwd", b"RIFF\xff\xff\xff\x7fWAVEfmt ", b"ID3" + b"\xff" * 64,
)  # fmt: skip


class Media(Bytes):
    """Bytes of one file or another, and now and then of none."""

    def __init__(self, *contents: bytes) -> None:
        super().__init__(contents[0])
        self.contents = (*contents, *NO_PHOTOS)

    def changed(self, draws: Draws) -> bytes:
        own = len(self.contents) - len(NO_PHOTOS)
        self.content = self.contents[draws.below(own if draws.below(4) else len(self.contents))]
        return super().changed(draws)


def _django() -> tuple[type[BaseException], ...]:
    from django.core.exceptions import ValidationError

    return (ValidationError,)


Make = Callable[[Path, Any], tuple[list[tuple[str, Sample]], Callable[[bytes, str], object]]]
# By entry: what makes its files and reads them, and what it may refuse with.
MADE: dict[str, tuple[Make, tuple[type[BaseException], ...]]] = {}


def reading(make: Make, folder: Path, said: Any) -> Try:
    """Return what reads a file as an input says; what it wrote is taken back."""
    from fuzz.site import undone

    samples, read = make(folder, said)

    def attempt(given: bytes) -> None:
        draws = Draws(given)
        name, sample = draws.pick(samples)
        content = bomb() if draws.below(250) == 249 else sample.changed(draws)
        with undone():
            read(content, name)

    return attempt


def _entry(
    name: str,
    make: Make,
    refusals: Callable[[], tuple[type[BaseException], ...]],
    *watched: str,
    seconds: float = 10.0,
    lived: bool = True,
) -> Entry:
    def prepare(folder: Path, shared: Path) -> Try:
        from fuzz.site import configured, lived_in, migrated

        configured()
        if lived:
            return reading(make, folder, lived_in(shared))
        migrated(shared)
        return reading(make, folder, {})

    from fuzz.site import configured

    configured()
    MADE[f"import_{name}"] = (make, refusals())
    return Entry(
        name=f"import_{name}", prepare=prepare, refusals=refusals(), watched=watched,
        seconds=seconds,
    )  # fmt: skip


def _release() -> Any:
    from labo_web.releases.models import Release

    return Release.objects.with_circle().get(territory__code="999000001")


def _names() -> dict[str, str]:
    return dict(_release().zones.filter(kind="qpv").values_list("code", "name"))


def _resources(folder: Path, said: Any) -> Any:
    from labo_web.resources import importing

    del folder
    release = _release()
    example = [
        *("MQ-1", "lieu", "Maison (fictif)", said["zone"], "Centre social", "Salle fraîche", ""),
        *(
            "30",
            "du lundi au samedi",
            "oui",
            "non",
            "oui",
            "",
            "",
            "",
            "-1.5",
            "47.4",
            "2026-06-15",
        ),
    ]
    other = [*("MQ-2", "lieu", "Jardin (fictif)", "", "", "Ombre", ""), *[""] * 11]

    def read(content: bytes, _: str) -> None:
        preview = importing.read_csv(release, importing.decoded(content))
        if preview.ready:
            importing.keep(release, preview.rows, None)

    return [("a.csv", Csv([importing.HEADINGS, example, other]))], read


def _inclusion(folder: Path, said: Any) -> Any:
    from labo_web.resources import importing

    del folder, said
    release = _release()
    x, y = (release.west + release.east) / 2, (release.south + release.north) / 2
    rows = [
        {"id": str(i), "nom": "Relais", "longitude": x, "latitude": y, "services": "Aide|Accès"}
        for i in range(3)
    ]
    import json

    table = [[str(v) for v in row.values()] for row in rows]
    samples = [("a.csv", Csv([list(rows[0]), *table])), ("a.json", Json(json.dumps(rows).encode()))]

    def read(content: bytes, _: str) -> None:
        preview = importing.read_inclusion(release, importing.decoded(content))
        importing.keep(release, preview.rows, None)

    return samples, read


def _refused() -> tuple[type[BaseException], ...]:
    from labo_web.resources.importing import Refused

    return (Refused,)


def _plan(folder: Path, said: Any) -> Any:
    from labo_web.accounts.models import Person
    from labo_web.roadmaps.imports import plan
    from labo_web.roadmaps.models import Roadmap

    del folder
    names, by = _names(), Person.objects.get(email="officer@example.org")
    roadmap = Roadmap.objects.get(territory__code="999000001")
    head = list(plan.COLUMNS)
    first = {
        "titre": "Ouvrir la cour", "quartiers": said["zone"], "constat": "Il fait chaud", "porteur": "ville",
        "première étape": "visiter", "échéance": "31/12/2027", "coût HT": "12000", "coût TTC": "14400",
        "entretien": "500", "financeur 1": "ANRU", "montant 1": "5000", "crédits 1": "crédits spécifiques",
    }  # fmt: skip
    rows = [head, [first.get(x, "") for x in head], [first.get(x, "") for x in head]]

    def read(content: bytes, name: str) -> None:
        planned, wrong = plan.read(content, name, names)
        if not wrong:
            plan.write(roadmap, planned, by=by)

    return [("a.csv", Csv(rows)), ("a.xlsx", Xlsx(rows))], read


def _programming(folder: Path, said: Any) -> Any:
    from labo_web.accounts.models import Person
    from labo_web.roadmaps.imports import programming
    from labo_web.roadmaps.models import Roadmap

    del folder
    names, by = _names(), Person.objects.get(email="officer@example.org")
    roadmap = Roadmap.objects.get(territory__code="999000001")
    rows = [
        ["porteur", "action", "montant", "droit commun", "quartiers"],
        ["Association (fictif)", "Jardin", "1200", "300", said["zone"]],
        ["Ville (fictif)", "Cour", "15000", "", ""],
    ]

    def read(content: bytes, name: str) -> None:
        grants, wrong = programming.read(content, name, names)
        if not wrong:
            programming.write(roadmap, grants, year=2027, rule="equal", name=name, by=by)

    return [("a.csv", Csv(rows)), ("a.xlsx", Xlsx(rows))], read


def _template(folder: Path, said: Any) -> Any:
    import zipfile

    from labo_web.roadmaps.exports import template

    del folder, said
    hostile = (
        "{{ ''.__class__ }}", "{{ 7*7 }}", "{% for a in range(10**9) %}x{% endfor %}", "{{ a|attr('b') }}",
        "{% include 'x' %}", "{{ [1]*10**9 }}", "{% raw %}", "{{", "{% if %}", "{{ titre }}{{ titre }}",
        "{% for a in actions %}{% for b in actions %}{% for c in actions %}{{ a.titre }}{% endfor %}{% endfor %}{% endfor %}",
    )  # fmt: skip
    content = template.proposed()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    samples: dict[str, Sample] = {}
    for name, text in members.items():
        if name.endswith((".xml", ".rels")):
            samples[name] = Xml(text.decode().replace("><", ">\n<"), hostile)
    return [("a.docx", Zip(members, samples, (".xml",)))], template.read


def _photo(folder: Path, said: Any) -> Any:
    from PIL import Image

    from labo_web.workshops.photos import clean_photo
    from tests.web.room import picture

    del folder, said
    turned = Image.Exif()
    turned[0x0112] = 6
    made = [
        picture(), picture(exif=turned.tobytes()), picture(form="PNG"), picture(form="WEBP"),
        picture(3, 3, "PNG"), picture(1_900, 4),
    ]  # fmt: skip
    return [("a.jpg", Media(*made))], lambda content, _: clean_photo(content)


def voice(seconds: float = 0.3, form: str = "mp4", codec: str = "aac") -> bytes:
    """Return a short sound."""
    import av
    import numpy as np

    out = io.BytesIO()
    with av.open(out, "w", format=form) as target:
        stream: Any = target.add_stream(codec, rate=16_000, layout="mono")
        samples = (np.sin(np.arange(int(16_000 * seconds)) / 10) * 8_000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = 16_000
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


def _voice(folder: Path, said: Any) -> Any:
    from labo_web.workshops.voices import clean_voice

    del folder, said
    made = [voice(), voice(form="wav", codec="pcm_s16le"), voice(form="matroska", codec="aac")]
    return [("a.m4a", Media(*made))], lambda content, _: clean_voice(content)


def _medium() -> tuple[type[BaseException], ...]:
    from labo_web.workshops.photos import BadMedium

    return (BadMedium,)


def _option_list(folder: Path, said: Any) -> Any:
    from fuzz.files import _option_rows
    from labo_web.atlas import option_list
    from labo_web.atlas.portfolio_views import _decoded

    del folder
    names = _names()
    rows = [[x.replace("QN99901M", said["zone"]) for x in row] for row in _option_rows()]

    def read(content: bytes, _: str) -> None:
        listed = option_list.read(_decoded(content), names)
        if listed.rows:
            option_list.read(option_list.text_of(listed.rows), names)

    return [("a.csv", Csv(rows, ";"))], read


def _drawing(folder: Path, said: Any) -> Any:
    import json

    from django.http import QueryDict

    from labo.surfaces import SURFACES, TREES
    from labo_web.atlas import site_input
    from labo_web.atlas.sheet import plain

    del folder, said
    ground = next(x.id for x in SURFACES if x.covers)
    tree = next(iter(TREES)).id
    state = {
        "rest": ground,
        "surfaces": [{"kind": ground, "points": [[1, 1], [9, 1], [9, 9], [1, 9]]}],
        "trees": [{"kind": tree, "points": [[5, 5]]}],
    }
    content = {"outline": [[0, 0], [50, 0], [50, 50], [0, 50]], "states": [state, state]}
    sheet = plain()

    def read(content: bytes, _: str) -> None:
        given = QueryDict(mutable=True)
        given["dessin"] = content.decode("utf-8", errors="replace")
        site_input.read(given, sheet)

    return [("a.json", Json(json.dumps(content).encode()))], read


def _piece(folder: Path, said: Any) -> Any:
    """Files attached to a sheet."""
    import docx

    from fuzz.archives import xlsx, zipped
    from labo_web.roadmaps.piece_files import checked
    from tests.web.room import picture

    del folder, said
    out = io.BytesIO()
    docx.Document().save(out)
    pdf = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    odt = zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"})
    made = Media(pdf, picture(), odt, pdf + b"<script>alert(1)</script>")
    office = [Zip.read(x, lambda _, __: None) for x in (out.getvalue(), odt, zipped(xlsx([["a"]])))]
    samples = [("a.pdf", made), *(("a.docx", x) for x in office)]
    return samples, checked


def _bad_piece() -> tuple[type[BaseException], ...]:
    from labo_web.roadmaps.piece_files import BadPiece

    return (BadPiece,)


def _subtitles(folder: Path, said: Any) -> Any:
    from labo_web.stories.subtitles import cues_of, written

    del folder, said
    lines = ["WEBVTT", "", "00:00.000 --> 00:04.000", "Bonjour <b>à tous</b>", "", "1",
             "00:00:05,000 --> 01:00:06,000", "- Oui"]  # fmt: skip
    hostile = (
        "-->",
        "00:00.000 --> 99:59.999",
        "99:99.999 --> 00:00.000",
        "NOTE",
        "STYLE",
        "<c.x>",
    )

    def read(content: bytes, _: str) -> None:
        found = cues_of(content.decode("utf-8", errors="replace"))
        if cues_of(written(found)) != found:
            raise Leak("subtitles are not read again as they are written")

    return [("a.vtt", Text("\n".join(lines), hostile))], read


def _bad_subtitles() -> tuple[type[BaseException], ...]:
    from labo_web.stories.subtitles import BadSubtitles

    return (BadSubtitles,)


def _markup(folder: Path, said: Any) -> Any:
    from labo_web.stories import markup

    del folder, said
    text = "# Titre\n\nUn *mot* et **deux** [lien](https://exemple.fr).\n\n- un\n- deux\n\n1. a\n"
    hostile = (
        "[x](javascript:alert(1))", "<script>alert(1)</script>", "[" * 500, "*" * 2_000, "> " * 500,
        "- " * 500, "[a](<data:text/html,x>)", "![x](http://x)", "[x]: javascript:1", "&#106;avascript:",
        "[a](https://x\" onclick=\"alert(1))", "\\" * 500, "_" * 2_000, "`" * 500,
    )  # fmt: skip
    acts = re.compile(
        r"<(?!/?(?:p|h2|ul|ol|li|em|strong|a|br)\b)|javascript:|\son\w+=", re.IGNORECASE
    )

    def read(content: bytes, _: str) -> None:
        given = content.decode("utf-8", errors="replace")
        made = str(markup.html(given))
        # What is left of a tag or an address must be of our own making.
        for tag in re.findall(r"<[^>]*>", made):
            if acts.search(tag):
                raise Leak(f"a text becomes {tag[:60]}")
        markup.html(given, linked=False)
        markup.parts(given)
        markup.plain(given)

    return [("a.md", Text(text, hostile))], read


def _partner_page(folder: Path, said: Any) -> Any:
    """A partner's file as the page of a programme reads it."""
    import datetime as dt

    from fuzz.partners import _table
    from labo_web.programme import partner
    from labo_web.programme.models import Dataset

    del folder, said
    today = dt.date(2026, 11, 1)
    dataset = Dataset(
        access=Dataset.Access.AGREEMENT, label="Logements (fictif)", holder="Bailleur (fictif)", purpose="vacance", threshold=11,
        signed_on=dt.date(2026, 1, 5), expires_on=dt.date(2028, 12, 31),
    )  # fmt: skip
    table = [["QPV", "LOGEMENTS", "VACANTS"], ["QN99901M", "120", "14"], ["QN99902M", "80", "12"]]
    given = {
        "whole_column": "LOGEMENTS", "part_columns": ["VACANTS"], "zone_column": "QPV", "zones": "qpv",
        "unit": "dwelling", "vintage": "2026",
    }  # fmt: skip
    description = Text(partner.template(dataset), TOML)
    rows = _table()
    samples: list[tuple[str, Sample]] = [
        ("a.csv", Csv(table)), ("a.xlsx", Xlsx(table)), ("b.csv", Csv(rows)), ("b.toml", description),
    ]  # fmt: skip
    whole = Csv(rows).changed(Draws(b""))

    def read(content: bytes, name: str) -> None:
        told = None
        if name == "b.toml":
            content, name, told = whole, "b.csv", content
        elif name == "b.csv":
            told = partner.template(dataset).encode()
        schema = partner.described(dataset, content, name, given, told)
        partner.read(dataset, None, content, name, schema, today)

    return samples, read


def _refusal() -> tuple[type[BaseException], ...]:
    from labo_web.programme.refusals import Refusal

    return (Refusal,)


def _backup(folder: Path, said: Any) -> Any:
    """A copy of the installation, as it is verified before it is put back."""
    import zipfile

    from labo_web.moving import backup, restore

    del said
    path = folder / "copy.zip"
    path.unlink(missing_ok=True)
    backup.backup(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sample = Zip(members, {"manifest.json": Json(members["manifest.json"])}, ("", ".jsonl"))
    hostile = folder / "given.zip"

    def read(content: bytes, _: str) -> None:
        hostile.write_bytes(content)
        restore.check(hostile)

    return [("a.zip", sample)], read


def _engine() -> tuple[type[BaseException], ...]:
    from labo.errors import LaboError

    return (LaboError,)


ENTRIES = [
    _entry(
        "resources",
        _resources,
        _refused,
        "labo_web.resources.importing",
        "labo_web.resources.forms",
    ),
    _entry(
        "inclusion", _inclusion, _refused, "labo_web.resources.importing", "labo.sources.inclusion"
    ),
    _entry(
        "plan", _plan, _django, "labo_web.roadmaps.imports.plan", "labo_web.roadmaps.imports.cells"
    ),
    _entry(
        "programming",
        _programming,
        _django,
        "labo_web.roadmaps.imports.programming",
        "labo_web.roadmaps.imports.cells",
    ),
    _entry("template", _template, _django, "labo_web.roadmaps.exports.template", lived=False),
    _entry("photo", _photo, _medium, "labo_web.workshops.photos", lived=False),
    _entry("voice", _voice, _medium, "labo_web.workshops.voices", lived=False),
    _entry("piece", _piece, _bad_piece, "labo_web.roadmaps.piece_files", lived=False),
    _entry("subtitles", _subtitles, _bad_subtitles, "labo_web.stories.subtitles", lived=False),
    _entry("markup", _markup, tuple, "labo_web.stories.markup", lived=False),
    _entry("partner_page", _partner_page, _refusal, "labo_web.programme.partner", lived=False),
    _entry(
        "backup",
        _backup,
        _engine,
        "labo_web.moving.archive",
        "labo_web.moving.restore",
        lived=False,
    ),
    _entry("options", _option_list, tuple, "labo_web.atlas.option_list"),
    _entry("drawing", _drawing, tuple, "labo_web.atlas.site_input", "labo.drawn_site"),
]
