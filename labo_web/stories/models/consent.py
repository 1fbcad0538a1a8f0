"""What a person agreed to: their image, voice or words, where, until when; and taking it back."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from labo_web.accounts.models import ByPrivateLink, Organisation, Signature, Territory


class ConsentQuerySet(models.QuerySet["Consent"]):
    """What is asked of consents."""

    def ended(self, today: dt.date) -> Self:
        """Keep those that were taken back, or whose term has passed."""
        return self.filter(Q(withdrawn_at__isnull=False) | Q(until__lt=today))

    def ending(self, today: dt.date, days: int) -> Self:
        """Keep those that still hold and whose term comes within some days."""
        last = today + dt.timedelta(days)
        return self.filter(withdrawn_at=None, until__gte=today, until__lte=last)


class Consent(ByPrivateLink, models.Model):
    """A person lets their image, voice or words be shown in some places until a day.

    A child's needs both holders of parental authority and the child's own agreement. What would
    tell who it is lies in `person`, `shown_as` and `signed_name`, which a withdrawal empties.
    """

    class How(models.TextChoices):
        """How it was signed."""

        PAPER = "paper", "sur papier"
        SCREEN = "screen", "à l’écran, par le lien privé"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="consents")
    # Read by the team only.
    person = models.CharField("de qui (lu par l’équipe seulement)", max_length=200, blank=True)
    # Empty: nobody is named.
    shown_as = models.CharField("comment on la nomme en public", max_length=120, blank=True)
    image = models.BooleanField("son image", default=False)
    voice = models.BooleanField("sa voix", default=False)
    words = models.BooleanField("ses mots", default=False)
    on_site = models.BooleanField("sur ce site", default=True)
    in_documents = models.BooleanField(
        "dans les documents à imprimer et le récit à emporter", default=False
    )
    in_data = models.BooleanField("dans les données ouvertes", default=False)
    until = models.DateField("jusqu’au")
    how = models.CharField("signé", max_length=8, choices=How.choices)
    # On paper: the body that keeps the sheet.
    kept_by = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name="qui garde la feuille",
    )  # fmt: skip
    signed_on = models.DateField("signé le", null=True, blank=True)
    signed_name = models.CharField("nom tapé pour signer", max_length=120, blank=True)
    language = models.CharField("langue dans laquelle il a été expliqué", max_length=80)
    minor = models.BooleanField("la personne a moins de 18 ans", default=False)
    first_holder_on = models.DateField(
        "accord du premier titulaire de l’autorité parentale, le", null=True, blank=True
    )
    second_holder_on = models.DateField(
        "accord du second titulaire de l’autorité parentale, le", null=True, blank=True
    )
    # Where one person alone holds it: the document that says so. Who has seen it is `recorded_by`.
    sole_holder = models.CharField(
        "si une seule personne l’exerce, le document qui le montre", max_length=200, blank=True
    )
    child_on = models.DateField("accord de l’enfant lui-même, le", null=True, blank=True)
    # Of the private link by which it is read, signed and taken back.
    token_hash = models.CharField(max_length=64, unique=True)
    fictive = models.BooleanField("données fictives", default=False)
    recorded_by = models.ForeignKey(
        Signature, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(image=True) | Q(voice=True) | Q(words=True),
                name="consent_to_something",
                violation_error_message="Dites à quoi la personne consent : image, voix ou mots.",
            ),
        ]

    def __str__(self) -> str:
        return self.person or f"accord {self.short}"

    @property
    def short(self) -> str:
        """Eight letters that name it where the person may not be named."""
        return str(self.key)[:8]

    @property
    def covers(self) -> str:
        """What it is for, in words."""
        kinds = (("son image", self.image), ("sa voix", self.voice), ("ses mots", self.words))
        return ", ".join(label for label, given in kinds if given)

    @property
    def places(self) -> str:
        """Where it holds, in words."""
        kinds = (
            ("sur ce site", self.on_site),
            ("dans les documents à imprimer et le récit à emporter", self.in_documents),
            ("dans les données ouvertes", self.in_data),
        )
        return " ; ".join(label for label, given in kinds if given) or "nulle part"

    def missing(self) -> list[str]:
        """Return what it lacks to be one, whatever the day, in sentences."""
        found = []
        if self.signed_on is None:
            found.append("La personne n’a pas encore signé.")
        if self.how == self.How.PAPER and self.kept_by_id is None:
            found.append("On ne sait pas quel organisme garde la feuille signée.")
        if self.minor:
            if self.first_holder_on is None:
                found.append("L’accord d’un titulaire de l’autorité parentale manque.")
            if self.second_holder_on is None and not self.sole_holder:
                found.append("L’accord du second titulaire de l’autorité parentale manque.")
            if self.child_on is None:
                found.append("L’accord de l’enfant lui-même manque.")
        return found

    def against(self, today: dt.date) -> list[str]:
        """Return why it does not hold on a day; nothing where it does."""
        if self.withdrawn_at is not None:
            return ["Il a été retiré."]
        found = self.missing()
        if self.until < today:
            found.append(f"Il a pris fin le {self.until:%d/%m/%Y}.")
        days = (self.signed_on, self.first_holder_on, self.second_holder_on, self.child_on)
        if any(day is not None and day > today for day in days):
            found.append("Une de ses dates de signature est dans l’avenir.")
        return found

    def holds(self, today: dt.date) -> bool:
        """Whether it is whole and in force on a day."""
        return not self.against(today)


class Withdrawal(models.Model):
    """A consent was taken back, or its term came: the number of the receipt, and what it erased."""

    class Asked(models.TextChoices):
        """Who asked."""

        PERSON = "person", "par la personne, avec son lien privé"
        TEAM = "team", "par l’équipe, à la demande de la personne"
        TERM = "term", "au terme de l’accord"
        AGAIN = "again", "de nouveau, après le retour d’une sauvegarde"

    consent = models.OneToOneField(Consent, on_delete=models.CASCADE, related_name="withdrawal")
    asked = models.CharField(max_length=8, choices=Asked.choices)
    made_at = models.DateTimeField(default=timezone.now)
    stories = models.PositiveIntegerField(default=0)
    passages = models.PositiveIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number of its receipt, which is the same after a backup came back."""
        digits = f"{self.consent.key.int % 10**10:010d}"
        return f"{digits[:4]} {digits[4:7]} {digits[7:]}"


class Sending(models.Model):
    """Who received a document that holds a reportage, and when: told when something is taken back.

    The address is erased with time.
    """

    story = models.ForeignKey("stories.Story", on_delete=models.CASCADE, related_name="sendings")
    version = models.PositiveIntegerField("version")
    recipient = models.CharField("à qui (organisme ou personne)", max_length=200)
    email = models.EmailField("adresse électronique", blank=True)
    what = models.CharField("quoi", max_length=200)
    sent_on = models.DateField("envoyé le")
    signature = models.ForeignKey(
        Signature, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Of the latest withdrawal that concerns it.
    told_at = models.DateTimeField("prévenu le", null=True, blank=True)
    to_tell = models.BooleanField("à prévenir à la main", default=False)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-sent_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.recipient}, {self.sent_on}"
