"""Files of photos and voices: written whole under a random name, then named by a row."""

import os
import secrets
from collections.abc import Container
from pathlib import Path

from django.conf import settings

from labo.whole import sync
from labo_web.workshops.models import Medium
from labo_web.workshops.photos import clean_photo
from labo_web.workshops.voices import clean_voice

TYPES = {"photo": "image/jpeg", "sheet": "image/jpeg", "voice": "audio/mp4"}


def made_again(kind: str, given: bytes) -> tuple[Medium, bytes]:
    """Return a medium, not saved and without a name, and its clean content.

    Raises:
        BadMedium: the file is not taken.
    """
    if kind == Medium.Kind.VOICE:
        voice = clean_voice(given)
        return Medium(kind=kind, size=len(voice.content), seconds=voice.seconds), voice.content
    photo = clean_photo(given)
    size = {"width": photo.width, "height": photo.height}
    return Medium(kind=kind, size=len(photo.content), **size), photo.content


def write(medium: Medium, content: bytes) -> None:
    """Write the file on the disk for good, and give the medium its name."""
    end = ".m4a" if medium.kind == Medium.Kind.VOICE else ".jpg"
    medium.name = written(Path(settings.MEDIA_ROOT), content, end)


def written(folder: Path, content: bytes, end: str) -> str:
    """Write a file in a folder for good, and return its name, which chance makes."""
    folder.mkdir(parents=True, exist_ok=True)
    name = secrets.token_urlsafe(24) + end
    with (folder / name).open("xb") as file:
        file.write(content)
        file.flush()
        # What was acknowledged has its file, even after a power cut.
        os.fsync(file.fileno())
    sync(folder)
    return name


def orphans() -> list[Path]:
    """Return files that no row names: what a refused or interrupted sending left."""
    named = set(Medium.objects.exclude(name="").values_list("name", flat=True))
    return unnamed(Path(settings.MEDIA_ROOT), named)


def unnamed(folder: Path, named: Container[str]) -> list[Path]:
    """Return the files of a folder that have none of these names.

    Folders in it are of other parts of the site, which look after them.
    """
    if not folder.is_dir():
        return []
    return sorted(x for x in folder.iterdir() if x.is_file() and x.name not in named)
