"""Files that editors send: made again without metadata, kept under a random name."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from PIL import Image

from labo_web.stories import encoding
from labo_web.stories.models import Medium, Story
from labo_web.stories.models.media import FOLDER
from labo_web.workshops import media
from labo_web.workshops.photos import BadMedium, clean_photo

MOST_BYTES = {Medium.Kind.PHOTO: 12_000_000, Medium.Kind.AUDIO: 60_000_000,
              Medium.Kind.VIDEO: 95_000_000}  # fmt: skip
TIMEOUT = 240  # seconds to make one again
WAIT = 20  # seconds to wait for another one
PART = 1 << 20
ENDS = {Medium.Kind.PHOTO: ".jpg", Medium.Kind.AUDIO: ".m4a", Medium.Kind.VIDEO: ".mp4"}
TYPES = {Medium.Kind.PHOTO: "image/jpeg", Medium.Kind.AUDIO: "audio/mp4",
         Medium.Kind.VIDEO: "video/mp4"}  # fmt: skip
THUMB = 480
LOCK = ".encoding"  # held by whoever makes one again
REASONS = {
    "unreadable": "Ce fichier n’est pas un son ou une vidéo que l’on sait lire : envoyez un MP4, "
    "un WebM, un MP3, un M4A, un OGG ou un WAV.",
    "silent": "Ce fichier n’a pas de son.",
    "empty": "Ce fichier est vide.",
    "large": "L’image de cette vidéo est trop grande : filmez ou exportez en 1080p.",
}
LONG = {
    Medium.Kind.AUDIO: f"Ce son dure plus de {encoding.AUDIO_SECONDS // 60} minutes : coupez-le.",
    Medium.Kind.VIDEO: f"Cette vidéo dure plus de {encoding.VIDEO_SECONDS // 60} minutes : "
    "coupez-la.",
}


def folder() -> Path:
    """Return where files are, made if it is not there."""
    found = Path(settings.MEDIA_ROOT) / FOLDER
    found.mkdir(parents=True, exist_ok=True)
    return found


def keep(story: Story, kind: str, given: UploadedFile[Any]) -> Medium:
    """Make a file again and keep it; the row is saved, and no passage points to it yet.

    Raises:
        BadMedium: it is too heavy, too long, of another format, or broken.
    """
    most = MOST_BYTES[Medium.Kind(kind)]
    size = given.size or 0
    if size > most:
        raise BadMedium(
            f"Ce fichier pèse {size / 1e6:.0f} Mo : {most // 1_000_000} Mo au plus. "
            "Exportez-le plus petit, ou coupez-le."
        )
    if kind == Medium.Kind.PHOTO:
        return _photo(story, given.read())
    return _encoded(story, kind, given)


def _photo(story: Story, given: bytes) -> Medium:
    photo = clean_photo(given)
    out = BytesIO()
    with Image.open(BytesIO(photo.content)) as small:
        small.thumbnail((THUMB, THUMB))
        small.save(out, "JPEG", quality=80)
    medium = Medium(
        story=story, kind=Medium.Kind.PHOTO, width=photo.width, height=photo.height,
        name=media.written(folder(), photo.content, ".jpg"),
        thumbnail=media.written(folder(), out.getvalue(), ".jpg"),
        size=len(photo.content), digest=hashlib.sha256(photo.content).hexdigest(),
    )  # fmt: skip
    medium.save()
    return medium


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the one place where a file is being made again: the machine also answers readers.

    Raises:
        BadMedium: another one takes too long.
    """
    with (folder() / LOCK).open("w") as lock:
        for _ in range(WAIT * 4):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.25)
            else:
                yield
                return
        raise BadMedium(
            "Un autre son ou une autre vidéo est en train d’être préparé : réessayez dans une "
            "minute."
        )


def _encoded(story: Story, kind: str, given: UploadedFile[Any]) -> Medium:
    with _alone(), tempfile.TemporaryDirectory(dir=folder(), prefix=".encoding-") as work:
        source, target, thumb = (Path(work) / name for name in ("in", "out.mp4", "thumb.jpg"))
        with source.open("wb") as file:
            for part in given.chunks(PART):
                file.write(part)
        found = _made(kind, source, target, thumb)
        digest = hashlib.sha256()
        with target.open("rb") as file:
            while part := file.read(PART):
                digest.update(part)
            os.fsync(file.fileno())
        medium = Medium(
            story=story, kind=kind, size=target.stat().st_size, digest=digest.hexdigest(),
            seconds=found["seconds"], width=found["width"] or None,
            height=found["height"] or None, name=_moved(target, ENDS[Medium.Kind(kind)]),
            thumbnail=_moved(thumb, ".jpg") if thumb.exists() else "",
        )  # fmt: skip
        medium.save()
    return medium


def _moved(path: Path, end: str) -> str:
    name = secrets.token_urlsafe(24) + end
    path.rename(folder() / name)
    return name


def _made(kind: str, *paths: Path) -> dict[str, Any]:
    """Make a sound or a video again, in a process that is ended when it takes too long.

    Raises:
        BadMedium: it is refused, or takes too long.
    """
    command = [sys.executable, "-m", "labo_web.stories.encoding", kind, *map(str, paths)]
    root = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(  # noqa: S603 (our own module; names are of our own making)
            command, capture_output=True, timeout=TIMEOUT, check=False, cwd=root,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(root)},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise BadMedium(
            "Ce fichier est trop long à préparer : coupez-le, ou exportez-le en 720p."
        ) from error
    try:
        found = json.loads(done.stdout)
    except ValueError:
        # It was ended by its bounds, or by what it held.
        found = {"refused": "unreadable"}
    if reason := found.get("refused"):
        raise BadMedium(LONG[Medium.Kind(kind)] if reason == "long" else REASONS[reason])
    return dict(found)


def orphans() -> list[Path]:
    """Return files that no row names: what an interrupted sending left."""
    named = {LOCK}
    for pair in Medium.objects.exclude(name="").values_list("name", "thumbnail"):
        named |= {name for name in pair if name}
    return media.unnamed(Path(settings.MEDIA_ROOT) / FOLDER, named)
