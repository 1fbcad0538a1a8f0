"""History is rows: what was changed, what was decided, what a committee had before it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from labo_web.accounts.models import Organisation, Signature
from labo_web.roadmaps.models.sheet import Action, Level, Roadmap


class Change(models.Model):
    """A field of a sheet, or one of its tables, before and after it was saved."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="changes")
    version = models.PositiveIntegerField()
    field = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    changed_at = models.DateTimeField(default=timezone.now)
    # The one row that goes with the person; the date and the body stay.
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["action", "version", "field"], name="change_once")
        ]

    def __str__(self) -> str:
        return f"{self.action_id}, {self.field}, version {self.version}"


class Decision(models.Model):
    """A body decided, on a day and for a reason, what becomes of an action."""

    class Body(models.TextChoices):
        """Who decides."""

        TEAM = "team", "équipe projet"
        COTECH = "cotech", "comité technique"
        COPIL = "copil", "comité de pilotage"
        COUNCIL = "council", "conseil communautaire ou municipal"
        RESIDENTS = "residents", "conseil citoyen"

    class Subject(models.TextChoices):
        """What is decided."""

        LEVEL = "level", "maturité"
        PUBLICATION = "publication", "publication"

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="decisions")
    subject = models.CharField(max_length=12, choices=Subject.choices)
    body = models.CharField("instance", max_length=10, choices=Body.choices)
    decided_on = models.DateField("date")
    # Read by everyone once the sheet is public: it speaks of the idea, never of who proposed it.
    reason = models.TextField("raison", max_length=2_000)
    before = models.CharField(max_length=10)
    after = models.CharField(max_length=10)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.decided_on}: {self.said}"

    @property
    def said(self) -> str:
        """What was decided, in words."""
        if self.subject == self.Subject.PUBLICATION:
            return "publiée" if self.after else "retirée de la page publique"
        return f"{Level(self.before).label} → {Level(self.after).label}"


class Frozen(models.Model):
    """The roadmap as a committee had it before it: written once, never changed."""

    roadmap = models.ForeignKey(Roadmap, on_delete=models.PROTECT, related_name="frozen")
    number = models.PositiveIntegerField()
    title = models.CharField("réunion", max_length=200)
    held_on = models.DateField("date de la réunion")
    content = models.JSONField()
    # sha256 of the content, by which anyone can tell that it did not change.
    digest = models.CharField(max_length=64)
    frozen_at = models.DateTimeField(default=timezone.now)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["roadmap", "number"], name="frozen_number")
        ]

    def __str__(self) -> str:
        return f"version {self.number}: {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write it; a second time is an error of the program.

        Raises:
            TypeError: it was written already.
        """
        if self.pk is not None:
            raise TypeError("a frozen version is never written twice")
        super().save(*args, **kwargs)


class AnnexTemplate(models.Model):
    """The DOCX that a territory gave for its annex: the newest one serves, the others stay."""

    roadmap = models.ForeignKey(Roadmap, on_delete=models.CASCADE, related_name="templates")
    name = models.CharField("nom du fichier", max_length=200)
    content = models.BinaryField()
    given_at = models.DateTimeField(default=timezone.now)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.name
