"""The yearly programming of the contrat de ville: what was granted to whom, for which QPVs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from labo_web.accounts.models import Signature
from labo_web.roadmaps.models.sheet import CENTS, Roadmap


class Programming(models.Model):
    """A file of one year, as it was imported, and the rule that splits what is for several QPVs."""

    class Rule(models.TextChoices):
        """How money for several neighbourhoods is split between them."""

        EQUAL = "equal", "à parts égales"
        RESIDENTS = "residents", "selon les habitants (à parts égales où l’on en ignore le nombre)"

    roadmap = models.ForeignKey(Roadmap, on_delete=models.CASCADE, related_name="programmings")
    year = models.PositiveSmallIntegerField("année")
    rule = models.CharField("règle de partage", max_length=10, choices=Rule.choices)
    name = models.CharField("nom du fichier", max_length=200)
    imported_at = models.DateTimeField(default=timezone.now)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.year}: {self.name}"


class Grant(models.Model):
    """What was granted to a body, in euros. Ordinary law that is not told is no zero."""

    programming = models.ForeignKey(Programming, on_delete=models.CASCADE, related_name="grants")
    applicant = models.CharField("porteur", max_length=200)
    title = models.CharField("action", max_length=300)
    amount = models.DecimalField("crédits spécifiques", max_digits=13, decimal_places=2)
    ordinary = models.DecimalField("droit commun", **CENTS)
    # Codes of neighbourhoods; none is the whole territory.
    zones = models.JSONField(default=list)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.applicant}: {self.title}"
