"""The shared narrative as a folder that opens from the disk: no network, no account, no script.

It holds what everyone reads and what consents let documents show; the territory owns it.
"""

from __future__ import annotations

import base64
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from labo_web.releases.models import Zone
from labo_web.stories import files
from labo_web.stories.models import Medium, Story
from labo_web.stories.narrative import as_everyone, narrative_of
from labo_web.stories.showing import Channel, Piece, passages_of, pieces_of
from labo_web.typography import curled, unbroken

STYLES = ("css/atlas.css", "css/stories.css", "vendor/inter.woff2", "vendor/inter.LICENSE.txt")
PART = 1 << 16
File = tuple[str, bytes | Path]


class NotEmpty(Exception):
    """The folder holds something already."""


def files_of(zone: Zone) -> Iterator[File]:
    """Give the files of the narrative of a neighbourhood: their name, and what is in them."""
    told = narrative_of(zone)
    today = timezone.localdate()
    context = {"told": told, "territory": told.territory, "zone": zone, "today": today}
    yield "index.html", _page("stories/offline/index.html", context)
    for story in told.stories:
        pieces, media = _moved(story)
        head = story.public_head()
        own = {**context, "story": story, "head": head, "pieces": pieces,
               "opening": "../index.html"}  # fmt: skip
        yield f"recits/{story.number}.html", _page("stories/offline/story.html", own)
        yield from media
    yield "LISEZMOI.txt", render_to_string("stories/offline/readme.txt", context).encode()
    static = Path(settings.STATICFILES_DIRS[0])
    for name in STYLES:
        if (path := static / name).is_file():
            yield name, path


def _page(template: str, context: dict[str, object]) -> bytes:
    return unbroken(curled(render_to_string(template, context))).encode()


def _moved(story: Story) -> tuple[list[Piece], list[File]]:
    """Return what is shown of a story, its files beside the page, and these files."""
    head = story.public_head()
    pieces: list[Piece] = []
    media: list[File] = []
    for p in pieces_of(as_everyone(), story, passages_of(head), Channel.DOCUMENTS):
        medium = p.passage.medium if p.passage else None
        if medium is None or p.passage is None:
            pieces.append(p)
            continue
        folder = files.folder()
        name = f"media/{medium.key}{files.ENDS[Medium.Kind(medium.kind)]}"
        media.append((name, folder / medium.name))
        poster = ""
        if medium.kind == Medium.Kind.VIDEO and medium.thumbnail:
            poster = f"media/{medium.key}-vignette.jpg"
            media.append((poster, folder / medium.thumbnail))
        track = ""
        if p.passage.subtitles:
            # Browsers do not read subtitles from another file of the disk: they stand in the page.
            packed = base64.b64encode(p.passage.subtitles.encode()).decode()
            track = f"data:text/vtt;charset=utf-8;base64,{packed}"
        pieces.append(
            replace(p, source=f"../{name}", poster=f"../{poster}" if poster else "", track=track)
        )
    return pieces, media


def write_folder(zone: Zone, target: Path) -> int:
    """Write the narrative in a folder that is new or empty; return how many files it has.

    Raises:
        NotEmpty: there is something in that folder.
    """
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise NotEmpty(f"{target} n’est pas vide : donnez un dossier neuf.")
    many = 0
    for name, content in files_of(zone):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        many += 1
    return many


def archive_of(zone: Zone) -> Iterator[bytes]:
    """Return the narrative as a zip archive, part by part.

    Pages are made at once, so that whatever is wrong is told; they are packed as they are read.
    """
    return _packed(f"recit-{zone.code}", list(files_of(zone)))


def _packed(root: str, found: list[File]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as target:
        with zipfile.ZipFile(target, "w") as archive:
            for name, content in found:
                # What is packed already is stored as it is.
                if isinstance(content, bytes):
                    archive.writestr(f"{root}/{name}", content, zipfile.ZIP_DEFLATED)
                else:
                    archive.write(content, f"{root}/{name}", zipfile.ZIP_STORED)
        target.seek(0)
        while part := target.read(PART):
            yield part
