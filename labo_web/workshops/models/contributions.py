"""What people say and vote: kept exactly once, without a name, shown after a facilitator's tap."""

from __future__ import annotations

import secrets
import uuid
from pathlib import Path
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.crypto import salted_hmac

from labo_web.accounts.models import Person, Territory, fingerprint
from labo_web.workshops.models.events import Event, Question

GRID = 50  # metres: a place is a corner of this grid, never a front door


def new_number() -> str:
    """Return seven digits, easy to say in any language; none leads to another."""
    return f"{secrets.randbelow(10**7):07d}"


def follow_token(client_id: uuid.UUID) -> str:
    """Return the secret part of the link by which the author follows a contribution.

    It comes from the number that the phone made, so that a phone which never got its answer
    gets the same link by asking again, though only a fingerprint of it is kept.
    """
    return salted_hmac("workshops.follow", str(client_id), algorithm="sha256").hexdigest()[:40]


class ContributionQuerySet(models.QuerySet["Contribution"]):
    """What is asked of contributions."""

    def with_stances(self) -> Self:
        """Add `support`, `oppose`, `doubt`: people."""
        counts = {
            stance.value: Sum("reactions__people", filter=Q(reactions__stance=stance), default=0)
            for stance in Reaction.Stance
        }
        return self.annotate(**counts)

    def shown(self) -> Self:
        """Keep those that a facilitator let onto the wall."""
        return self.filter(state=Contribution.State.SHOWN, erased_at=None)


