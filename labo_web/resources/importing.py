"""Files of resources: read, shown with what is wrong by cell, then kept whole or not at all."""

import csv
import datetime as dt
import hashlib
import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from labo.errors import LaboError
from labo.source import SOURCES, SourceFile
from labo_web.accounts.models import Person
from labo_web.releases.models import Release, Zone
from labo_web.resources import giving
from labo_web.resources.corrected import NamedPlace, places_of
from labo_web.resources.forms import NEAR_M, DescriptionForm
from labo_web.resources.models import Description, Known, Resource
from labo_web.resources.needs import FRAGILITIES, NEEDS
from labo_web.resources.spots import within

MOST_BYTES, MOST_ROWS = 600_000, 500
# Heading in the file, field of the form, and how its words become what the form takes.
_KNOWN = {"oui": "yes", "non": "no", "on ne sait pas": "unknown", "": "unknown"}
# Headings of our own exports that are said by us, not by the file.
PASSED_OVER = {"numero", "origine", "licence", "fictif"}


def _by_label(choices: Sequence[tuple[Any, Any]], empty: str = "") -> Mapping[str, str]:
    return {str(label).casefold(): str(value) for value, label in choices} | {"": empty}


NEEDS_BY_LABEL = {x.label.casefold(): x.id for x in NEEDS.values()}
FRAGILITIES_BY_LABEL = {label.casefold(): name for name, label in FRAGILITIES.items()}
WORDS: dict[str, tuple[str, Mapping[str, str]]] = {
    "nature": ("kind", _by_label(Resource.Kind.choices)),
    "apres_midi_aout": ("afternoon", _KNOWN),
    "soir_aout": ("evening", _KNOWN),
    "week_end_aout": ("weekend", _KNOWN),
    "en_canicule": ("in_heat", _by_label(Description.InHeat.choices, "unknown")),
    "etat": ("condition", _by_label(Description.Condition.choices, "unknown")),
}
LISTS: dict[str, tuple[str, Mapping[str, str]]] = {
    "besoins": ("needs", NEEDS_BY_LABEL),
    "fragilites": ("fragilities", FRAGILITIES_BY_LABEL),
}
TEXTS = {
    "nom": "name",
    "quartier": "zone",
    "structure": "holder",
    "ce_que_ca_fait": "offer",
    "capacite": "capacity",
    "horaires": "hours",
    "longitude": "lon",
    "latitude": "lat",
    "verifie_le": "checked_on",
}
REQUIRED = ("nature", "nom", "ce_que_ca_fait")
HEADINGS = (
    *("reference", "nature", "nom", "quartier", "structure", "ce_que_ca_fait", "besoins"),
    *("capacite", "horaires", "apres_midi_aout", "soir_aout", "week_end_aout", "en_canicule"),
    *("etat", "fragilites", "longitude", "latitude", "verifie_le"),
)
EXAMPLE = (
    *("MQ-1", "lieu", "Maison de quartier (exemple à effacer)", "", "Centre social"),
    *("Salle climatisée, eau fraîche, fauteuils", NEEDS["cool_room"].label, "30"),
    *("du lundi au samedi, 9 h à 19 h", "oui", "non", "oui", "ouvert plus longtemps"),
    *("bon état, prêt à servir", FRAGILITIES["one_key"], "", "", "2026-06-15"),
)


@dataclass(frozen=True)
class Wrong:
    """A cell that is not understood: its line and heading, what it holds and what was expected."""

    line: int
    heading: str
    value: str
    expected: str


@dataclass(frozen=True)
class Planned:
    """A resource that an import would keep."""

    line: int
    kind: str
    source: str
    reference: str
    written: Mapping[str, Any]


@dataclass(frozen=True)
class Preview:
    """What an import would do; nothing is kept while `wrong` holds something."""

    rows: Sequence[Planned]
    wrong: Sequence[Wrong]

    @property
    def ready(self) -> bool:
        """Whether it may be kept."""
        return bool(self.rows) and not self.wrong


