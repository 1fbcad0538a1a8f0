"""What a reportage tells of: the end of the thread, which walks down to actions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from labo_web.accounts.models import Signature
from labo_web.resources.models import Resource
from labo_web.roadmaps.models import Action
from labo_web.stories.models.story import Story
from labo_web.workshops.models import Contribution


class StoryLink(models.Model):
    """A reportage tells of an action, a resource or a contribution, in a sentence, on a day."""

    class Kind(models.TextChoices):
        """What is at the other end."""

        ACTION = "action", "action de la feuille de route"
        RESOURCE = "resource", "ressource du quartier"
        CONTRIBUTION = "contribution", "parole d’habitant"

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    action = models.ForeignKey(
        Action, null=True, blank=True, on_delete=models.SET_NULL, related_name="story_links"
    )
    # What was taken back by whoever gave it leaves the link, and nothing of what it said.
    resource = models.ForeignKey(
        Resource, null=True, blank=True, on_delete=models.SET_NULL, related_name="story_links"
    )
    contribution = models.ForeignKey(
        Contribution, null=True, blank=True, on_delete=models.SET_NULL, related_name="story_links"
    )
    sentence = models.CharField("en une phrase", max_length=400)
    added_on = models.DateField(default=timezone.localdate)
    removed_on = models.DateField(null=True, blank=True)
    signature = models.ForeignKey(
        Signature, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:  # noqa: D106
        ordering: ClassVar = ["added_on", "pk"]

    def __str__(self) -> str:
        return f"{self.story_id}: {self.kind}"