class Contribution(models.Model):
    """Something that somebody said, wrote, photographed or placed; no name is asked."""

    class Kind(models.TextChoices):
        """How it came."""

        TEXT = "text", "texte"
        VOICE = "voice", "message vocal"
        DICTATED = "dictated", "recueilli oralement"
        PHOTO = "photo", "photo"
        CARD = "card", "carte ou feuille"

    class State(models.TextChoices):
        """Who may read it."""

        RECEIVED = "received", "reçue"
        SHOWN = "shown", "montrée"
        WITHHELD = "withheld", "écartée"

    class Reason(models.TextChoices):
        """Why one is not shown."""

        PERSONAL = "personal", "elle contient des données personnelles"
        INSULT = "insult", "elle contient des injures ou des discriminations"
        TWICE = "twice", "elle est déjà là"
        ELSEWHERE = "elsewhere", "elle ne parle pas du sujet"

    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="contributions")
    # Empty: said outside any event.
    event = models.ForeignKey(
        Event, null=True, blank=True, on_delete=models.PROTECT, related_name="contributions"
    )
    question = models.ForeignKey(
        Question, null=True, blank=True, on_delete=models.SET_NULL, related_name="contributions"
    )
    # Empty: the whole territory.
    zone = models.CharField("quartier", max_length=60, blank=True)
    kind = models.CharField("forme", max_length=8, choices=Kind.choices, default=Kind.TEXT)
    # Of a voice, what was written down of it.
    text = models.TextField("texte", max_length=4_000, blank=True)
    dictated_to = models.CharField("recueilli oralement par", max_length=80, blank=True)
    number = models.CharField("numéro", max_length=7, default=new_number)
    token_hash = models.CharField(max_length=64, unique=True)
    # Made by the phone, or by the page of whoever has no script: the same one is never kept twice.
    client_id = models.UUIDField(unique=True, default=uuid.uuid4)
    # EPSG:2154, metres, multiples of GRID; both or none.
    easting = models.IntegerField(null=True, blank=True)
    northing = models.IntegerField(null=True, blank=True)
    # Of `voters.voter_key`: one person in one event, and nobody in particular. Empty on paper.
    voter = models.CharField(max_length=32, blank=True)
    table = models.CharField("table", max_length=20, blank=True)
    minority = models.BooleanField("avis minoritaire", default=False)
    on_paper = models.BooleanField("saisie d’une feuille", default=False)
    state = models.CharField("état", max_length=8, choices=State.choices, default=State.RECEIVED)
    reason = models.CharField("raison", max_length=10, choices=Reason.choices, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # Taken back by its author, or purged: the number stays, with nothing in it.
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = ContributionQuerySet.as_manager()
    # Given by `with_stances`.
    support: int
    oppose: int
    doubt: int
    # Given by `wall.shown_of`.
    photos: list[Medium]
    verdict: str

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(fields=["event", "state"]),
            models.Index(fields=["event", "voter", "created_at"]),
            models.Index(fields=["territory", "zone"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["territory", "number"], name="number_once"),
            models.CheckConstraint(
                condition=Q(easting=None, northing=None)
                | Q(easting__isnull=False, northing__isnull=False),
                name="place_is_whole",
            ),
            models.CheckConstraint(
                condition=(Q(state="withheld") & ~Q(reason=""))
                | (~Q(state="withheld") & Q(reason="")),
                name="withheld_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number_shown

    @property
    def number_shown(self) -> str:
        """The number as it is printed: « 412 0957 »."""
        return f"{self.number[:3]} {self.number[3:]}"

    @property
    def token(self) -> str:
        """The secret part of its author's link, for whoever proved to hold its `client_id`."""
        return follow_token(self.client_id)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Give a new one the fingerprint of its link."""
        if not self.token_hash:
            self.token_hash = fingerprint(follow_token(self.client_id))
        super().save(*args, **kwargs)

    def erase(self) -> None:
        """Empty it and remove its files; its number stays, so that an answer still finds it."""
        for medium in self.media.all():
            medium.erase()
        self.text = self.dictated_to = self.voter = self.table = ""
        self.easting = self.northing = None
        self.erased_at = timezone.now()
        self.save()


class Moderation(models.Model):
    """A facilitator showed a contribution, or set it aside, and why. Rows are never changed."""

    contribution = models.ForeignKey(
        Contribution, on_delete=models.CASCADE, related_name="moderations"
    )
    state = models.CharField(max_length=8, choices=Contribution.State.choices)
    reason = models.CharField(max_length=10, choices=Contribution.Reason.choices, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.contribution_id}: {self.state}"


class Reaction(models.Model):
    """One person supports, opposes or doubts a contribution; of a sheet, that many people do."""

    class Stance(models.TextChoices):
        """What they think."""

        SUPPORT = "support", "d’accord"
        OPPOSE = "oppose", "pas d’accord"
        DOUBT = "doubt", "j’hésite"

    contribution = models.ForeignKey(
        Contribution, on_delete=models.CASCADE, related_name="reactions"
    )
    # Of `voters.voter_key`; of a sheet, « papier » and the stance.
    voter = models.CharField(max_length=32)
    stance = models.CharField(max_length=8, choices=Stance.choices)
    people = models.PositiveSmallIntegerField(default=1)

    class Meta:  # noqa: D106
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contribution", "voter"], name="reaction_once")
        ]

    def __str__(self) -> str:
        return f"{self.contribution_id}: {self.stance}"


class Ballot(models.Model):
    """What one person put on the choices of a question, or the weights that they propose.

    Sent again, it replaces itself. Of a sheet: what a whole table put, and how many they were.
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="ballots")
    voter = models.CharField(max_length=32)
    people = models.PositiveSmallIntegerField(default=1)
    # {choice: dots} or {path of the index: weight}.
    content = models.JSONField()
    table = models.CharField(max_length=20, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["question", "voter"], name="ballot_once")
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.people}"


class Medium(models.Model):
    """A photo or a voice, without metadata, in a file of random name; erasable by itself.

    Nobody but the event's moderators gets it before one of them says that no face can be seen.
    """

    class Kind(models.TextChoices):
        """What it is."""

        PHOTO = "photo", "photo"
        VOICE = "voice", "voix"
        SHEET = "sheet", "photo d’une feuille"

    contribution = models.ForeignKey(
        Contribution, null=True, blank=True, on_delete=models.CASCADE, related_name="media"
    )
    # Of a sheet: the event and the table that it is of.
    event = models.ForeignKey(
        Event, null=True, blank=True, on_delete=models.CASCADE, related_name="sheets"
    )
    table = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    # In LABO_DATA/media; empty once erased.
    name = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def path(self) -> Path:
        """Where its file is."""
        return Path(settings.MEDIA_ROOT) / self.name

    def erase(self) -> None:
        """Remove the file and say so; the row stays, with nothing in it."""
        if self.name:
            self.path.unlink(missing_ok=True)
        self.name, self.size, self.published_at = "", 0, None
        self.erased_at = timezone.now()
        self.save()
