"""The thread: what is declared urgent, and what each action rests on."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from labo_web.accounts.models import Signature
from labo_web.releases.models import Release
from labo_web.resources.models import Resource
from labo_web.roadmaps.models.sheet import Action, Roadmap
from labo_web.workshops.models import Contribution, SolutionSheet


class Priority(models.Model):
    """A vulnerability that the team declares urgent in a neighbourhood, with the reason."""

    roadmap = models.ForeignKey(Roadmap, on_delete=models.CASCADE, related_name="priorities")
    zone = models.CharField("quartier", max_length=60, blank=True)
    indicator = models.CharField("indicateur", max_length=100)
    # The release that whoever declared it had before them.
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    why = models.CharField("pourquoi", max_length=400)
    declared_on = models.DateField("déclarée le", default=timezone.localdate)
    withdrawn_on = models.DateField("retirée le", null=True, blank=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["roadmap", "zone", "indicator"],
                condition=models.Q(withdrawn_on__isnull=True),
                name="priority_once",
                violation_error_message="Cette vulnérabilité est déjà déclarée prioritaire.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.zone}: {self.indicator}"


class Link(models.Model):
    """Something that an action rests on, in a sentence and with a date.

    A figure is a dated reference (zone, indicator, release) and never typed.
    """

    class Kind(models.TextChoices):
        """What is at the other end."""

        FIGURE = "figure", "chiffre du diagnostic"
        CONTRIBUTION = "contribution", "parole d’habitant"
        PRIORITY = "priority", "vulnérabilité prioritaire"
        RESOURCE = "resource", "ressource du quartier"
        SOLUTION = "solution", "fiche solution d’un atelier"

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    priority = models.ForeignKey(
        Priority, null=True, blank=True, on_delete=models.PROTECT, related_name="links"
    )
    release = models.ForeignKey(
        Release, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    zone = models.CharField(max_length=60, blank=True)
    indicator = models.CharField(max_length=100, blank=True)
    # What was taken back by whoever gave it leaves the link, and nothing of what it said.
    contribution = models.ForeignKey(
        Contribution, null=True, blank=True, on_delete=models.SET_NULL, related_name="action_links"
    )
    resource = models.ForeignKey(
        Resource, null=True, blank=True, on_delete=models.SET_NULL, related_name="action_links"
    )
    solution = models.ForeignKey(
        SolutionSheet,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="action_links",
    )
    sentence = models.CharField("en une phrase", max_length=400)
    added_on = models.DateField(default=timezone.localdate)
    removed_on = models.DateField(null=True, blank=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["added_on", "pk"]

    def __str__(self) -> str:
        return f"{self.action_id}: {self.kind}"
