"""What tables make in a day: sheets, with their disagreements, and the solutions they propose.

Nothing is overwritten: each saving of a sheet is a row, and a solution keeps what it said before.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Max
from django.utils import timezone

from labo_web.accounts.models import Person, Territory
from labo_web.resources.models import Resource
from labo_web.workshops.models.contributions import Contribution
from labo_web.workshops.models.events import Event


class TableSheet(models.Model):
    """A version of what one table, or one stop of a walk, wrote on a grid; never changed."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="table_sheets")
    # Of `kit.grids.GRIDS`, and which table or stop.
    grid = models.CharField(max_length=12)
    table = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    # {place of the grid: text}, as in `kit.grids`.
    content = models.JSONField(default=dict)
    on_paper = models.BooleanField("recopiée d’une feuille", default=False)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["grid", "table", "-version"]
        constraints: ClassVar = [
            # Two people who save at once: the second one is told.
            models.UniqueConstraint(
                fields=["event", "grid", "table", "version"], name="table_sheet_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.grid}-{self.table}, version {self.version}"


LEVEL = [MinValueValidator(1), MaxValueValidator(3)]
# Places of a solution that a sheet of paper has too.
SHEET_FIELDS = (
    "title", "problem", "public", "place", "means", "bearer", "first_step",
    "disagreements", "minority",
)  # fmt: skip


class SolutionSheet(models.Model):
    """A solution as people wrote it; roadmaps point to it, and it is never an action itself."""

    class State(models.TextChoices):
        """Where it stands after the vote."""

        DRAFT = "draft", "à discuter"
        KEPT = "kept", "retenue par la journée"
        LATER = "later", "gardée pour plus tard"

    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="solutions")
    # Empty: the whole territory.
    zone = models.CharField("quartier", max_length=60, blank=True)
    event = models.ForeignKey(
        Event, null=True, blank=True, on_delete=models.PROTECT, related_name="solutions"
    )
    # In its territory: said aloud and printed as « S-12 ».
    number = models.PositiveIntegerField()
    # The table that wrote it, where one did.
    table = models.PositiveSmallIntegerField("table", null=True, blank=True)
    state = models.CharField("état", max_length=8, choices=State.choices, default=State.DRAFT)
    title = models.CharField("notre solution", max_length=200)
    problem = models.TextField("quel problème", max_length=1_500, blank=True)
    public = models.CharField("pour qui", max_length=300, blank=True)
    place = models.CharField("dans quel lieu", max_length=300, blank=True)
    means = models.TextField("avec quelles ressources d’ici", max_length=1_000, blank=True)
    # A body or a group, never somebody's name.
    bearer = models.CharField("qui s’en occupe", max_length=300, blank=True)
    first_step = models.TextField("premier pas, dans les 90 jours", max_length=600, blank=True)
    first_step_by = models.DateField("au plus tard le", null=True, blank=True)
    # From 1 to 3; empty: not discussed, which is not nothing.
    effort = models.PositiveSmallIntegerField("effort", null=True, blank=True, validators=LEVEL)
    impact = models.PositiveSmallIntegerField("effet", null=True, blank=True, validators=LEVEL)
    justice = models.PositiveSmallIntegerField("justice", null=True, blank=True, validators=LEVEL)
    disagreements = models.TextField("désaccords", max_length=1_500, blank=True)
    minority = models.TextField("avis de quelques-uns", max_length=1_500, blank=True)
    # Empty: there was no vote on it.
    dots = models.PositiveIntegerField("gommettes", null=True, blank=True)
    contributions = models.ManyToManyField(Contribution, blank=True, related_name="solutions")
    resources = models.ManyToManyField(Resource, blank=True, related_name="solutions")
    fictive = models.BooleanField("données fictives", default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["territory", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["territory", "number"], name="solution_number_once")
        ]
        indexes: ClassVar = [models.Index(fields=["territory", "zone"])]

    def __str__(self) -> str:
        return f"{self.number_shown} {self.title}"

    @property
    def number_shown(self) -> str:
        """The number as it is printed: « S-12 »."""
        return f"S-{self.number}"

    @property
    def lacking(self) -> list[str]:
        """What a sheet should say and does not, in words."""
        said = {
            "le problème": self.problem,
            "pour qui": self.public,
            "qui s’en occupe": self.bearer,
            "le premier pas": self.first_step,
        }
        return [name for name, text in said.items() if not text]

    def texts(self) -> dict[str, Any]:
        """Return what it says now, to be kept as a version."""
        names = (*SHEET_FIELDS, "effort", "impact", "justice", "dots", "state")
        day = self.first_step_by.isoformat() if self.first_step_by else ""
        return {name: getattr(self, name) for name in names} | {"first_step_by": day}

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Give a new one the next number of its territory."""
        if self.number is None:
            found = SolutionSheet.objects.filter(territory=self.territory)
            self.number = (found.aggregate(last=Max("number"))["last"] or 0) + 1
        super().save(*args, **kwargs)


class SolutionVersion(models.Model):
    """What a solution said before it was changed."""

    solution = models.ForeignKey(SolutionSheet, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    content = models.JSONField()
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["solution", "version"], name="solution_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.solution_id}, version {self.version}"


class TranslationReview(models.Model):
    """Somebody who speaks a language signs that the table of its words was read over."""

    language = models.CharField("langue", max_length=5)
    # Of `kit.tongues.digest`: a table that changes waits for another signature.
    digest = models.CharField(max_length=16)
    body = models.CharField("relu par (organisme, sans nom de personne)", max_length=200)
    read_on = models.DateField("relu le")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.language}: {self.body}"