class Refused(ValueError):
    """A file that cannot be read at all; the text says why in French."""


def decoded(content: bytes) -> str:
    """Return the text of a file, as spreadsheets write it.

    Raises:
        Refused: it is too large, empty, or is no text.
    """
    if len(content) > MOST_BYTES:
        raise Refused(
            f"Ce fichier fait {len(content) // 1000} ko ; {MOST_BYTES // 1000} ko au plus : "
            "coupez-le en plusieurs."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text or not text.strip():
        raise Refused("Ce fichier est vide ou n’est pas un texte : enregistrez-le en CSV.")
    return text


def template() -> str:
    """Return the file to fill in, with one line of example."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(HEADINGS)
    writer.writerow(EXAMPLE)
    return "\ufeff" + out.getvalue()


def read_csv(release: Release, text: str) -> Preview:
    """Return what a CSV file holds: rows, and what is wrong cell by cell.

    Raises:
        Refused: no such table, a heading that is missing or unknown, or too many rows.
    """
    head = text.partition("\n")[0]
    separator = ";" if head.count(";") >= head.count(",") else ","
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise Refused(
            "Ce tableau n’est pas lisible (guillemets ouverts et jamais fermés ?) : "
            "enregistrez-le de nouveau en CSV."
        ) from error
    headings = [x.strip().casefold() for x in table[0]]
    _check_headings(headings)
    lines = [(i, cells) for i, cells in enumerate(table[1:], start=2) if any(map(str.strip, cells))]
    if len(lines) > MOST_ROWS:
        raise Refused(f"Ce fichier a {len(lines)} lignes ; {MOST_ROWS} au plus : coupez-le.")
    zones = {
        text.casefold(): z.code
        for z in release.zones.filter(kind__in=("qpv", "perimeter"))
        for text in (z.code, z.name)
    }
    rows: list[Planned] = []
    wrong: list[Wrong] = []
    seen: dict[str, int] = {}
    for line, cells in lines:
        row = dict(zip(headings, (x.strip() for x in cells), strict=False))
        reference = row.get("reference", "")[:200]
        if reference and reference in seen:
            said = f"une référence qui n’est pas déjà à la ligne {seen[reference]}"
            wrong.append(Wrong(line, "reference", reference, said))
        seen[reference] = line
        planned, mistakes = _row(release, line, row, reference, zones)
        rows += [planned] if planned else []
        wrong += mistakes
    return Preview(rows, wrong)


def _check_headings(headings: Sequence[str]) -> None:
    missing = [x for x in REQUIRED if x not in headings]
    if missing:
        raise Refused(
            f"Il manque la colonne {', '.join(missing)}. La première ligne du fichier dit les "
            f"noms des colonnes, comme dans le modèle ; ici : {', '.join(headings)[:200]}."
        )
    unknown = [x for x in headings if x not in {*HEADINGS, *PASSED_OVER}]
    if unknown:
        raise Refused(
            f"La colonne « {unknown[0][:40]} » n’est pas connue. Colonnes possibles : "
            f"{', '.join(HEADINGS)}."
        )
    twice = [x for x in headings if headings.count(x) > 1]
    if twice:
        raise Refused(f"La colonne « {twice[0]} » est là deux fois : gardez-en une.")


def _row(
    release: Release, line: int, row: Mapping[str, str], reference: str, zones: Mapping[str, str]
) -> tuple[Planned | None, list[Wrong]]:
    wrong: list[Wrong] = []
    data: dict[str, Any] = {}
    heading_of = {field: heading for heading, field in TEXTS.items()}
    for heading, field in TEXTS.items():
        data[field] = row.get(heading, "")
    for field in ("lon", "lat", "capacity"):
        data[field] = data[field].replace(",", ".").replace("\u202f", "").replace(" ", "")
    data["checked_on"] = _day(data["checked_on"])
    if data["zone"]:
        given = data["zone"]
        data["zone"] = zones.get(given.casefold(), "")
        if not data["zone"]:
            names = "le code ou le nom d’un quartier de cette livraison, ou rien"
            wrong.append(Wrong(line, "quartier", given, names))
    for heading, (field, words) in WORDS.items():
        heading_of[field] = heading
        given = row.get(heading, "")
        data[field] = words.get(given.casefold(), "")
        if not data[field] and (given or heading == "nature"):
            allowed = " ; ".join(x for x in words if x)
            wrong.append(Wrong(line, heading, given, f"l’un de ces mots : {allowed}"))
    for heading, (field, words) in LISTS.items():
        heading_of[field] = heading
        parts = [x.strip() for x in row.get(heading, "").split("|") if x.strip()]
        data[field] = [words[x.casefold()] for x in parts if x.casefold() in words]
        wrong += [
            Wrong(line, heading, x, "l’un des mots de la liste, séparés par |")
            for x in parts
            if x.casefold() not in words
        ]
    form = DescriptionForm(release, data)
    if form.is_valid():
        kind = form.cleaned_data["kind"]
        return Planned(line, kind, Resource.Source.FILE, reference, form.written), wrong
    told = {x.heading for x in wrong}
    for field, errors in form.errors.items():
        heading = heading_of.get(field, field)
        if heading not in told:
            value = row.get(heading, "")
            wrong.append(Wrong(line, heading, value, " ".join(map(str, errors))))
    return None, wrong


def _day(text: str) -> str:
    """Return a day as forms take it, whether it was written in French or for machines."""
    try:
        return dt.datetime.strptime(text, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007 (a day)
    except ValueError:
        return text


def read_inclusion(release: Release, text: str) -> Preview:
    """Return the places of a list of digital inclusion that lie in the territory.

    Raises:
        Refused: it is no such list, or none of its places is here.
    """
    with tempfile.TemporaryDirectory(prefix="labo-") as folder:
        path = Path(folder) / "places"
        path.write_text(text, encoding="utf-8")
        source = SOURCES["mednum_2026"]
        digest = hashlib.sha256(text.encode()).hexdigest()
        file = SourceFile(source=source, path=path, vintage=source.vintage, sha256=digest)
        try:
            table = file.table((release.west, release.south, release.east, release.north))
        except LaboError as error:
            raise Refused(
                "Ce n’est pas une liste de lieux d’inclusion numérique : on attend du JSON ou du "
                "CSV avec les colonnes id, nom, latitude, longitude et services, et des "
                "coordonnées qui sont des nombres."
            ) from error
    # As an escape of JSON, what is refused in a text comes back.
    if any("\0" in str(x) for x in table[["place", "name", "services"]].to_numpy().ravel()):
        raise Refused(
            "Un nom, un identifiant ou un service contient un caractère nul (\\u0000) : retirez-le."
        )
    zones = list(release.zones.filter(kind="qpv"))
    rows = []
    for line, row in enumerate(table.itertuples(), start=1):
        lon, lat = float(row.geometry.x), float(row.geometry.y)
        name = str(row.name or "").strip() or "Lieu d’inclusion numérique"
        services = ", ".join(str(row.services or "").split("|"))
        written = _unchecked(
            name=name,
            holder=name,
            offer=services or "Aide pour les démarches sur internet",
            zone=_zone_of(lon, lat, zones),
            lon=lon,
            lat=lat,
        )
        reference = str(row.place)[:200]
        kind = Resource.Kind.SERVICE
        rows.append(Planned(line, kind, Resource.Source.INCLUSION, reference, written))
    if not rows:
        raise Refused(
            "Aucun lieu de cette liste n’est dans le territoire : prenez la liste du bon "
            "département."
        )
    if len(rows) > MOST_ROWS:
        raise Refused(f"Cette liste a {len(rows)} lieux ici ; {MOST_ROWS} au plus.")
    return Preview(rows, [])


# What a kind of open place may answer, until somebody goes to see.
_ANSWERS = {
    "cool_indoor_place": ["cool_room"],
    "cool_outdoor_place": ["shade"],
    "green_space": ["shade"],
    "information_place": ["languages_heat"],
}


def open_places(release: Release) -> list[tuple[NamedPlace, str]]:
    """Return the named places around neighbourhoods that are not resources yet, with their zone."""
    zones = list(release.zones.filter(kind="qpv"))
    known = set(
        Resource.objects.filter(
            territory=release.territory, source=Resource.Source.OSM
        ).values_list("reference", flat=True)
    )
    found = [
        (p, _zone_of(p.lon, p.lat, zones))
        for p in places_of(release.folder).values()
        if p.name and p.id not in known
    ]
    return sorted((x for x in found if x[1]), key=lambda x: (x[1], x[0].name))[:MOST_ROWS]


def plan_places(release: Release, ids: Sequence[str]) -> list[Planned]:
    """Return the resources that these open places would be."""
    wanted = set(ids)
    return [
        Planned(
            line,
            Resource.Kind.PLACE,
            Resource.Source.OSM,
            place.id,
            _unchecked(
                name=place.name[:150],
                holder="",
                offer="Lieu ouvert au public, d’après OpenStreetMap",
                zone=zone,
                lon=round(place.lon, 6),
                lat=round(place.lat, 6),
            )
            | {
                "hours": place.hours,
                "needs": sorted({n for k in place.kinds for n in _ANSWERS.get(k, [])}),
            },
        )
        for line, (place, zone) in enumerate(open_places(release), start=1)
        if place.id in wanted
    ]


def _zone_of(lon: float, lat: float, zones: Sequence[Zone]) -> str:
    """Return the neighbourhood that a point is in or near, the nearest middle first."""
    near = [z for z in zones if within(z, lon, lat, NEAR_M)]
    near.sort(key=lambda z: abs(lon - (z.west + z.east) / 2) + abs(lat - (z.south + z.north) / 2))
    return near[0].code if near else ""


def _unchecked(**given: Any) -> dict[str, Any]:
    """Return the fields of a description of which nobody checked anything."""
    empty: dict[str, Any] = {
        "needs": [],
        "capacity": None,
        "hours": "",
        "afternoon": Known.UNKNOWN,
        "evening": Known.UNKNOWN,
        "weekend": Known.UNKNOWN,
        "in_heat": Description.InHeat.UNKNOWN,
        "condition": Description.Condition.UNKNOWN,
        "fragilities": [],
        "checked_on": None,
    }
    limits: Mapping[str, Callable[[str], str]] = {
        "name": lambda x: x[:150],
        "holder": lambda x: x[:150],
        "offer": lambda x: x[:1_000],
    }
    return empty | {k: limits[k](v) if k in limits else v for k, v in given.items()}


@transaction.atomic
def keep(release: Release, rows: Sequence[Planned], person: Person | None) -> tuple[int, int, int]:
    """Keep the rows of an import, all or none; return how many are new, changed, and left out.

    A reference that is known is written again, and only when something changed. One that was
    withdrawn stays so, whatever the file says.
    """
    made = changed = left = 0
    for row in rows:
        same = Resource.objects.filter(
            territory=release.territory, source=row.source, reference=row.reference
        )
        resource = same.first() if row.reference else None
        if resource is None:
            resource = Resource.objects.create(
                territory=release.territory,
                kind=row.kind,
                source=row.source,
                reference=row.reference,
                fictive=release.fictive,
            )
            made += 1
        elif resource.withdrawn_at is not None:
            left += 1
            continue
        else:
            newest = resource.descriptions.first()
            if newest and all(getattr(newest, k) == v for k, v in row.written.items()):
                continue
            changed += 1
        giving.write(resource, row.written, person)
    return made, changed, left
