"""A reportage: versions that point to passages, and the decisions that make them public.

A version is an order of passages, kept for good; what is seen or heard lies in the passages alone,
each of which can be emptied, and then all versions that point to it are without it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from labo_web.accounts.models import Organisation, Signature, Territory
from labo_web.releases.models import Release
from labo_web.stories.models.consent import Consent
from labo_web.stories.models.media import Medium


class StoryQuerySet(models.QuerySet["Story"]):
    """What is asked of stories."""

    def public(self) -> Self:
        """Keep those that everyone may read."""
        return self.filter(published_version__isnull=False)

    def with_heads(self) -> Self:
        """Add `public_title`, `public_standfirst` and `published_on`, of what everyone reads."""
        head = Version.objects.filter(story=OuterRef("pk"), number=OuterRef("published_version"))
        told = Decision.objects.filter(
            story=OuterRef("pk"), act=Decision.Act.PUBLISHED, version=OuterRef("published_version")
        ).order_by("-pk")
        return self.annotate(
            public_title=Subquery(head.values("title")[:1]),
            public_standfirst=Subquery(head.values("standfirst")[:1]),
            published_on=Subquery(told.values("decided_on")[:1]),
        )

    def with_drafts(self) -> Self:
        """Add `draft_title`, of the newest version, which the team reads."""
        head = Version.objects.filter(story=OuterRef("pk"), number=OuterRef("version"))
        return self.annotate(draft_title=Subquery(head.values("title")[:1]))


class Story(models.Model):
    """A reportage of a territory or of one of its neighbourhoods; its texts are in its versions."""

    class Kind(models.TextChoices):
        """What it tells."""

        REPORTAGE = "reportage", "reportage"
        PORTRAIT = "portrait", "portrait"
        PLACE = "place", "lieu"
        PRACTICE = "practice", "pratique"

    class State(models.TextChoices):
        """Where its newest version stands."""

        DRAFT = "draft", "brouillon"
        REVIEW = "review", "en relecture"
        PUBLISHED = "published", "publié"
        WITHDRAWN = "withdrawn", "retiré"

    class Licence(models.TextChoices):
        """Under what it may be used again, apart from the persons' rights."""

        PROGRAMME = "programme", "usage du programme seulement"
        CC_BY = "cc-by", "Creative Commons BY 4.0"
        CC_BY_SA = "cc-by-sa", "Creative Commons BY-SA 4.0"
        CC_BY_NC_ND = "cc-by-nc-nd", "Creative Commons BY-NC-ND 4.0"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="stories")
    number = models.PositiveIntegerField()
    # Empty: the whole territory.
    zone = models.CharField("quartier", max_length=60, blank=True)
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    licence = models.CharField(
        "réutilisation", max_length=12, choices=Licence.choices, default=Licence.PROGRAMME
    )
    state = models.CharField("état", max_length=10, choices=State.choices, default=State.DRAFT)
    # Numbers of the newest version, and of the one that is public.
    version = models.PositiveIntegerField(default=1)
    published_version = models.PositiveIntegerField(null=True, blank=True)
    fictive = models.BooleanField("données fictives", default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = StoryQuerySet.as_manager()
    # Given by `with_heads` and `with_drafts`.
    public_title: str | None
    public_standfirst: str | None
    published_on: dt.date | None
    draft_title: str | None

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["territory", "zone"])]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["territory", "number"], name="story_number"),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | Q(published_version__isnull=True),
                name="withdrawn_story_is_not_public",
            ),
        ]

    def __str__(self) -> str:
        return self.number_shown

    @property
    def number_shown(self) -> str:
        """The number as it is said aloud and printed: « Récit 3 »."""
        return f"Récit {self.number}"

    @property
    def is_public(self) -> bool:
        """Whether everyone may read a version of it."""
        return self.published_version is not None

    def public_head(self) -> Version:
        """Return the version that everyone reads.

        Raises:
            Version.DoesNotExist: there is none.
        """
        return self.versions.get(number=self.published_version or 0)


