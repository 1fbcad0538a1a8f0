"""Files that people send to the website, given to what reads them."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fuzz import Entry, Try
from fuzz.draws import Draws
from fuzz.samples import Bytes, Csv, Json, Sample, Xlsx, Xml, Zip, bomb

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


def _entry(
    name: str,
    make: Callable[[Path, Any], tuple[list[tuple[str, Sample]], Callable[[bytes, str], object]]],
    refusals: Callable[[], tuple[type[BaseException], ...]],
    *watched: str,
    seconds: float = 10.0,
    lived: bool = True,
) -> Entry:
    def prepare(folder: Path, shared: Path) -> Try:
        from fuzz.site import configured, lived_in, migrated, undone

        configured()
        said = lived_in(shared) if lived else migrated(shared)
        samples, read = make(folder, said)

        def attempt(given: bytes) -> None:
            draws = Draws(given)
            name, sample = draws.pick(samples)
            content = bomb() if draws.below(250) == 249 else sample.changed(draws)
            with undone():
                read(content, name)

        return attempt

    from fuzz.site import configured

    configured()
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
        *("30", "du lundi au samedi", "oui", "non", "oui", "", "", "", "-1.5", "47.4", "2026-06-15"),
    ]
    other = [*("MQ-2", "lieu", "Jardin (fictif)", "", "", "Ombre", ""), *[""] * 11]

    def read(content: bytes, name: str) -> None:
        preview = importing.read_csv(release, importing.decoded(content))
        if preview.ready:
            importing.keep(release, preview.rows, None)

    return [("a.csv", Csv([importing.HEADINGS, example, other]))], read


def _inclusion(folder: Path, said: Any) -> Any:
    from labo_web.resources import importing

    del folder, said
    release = _release()
    x, y = (release.west + release.east) / 2, (release.south + release.north) / 2
    rows = [{"id": str(i), "nom": "Relais", "longitude": x, "latitude": y, "services": "Aide|Accès"} for i in range(3)]
    import json

    table = [[str(v) for v in row.values()] for row in rows]
    samples = [("a.csv", Csv([list(rows[0]), *table])), ("a.json", Json(json.dumps(rows).encode()))]

    def read(content: bytes, name: str) -> None:
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
        stream = target.add_stream(codec, rate=16_000, layout="mono")
        samples = (np.sin(np.arange(int(16_000 * seconds)) / 10) * 8_000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = 16_000
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


def _voice(folder: Path, said: Any) -> Any:
    from labo_web.workshops.voices import clean_voice

    del folder, said
    made = [voice(), voice(form="wav", codec="pcm_s16le"), voice(form="ogg", codec="libvorbis"), voice(form="matroska", codec="aac")]
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

    def read(content: bytes, name: str) -> None:
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

    def read(content: bytes, name: str) -> None:
        given = QueryDict(mutable=True)
        given["dessin"] = content.decode("utf-8", errors="replace")
        site_input.read(given, sheet)

    return [("a.json", Json(json.dumps(content).encode()))], read


ENTRIES = [
    _entry("resources", _resources, _refused, "labo_web.resources.importing", "labo_web.resources.forms"),
    _entry("inclusion", _inclusion, _refused, "labo_web.resources.importing", "labo.sources.inclusion"),
    _entry("plan", _plan, _django, "labo_web.roadmaps.imports.plan", "labo_web.roadmaps.imports.cells"),
    _entry("programming", _programming, _django, "labo_web.roadmaps.imports.programming", "labo_web.roadmaps.imports.cells"),
    _entry("template", _template, _django, "labo_web.roadmaps.exports.template", lived=False),
    _entry("photo", _photo, _medium, "labo_web.workshops.photos", lived=False),
    _entry("voice", _voice, _medium, "labo_web.workshops.voices", lived=False),
    _entry("options", _option_list, tuple, "labo_web.atlas.option_list"),
    _entry("drawing", _drawing, tuple, "labo_web.atlas.site_input", "labo.drawn_site"),
]
