"""What is seen of an action once it runs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from labo_web.accounts.models import Signature
from labo_web.roadmaps.models.sheet import Roadmap, Tracked


class Observation(models.Model):
    """A value of a tracked indicator that somebody noted; those of releases are read there."""

    tracked = models.ForeignKey(Tracked, on_delete=models.PROTECT, related_name="observations")
    observed_on = models.DateField("date du relevé")
    value = models.DecimalField("valeur", max_digits=16, decimal_places=4)
    source = models.CharField("d’où elle vient", max_length=200)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["observed_on", "pk"]

    def __str__(self) -> str:
        return f"{self.tracked_id}, {self.observed_on}: {self.value}"


class Explanation(models.Model):
    """Why an indicator is where it is, in the review of a year: each saving is a new row."""

    tracked = models.ForeignKey(Tracked, on_delete=models.CASCADE, related_name="explanations")
    year = models.PositiveSmallIntegerField("année")
    text = models.TextField("explication", max_length=2_000)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.tracked_id}, {self.year}"


class Digest(models.Model):
    """The message of a month was sent: two clocks do not send it twice."""

    roadmap = models.ForeignKey(Roadmap, on_delete=models.CASCADE, related_name="digests")
    month = models.DateField()
    sent_at = models.DateTimeField(default=timezone.now)
    readers = models.PositiveIntegerField()

    class Meta:  # noqa: D106
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["roadmap", "month"], name="digest_once")
        ]

    def __str__(self) -> str:
        return f"{self.roadmap_id}, {self.month:%Y-%m}"
