"""How territories come in and are accompanied: applications, conventions, days, what changed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from labo_web.accounts.models import Organisation, Signature
from labo_web.programme.models.cohort import Membership, Programme


class Application(models.Model):
    """An agglomeration answered the call."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="applications")
    applicant = models.CharField("collectivité", max_length=200)
    received_on = models.DateField("reçue le")
    summary = models.TextField("en quelques mots", max_length=2_000, blank=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["received_on", "pk"]

    def __str__(self) -> str:
        return self.applicant


class Selection(models.Model):
    """What was decided of an application, on a day and for a reason: rows, the newest stands."""

    class Outcome(models.TextChoices):
        """What was decided."""

        KEPT = "kept", "retenue"
        WAITING = "waiting", "sur liste d’attente"
        DECLINED = "declined", "non retenue"
        WITHDRAWN = "withdrawn", "retirée par la collectivité"

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="selections"
    )
    outcome = models.CharField("décision", max_length=10, choices=Outcome.choices)
    decided_on = models.DateField("date de la décision")
    reason = models.CharField("raison", max_length=600)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.decided_on}: {self.get_outcome_display()}"


class Convention(models.Model):
    """The convention between a territory and the resource centre; renewed, it is another row."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="conventions")
    reference = models.CharField("référence", max_length=200)
    signed_on = models.DateField("signée le")
    expires_on = models.DateField("valable jusqu’au")
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["signed_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(expires_on__gte=F("signed_on")),
                name="convention_ends_after_it_is_signed",
                violation_error_message="La convention se termine avant d’être signée.",
            )
        ]

    def __str__(self) -> str:
        return self.reference

    def expired(self, today: dt.date) -> bool:
        """Whether its last day is over."""
        return today > self.expires_on


class SupportDay(models.Model):
    """Days of accompaniment: planned, then given, by a body."""

    class Kind(models.TextChoices):
        """What they are for."""

        METHOD = "method", "méthode et animation"
        DATA = "data", "données et cartes"
        TRAINING = "training", "formation"
        WORKSHOP = "workshop", "atelier ou Fresque"
        WRITING = "writing", "écriture de la feuille de route"
        MEETING = "meeting", "réunion, comité"

    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="support_days"
    )
    kind = models.CharField("pour quoi", max_length=10, choices=Kind.choices)
    label = models.CharField("en quelques mots", max_length=200)
    # A body and never a person.
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="par quel organisme"
    )
    days = models.DecimalField(
        "jours",
        max_digits=5,
        decimal_places=1,
        validators=[MinValueValidator(Decimal("0.5")), MaxValueValidator(Decimal(200))],
    )
    planned_on = models.DateField("prévus le", null=True, blank=True)
    given_on = models.DateField("donnés le", null=True, blank=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["planned_on", "pk"]

    def __str__(self) -> str:
        return self.label


class Statement(models.Model):
    """« Ce que le Labo a changé »: somebody says so, with what shows it and the day.

    It is a declaration, and read as one: nothing is deduced from it.
    """

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="statements")
    text = models.TextField("ce qui a changé", max_length=1_500)
    evidence = models.CharField("ce qui le montre : adresse ou référence", max_length=300)
    stated_on = models.DateField("dit le")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="dit par"
    )
    withdrawn_on = models.DateField("retiré le", null=True, blank=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["stated_on", "pk"]

    def __str__(self) -> str:
        return f"{self.stated_on}, {self.organisation_id}"
