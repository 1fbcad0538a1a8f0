"""Files of photos and voices: written whole under a random name, then named by a row."""

import os
import secrets
from pathlib import Path

from django.conf import settings

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
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    end = ".m4a" if medium.kind == Medium.Kind.VOICE else ".jpg"
    name = secrets.token_urlsafe(24) + end
    with (folder / name).open("xb") as file:
        file.write(content)
        file.flush()
        # A contribution that was acknowledged has its photo, even after a power cut.
        os.fsync(file.fileno())
    medium.name = name


def orphans() -> list[Path]:
    """Return files that no row names: what a refused or interrupted sending left."""
    folder = Path(settings.MEDIA_ROOT)
    if not folder.is_dir():
        return []
    named = set(Medium.objects.exclude(name="").values_list("name", flat=True))
    # Folders in it are those of other applications, which purge them.
    return sorted(x for x in folder.iterdir() if x.is_file() and x.name not in named)
