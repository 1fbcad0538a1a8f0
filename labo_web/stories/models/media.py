"""Files of reportages: made again without metadata, under a random name, erasable."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

FOLDER = "stories"  # of MEDIA_ROOT


class Medium(models.Model):
    """A photo, a sound or a video, with its small picture. Erased, it is empty."""

    class Kind(models.TextChoices):
        """What it is."""

        PHOTO = "photo", "photo"
        AUDIO = "audio", "son"
        VIDEO = "video", "vidéo"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    story = models.ForeignKey("stories.Story", on_delete=models.CASCADE, related_name="media")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    # In MEDIA_ROOT/stories; empty once erased. The thumbnail is that of a photo or a video.
    name = models.CharField(max_length=60)
    thumbnail = models.CharField(max_length=60, blank=True)
    size = models.PositiveIntegerField()
    # Of the file: what browsers compare a part with.
    digest = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def paths(self) -> list[Path]:
        """Where its files are."""
        folder = Path(settings.MEDIA_ROOT) / FOLDER
        return [folder / name for name in (self.name, self.thumbnail) if name]

    def empty(self) -> list[Path]:
        """Empty the row, and return the files that are to be removed."""
        paths = self.paths
        self.name = self.thumbnail = self.digest = ""
        self.size, self.width, self.height, self.seconds = 0, None, None, None
        self.erased_at = self.erased_at or timezone.now()
        self.save()
        return paths
