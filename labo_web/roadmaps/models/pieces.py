"""Files beside sheets: pieces that are attached to them, and plans that wait to be confirmed."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from labo_web.accounts.models import Person, Signature
from labo_web.roadmaps.models.sheet import Action, Roadmap

FOLDER = "pieces"  # in MEDIA_ROOT


class PieceQuerySet(models.QuerySet["Piece"]):
    """What is asked of pieces."""

    def kept(self) -> Self:
        """Keep those that were not removed."""
        return self.filter(removed_on=None)


class Piece(models.Model):
    """A file attached to a sheet. Removed, its file is erased; the row stays, with the reason."""

    class Kind(models.TextChoices):
        """What it is, told by its content and never by its name."""

        PDF = "pdf", "PDF"
        IMAGE = "jpg", "image"
        ODT = "odt", "texte (ODT)"
        DOCX = "docx", "texte (DOCX)"
        XLSX = "xlsx", "tableau (XLSX)"

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="pieces")
    title = models.CharField("titre", max_length=200)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    # Random, in the folder of pieces; empty once erased.
    name = models.CharField(max_length=60, blank=True)
    size = models.PositiveIntegerField()
    added_on = models.DateField("ajoutée le", default=timezone.localdate)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    removed_on = models.DateField("retirée le", null=True, blank=True)
    reason = models.CharField("parce que", max_length=300, blank=True)

    objects = PieceQuerySet.as_manager()

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(removed_on__isnull=True) | ~models.Q(reason=""),
                name="piece_removed_because",
                violation_error_message="Dites pourquoi la pièce est retirée.",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def path(self) -> Path:
        """Where its file is."""
        return Path(settings.MEDIA_ROOT) / FOLDER / self.name


class ImportDraft(models.Model):
    """A file that was read and found right, until whoever sent it confirms; erased within a day."""

    class What(models.TextChoices):
        """What it is to become."""

        PLAN = "plan", "plan"
        PROGRAMMING = "programming", "programmation"

    roadmap = models.ForeignKey(Roadmap, on_delete=models.CASCADE, related_name="import_drafts")
    # Whoever sent it, who alone confirms it.
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=11, choices=What.choices)
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    # What was chosen beside the file: the year, the rule.
    chosen = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.name