class Version(models.Model):
    """How a reportage was when somebody saved it: its head, and its passages in order."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField("titre", max_length=150)
    standfirst = models.TextField("chapô", max_length=600, blank=True)
    # Who tells it: a body, a collective, « les habitantes de la tour B »; never required.
    told_by = models.CharField("raconté par", max_length=200, blank=True)
    passages: models.ManyToManyField[Passage, Placement] = models.ManyToManyField(
        "Passage", through="Placement", related_name="versions"
    )
    # What was done since the version before, in words.
    did = models.CharField(max_length=200)
    signature = models.ForeignKey(
        Signature, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField("enregistrée le", default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["story", "number"], name="story_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.story_id}, version {self.number}"


class Block(models.Model):
    """A place in a reportage that keeps its nature and its consents, whatever is written in it."""

    class Kind(models.TextChoices):
        """What it holds."""

        TEXT = "text", "texte"
        PHOTO = "photo", "photo"
        AUDIO = "audio", "son"
        VIDEO = "video", "vidéo"
        QUOTE = "quote", "parole"
        MAP = "map", "carte du quartier"
        FIGURE = "figure", "chiffre du diagnostic"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="blocks")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    consents = models.ManyToManyField(Consent, blank=True, related_name="blocks")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Passage(models.Model):
    """What stood in a block at some time: the only row that holds it, and that can be emptied."""

    block = models.ForeignKey(Block, on_delete=models.CASCADE, related_name="passages")
    # Of a text, a quote; of a figure or a map, the sentence above it.
    text = models.TextField("texte", max_length=12_000, blank=True)
    medium = models.ForeignKey(
        Medium, null=True, blank=True, on_delete=models.RESTRICT, related_name="passages"
    )
    alt = models.CharField("ce que montre l’image", max_length=400, blank=True)
    caption = models.CharField("légende", max_length=300, blank=True)
    credit = models.CharField("crédit", max_length=150, blank=True)
    transcript = models.TextField("transcription", max_length=20_000, blank=True)
    # WebVTT.
    subtitles = models.TextField("sous-titres", max_length=60_000, blank=True)
    # Nobody can be recognised in it, nor heard: then no consent is asked.
    nobody = models.BooleanField("personne n’y est reconnaissable", default=False)
    # Of a figure: a dated reference, never a number; of a map, the neighbourhood.
    release = models.ForeignKey(
        Release, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    zone = models.CharField(max_length=60, blank=True)
    indicator = models.CharField(max_length=100, blank=True)
    written_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.block_id}: {self.pk}"

    def empty(self) -> None:
        """Remove all that was in it; that there was something stays."""
        self.text = self.alt = self.caption = self.credit = self.transcript = self.subtitles = ""
        self.erased_at = self.erased_at or timezone.now()
        self.save()


class Placement(models.Model):
    """A passage stands at a place of a version."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="placements")
    passage = models.ForeignKey(Passage, on_delete=models.RESTRICT, related_name="placements")
    position = models.PositiveSmallIntegerField()

    class Meta:  # noqa: D106
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "position"], name="placement_once")
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.position}"


class Decision(models.Model):
    """On a day, a version was sent to be read again, published, sent back or withdrawn."""

    class Act(models.TextChoices):
        """What was decided."""

        SUBMITTED = "submitted", "proposé à la relecture"
        SENT_BACK = "sent_back", "renvoyé à l’écriture"
        PUBLISHED = "published", "publié"
        WITHDRAWN = "withdrawn", "retiré"

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="decisions")
    act = models.CharField(max_length=10, choices=Act.choices)
    version = models.PositiveIntegerField()
    reason = models.TextField("en quelques mots", max_length=1_000, blank=True)
    signature = models.ForeignKey(
        Signature, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_on = models.DateField(default=timezone.localdate)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.story_id}: {self.act} {self.version}"
