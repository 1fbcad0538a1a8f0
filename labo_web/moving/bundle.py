"""What everyone may take of a territory, as one folder: asked of the site's own public addresses.

A file is in it when, and only when, a visitor without an account is answered it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import resolve, reverse

from labo import whole
from labo_web.documents.spreadsheet import harmless
from labo_web.moving.archive import BadArchive
from labo_web.releases.access import releases_for
from labo_web.releases.credit import LICENCE, attribution, licences
from labo_web.releases.models import Release
from labo_web.resources.exports import ODBL, OPEN, credit
from labo_web.roadmaps.access import get_public_roadmap, neighbourhoods
from labo_web.roadmaps.models import Action, Level
from labo_web.roadmaps.money import plan_of


@dataclass(frozen=True)
class Part:
    """Some files under one licence, and whom to name."""

    title: str
    licence: str
    credit: str
    files: list[str]


# Of each release that is open to everyone: name of the address, name of the file.
OF_RELEASE = (
    ("values_csv", "valeurs.csv"),
    ("zones", "zones.geojson"),
    ("geopackage", "zones.gpkg"),
    ("workbook", "valeurs.xlsx"),
    ("columns", "colonnes.csv"),
    ("cells", "carreaux.pmtiles"),
)
RESOURCES = (
    ("resources_csv", "ressources.csv"),
    ("resources_geojson", "ressources.geojson"),
)
RESOURCES_ODBL = (
    ("resources_odbl_csv", "ressources-odbl.csv"),
    ("resources_odbl", "ressources-odbl.geojson"),
)


def visitor(path: str) -> HttpRequest:
    """Return the request of somebody who has no account."""
    query = dict(pair.split("=", 1) for pair in path.partition("?")[2].split("&") if "=" in pair)
    request = RequestFactory(SERVER_NAME=_host()).get(path.partition("?")[0], query, secure=True)
    request.user = AnonymousUser()
    request.session = SessionBase()
    return request


def _host() -> str:
    named = [host for host in settings.ALLOWED_HOSTS if not host.startswith((".", "*", "["))]
    return named[0] if named else "localhost"


def answered(path: str) -> bytes | None:
    """Return what a visitor is answered at an address; None where it is not public."""
    request = visitor(path)
    view, args, kwargs = resolve(request.path)
    try:
        answer = view(request, *args, **kwargs)
    except Http404:
        return None
    if answer.status_code != 200:
        return None
    if isinstance(answer, StreamingHttpResponse):
        return b"".join(cast(Iterator[bytes], answer.streaming_content))
    return bytes(answer.content)


def open_bundle(code: str, out: Path) -> list[Part]:
    """Write the folder, whole or not at all, and return its parts.

    Raises:
        BadArchive: nothing of the territory is public, or the folder is there already.
    """
    if out.exists():
        raise BadArchive(f"{out} existe déjà : donnez un autre nom, rien n’est écrasé.")
    try:
        releases = releases_for(visitor("/"), code)
    except Http404 as error:
        raise BadArchive(
            f"Rien du territoire {code!r} n’est ouvert à tout le monde : il n’y a rien à publier."
        ) from error
    with whole.folder_for(out) as folder:
        parts = [part for part in _parts(code, releases, folder) if part.files]
        _describe(releases[0], parts, folder)
    return parts


def _parts(code: str, releases: list[Release], folder: Path) -> Iterator[Part]:
    for release in releases:
        below = f"diagnostic-{release.code}"
        query = f"?livraison={release.code}"
        files = [
            (reverse(name, args=[code]) + query, f"{below}/{file}") for name, file in OF_RELEASE
        ]
        files += [
            (reverse("cell_values", args=[code, x.name]) + query, f"{below}/carreaux/{x.name}.json")
            for x in release.indicators.filter(environment=True, cells__isnull=False)
        ]
        yield Part(
            f"Diagnostic, livraison {release.code}, QPV {release.generation}",
            "\n".join([LICENCE, *licences(release)]),
            attribution(release),
            _write(files, folder),
        )
    for title, addresses, licence, odbl in (
        ("Ressources des quartiers", RESOURCES, OPEN, False),
        ("Ressources venues d’OpenStreetMap", RESOURCES_ODBL, ODBL, True),
    ):
        files = [(reverse(name, args=[code]), f"ressources/{file}") for name, file in addresses]
        yield Part(title, licence, credit(odbl=odbl), _write(files, folder))
    yield Part(
        "Feuille de route publiée", OPEN, "l’équipe du territoire", _write_roadmap(code, folder)
    )
    yield Part(
        "Récits publiés",
        "Chaque récit a la sienne, dite dans `recits/recits.json`. Un récit pour le programme "
        "seulement n’y est que nommé ; un passage n’y est que si les personnes l’ont permis.",
        "le crédit de chaque passage, et le territoire",
        _write_stories(code, folder),
    )


def _write(files: list[tuple[str, str]], folder: Path) -> list[str]:
    written = []
    for address, name in files:
        content = answered(address)
        if content is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written.append(name)
    return written


def _write_stories(code: str, folder: Path) -> list[str]:
    """Write the stories as open data, with the files of their passages beside them."""
    written = _write([(reverse("stories_json", args=[code]), "recits/recits.json")], folder)
    if not written:
        return []
    path = folder / written[0]
    body = json.loads(path.read_bytes())
    if not body["recits"]:
        path.unlink()
        path.parent.rmdir()
        return []
    for story in body["recits"]:
        # An address of a site means nothing on a disk.
        story.pop("adresse", None)
        for passage in story.get("passages", ()):
            if address := passage.pop("fichier", ""):
                found = urlsplit(address).path
                end = END.get(passage["nature"], "")
                name = f"recits/fichiers/{found.rstrip('/').split('/')[-2]}{end}"
                if files := _write([(found, name)], folder):
                    written += files
                    passage["fichier"] = name.removeprefix("recits/")
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1), "utf-8")
    return written


END = {"photo": ".jpg", "audio": ".m4a", "video": ".mp4"}
ROADMAP = (
    *("numero", "titre", "quartiers", "lieu", "avancement", "constat", "pour_l_environnement"),
    *("a_qui_elle_profite", "qui_pourrait_y_perdre", "qui_s_en_occupe", "argent_acquis_euros"),
    *("publiee_le", "refusee_le", "refusee_par", "raison_du_refus"),
)


def _write_roadmap(code: str, folder: Path) -> list[str]:
    """Write what the public page of the roadmap says, as a table."""
    try:
        roadmap = get_public_roadmap(visitor("/"), code)
    except Http404:
        return []
    names = neighbourhoods(roadmap.territory)
    found = (
        Action.objects.public()
        .filter(roadmap=roadmap)
        .select_related("pilot")
        .prefetch_related("funding", "decisions")
    )
    rows = [dict(zip(ROADMAP, _action(a, names), strict=True)) for a in found]
    (folder / "feuille-de-route").mkdir()
    out = io.StringIO()
    out.write("\ufeff")  # without it a French spreadsheet misreads accents
    writer = csv.DictWriter(out, ROADMAP, delimiter=";")
    writer.writeheader()
    writer.writerows({key: harmless(str(value)) for key, value in row.items()} for row in rows)
    body = {"titre": roadmap.title, "territoire": roadmap.territory.name, "actions": rows}
    files = {
        "feuille-de-route/actions.csv": out.getvalue(),
        "feuille-de-route/actions.json": json.dumps(body, ensure_ascii=False, indent=1),
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8", newline="")
    return list(files)


def _action(action: Action, names: dict[str, str]) -> Iterator[Any]:
    """Give the cells of an action, in the order of ROADMAP; what is not known is empty."""
    refused = action.level == Level.ABANDONED
    end = [d for d in action.decisions.all() if d.after == Level.ABANDONED][-1:] if refused else []
    secured = None if refused else plan_of([action]).secured
    yield from (action.number_shown, action.title)
    yield " | ".join(names.get(code, code) for code in action.zones)
    # Of a refused idea the page says the idea and the reason, and nothing else.
    told = ("", "", "", "", "", "") if refused else (
        action.place, action.finding, action.environment, action.benefits, action.loses,
        str(action.pilot or ""),
    )  # fmt: skip
    yield from (told[0], action.level_label, *told[1:])
    yield f"{secured:.2f}".replace(".", ",") if secured else ""
    yield action.published_on.isoformat() if action.published_on else ""
    for decision in end:
        yield decision.decided_on.isoformat()
        yield str(decision.get_body_display())
        yield decision.reason
    yield from () if end else ("", "", "")


def _describe(release: Release, parts: list[Part], folder: Path) -> None:
    """Write what the folder holds, the licence of each part, and the digest of every file."""
    context = {"territory": release.territory, "parts": parts, "fictive": release.fictive}
    for name in ("LISEZMOI.md", "LICENCES.md"):
        text = render_to_string(f"moving/{name}", context)
        (folder / name).write_text(text, "utf-8")
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    (folder / "SHA256SUMS").write_text("".join(sums), "utf-8")
