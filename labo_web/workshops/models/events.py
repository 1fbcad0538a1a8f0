"""Events: where and when people meet, what may be decided there, and how many came.

Nobody who comes is known by name: registrations are erasable and tied to nothing, presence is
counted, evaluations are anonymous, and no row holds the language that anybody speaks.
"""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from labo_web.accounts.access import roles_of
from labo_web.accounts.models import DECIDING_KINDS, ByPrivateLink, Organisation, Person, Territory

# Read aloud and typed on an old phone: no 0 O 1 I L, no vowel that would make words.
LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"
CODE_LENGTH = 6


def new_code() -> str:
    """Return a code to join a room with, one of 27^6."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


class EventQuerySet(models.QuerySet["Event"]):
    """What is asked of events."""

    def announced(self) -> Self:
        """Keep those that anybody may read of."""
        return self.exclude(state=Event.State.DRAFT)

    def past(self) -> Self:
        """Keep those that have ended."""
        return self.filter(ends_at__lte=timezone.now())

    def run_by(self, request: HttpRequest) -> Self:
        """Keep those that whoever asks may prepare and facilitate."""
        kinds = [r for r in roles_of(request) if r.kind in DECIDING_KINDS]
        if any(r.territory_id is None for r in kinds):
            return self.all()
        allowed = models.Q(territory__in=[r.territory_id for r in kinds])
        if isinstance(request.user, Person):
            theirs = Event.facilitators.through.objects.filter(person=request.user.pk)
            allowed |= models.Q(pk__in=theirs.values("event"))
        return self.filter(allowed)


class Event(models.Model):
    """A meeting of residents, associations and services, in or about a neighbourhood."""

    class Kind(models.TextChoices):
        """What is held."""

        FRESQUE = "fresque", "Fresque du climat"
        WALK = "walk", "diagnostic en marchant"
        FORESIGHT = "foresight", "journée prospective"
        COPIL = "copil", "comité de pilotage (COPIL)"
        COTECH = "cotech", "comité technique (COTECH)"
        INTERVIEW = "interview", "entretien"
        MEETING = "meeting", "réunion publique"
        SHORT = "short", "séance courte"
        # Of all the territories of a programme; one of them is its host.
        GATHERING = "gathering", "rencontre inter-régionale"

    class State(models.TextChoices):
        """Whether it is told to everybody."""

        DRAFT = "draft", "en préparation"
        ANNOUNCED = "announced", "annoncé"
        CANCELLED = "cancelled", "annulé"

    class Level(models.TextChoices):
        """What those who come may change."""

        INFORM = "inform", "informer"
        CONSULT = "consult", "consulter"
        CONCERT = "concert", "concerter"
        BUILD = "build", "co-construire"
        DECIDE = "decide", "co-décider"

    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="events")
    # Empty: the whole territory.
    zone = models.CharField("quartier", max_length=60, blank=True)
    kind = models.CharField("nature", max_length=12, choices=Kind.choices)
    state = models.CharField("état", max_length=12, choices=State.choices, default=State.DRAFT)
    title = models.CharField("titre", max_length=200)
    purpose = models.TextField("pourquoi venir", max_length=1_000, blank=True)
    holder = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin")
    place = models.CharField("lieu", max_length=300)
    accessibility = models.TextField("accessibilité", max_length=600, blank=True)
    childcare = models.CharField("garde d’enfants", max_length=300, blank=True)
    # Offered by those who hold it; what people speak is not asked.
    languages = models.CharField("langues proposées", max_length=300, blank=True)
    level = models.CharField("niveau de participation", max_length=12, choices=Level.choices)
    negotiable = models.TextField("ce qui peut changer", max_length=1_000, blank=True)
    settled = models.TextField("ce qui est déjà décidé", max_length=1_000, blank=True)
    capacity = models.PositiveSmallIntegerField("places", null=True, blank=True)
    # Those who facilitate it, beside the territory's team.
    facilitators = models.ManyToManyField(Person, blank=True, related_name="facilitated")
    code = models.CharField("code de la salle", max_length=8, unique=True, default=new_code)
    # Which screen the wall holds (`screens`); empty: all of them, one after the other.
    wall = models.CharField("au mur", max_length=40, blank=True)
    opened_at = models.DateTimeField("salle ouverte le", null=True, blank=True)
    closed_at = models.DateTimeField("salle fermée le", null=True, blank=True)
    fictive = models.BooleanField("données fictives", default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = EventQuerySet.as_manager()
    # Given by `name_zones`.
    zone_name: str = ""

    class Meta:  # noqa: D106
        ordering: ClassVar = ["starts_at", "pk"]
        indexes: ClassVar = [models.Index(fields=["territory", "starts_at"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="event_ends_after_it_starts",
                violation_error_message="La fin vient avant le début.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def room_open(self) -> bool:
        """Whether phones may send to it: once opened, until closed."""
        return self.opened_at is not None and self.closed_at is None

    @property
    def past(self) -> bool:
        """Whether it has ended."""
        return self.ends_at <= timezone.now()


class Question(models.Model):
    """What a phone asks on one screen, or a table on one part of its sheet."""

    class Kind(models.TextChoices):
        """How it is answered."""

        SAY = "say", "dire : texte, voix, photo, lieu"
        DOTS = "dots", "voter avec des gommettes"
        WEIGHTS = "weights", "proposer des poids"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField("ordre")
    kind = models.CharField("réponse", max_length=8, choices=Kind.choices)
    text = models.CharField("question", max_length=300)
    # Of dots: how many each person has. Of weights: the index of the release.
    dots = models.PositiveSmallIntegerField(
        "gommettes par personne",
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
    )
    index = models.CharField("indice", max_length=100, blank=True)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class Choice(models.Model):
    """One of the things that dots are put on."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="choices")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200)

    # Given by `tally`.
    dots: int = 0

    class Meta:  # noqa: D106
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class Registration(ByPrivateLink, models.Model):
    """Someone means to come: what is needed to receive them, erased afterwards.

    It is tied to nothing that they will say. Of the link that cancels it, a fingerprint is kept.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="registrations")
    # A name to call, not an identity; an address or a number only to be told of a change.
    name = models.CharField("nom ou prénom", max_length=80, blank=True)
    contact = models.CharField("adresse électronique ou téléphone", max_length=120, blank=True)
    people = models.PositiveSmallIntegerField(
        "personnes", default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    children = models.PositiveSmallIntegerField(
        "enfants à garder", default=0, validators=[MaxValueValidator(10)]
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.people} pour {self.event_id}"


class Headcount(models.Model):
    """How many people gave an answer to a trait that was counted: never who, never two traits."""

    class Trait(models.TextChoices):
        """What is counted; each is optional for those who are asked, but presence."""

        PRESENT = "present", "présence"
        HOME = "home", "lieu de vie"
        GENDER = "gender", "genre"
        AGE = "age", "âge"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="headcounts")
    trait = models.CharField(max_length=8, choices=Trait.choices)
    # Of `presence.ANSWERS`.
    answer = models.CharField(max_length=12)
    people = models.PositiveIntegerField()

    class Meta:  # noqa: D106
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "trait", "answer"], name="headcount_once")
        ]

    def __str__(self) -> str:
        return f"{self.trait} {self.answer}: {self.people}"


class Cumulation(models.Model):
    """What was published of several events together. It is kept: the next one is checked against
    it, so that no subtraction tells of fewer than eleven people.
    """

    territory = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="cumulations")
    # {subject: {answer: people}}, as published; and all that had been counted, which stays here.
    shown = models.JSONField()
    counted = models.JSONField()
    events = models.PositiveIntegerField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.events} rencontres, {self.made_at:%Y-%m-%d}"


SCALE = [MinValueValidator(1), MaxValueValidator(5)]


class Evaluation(models.Model):
    """What one person thought, before, just after, or three months later. Tied to nobody."""

    class Moment(models.TextChoices):
        """When it was asked."""

        BEFORE = "before", "avant"
        AFTER = "after", "à la fin"
        LATER = "later", "trois mois après"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="evaluations")
    moment = models.CharField("moment", max_length=8, choices=Moment.choices)
    # From 1 to 5; empty where not answered.
    knowledge = models.PositiveSmallIntegerField(null=True, blank=True, validators=SCALE)
    power = models.PositiveSmallIntegerField(null=True, blank=True, validators=SCALE)
    heard = models.PositiveSmallIntegerField(null=True, blank=True, validators=SCALE)
    satisfaction = models.PositiveSmallIntegerField(null=True, blank=True, validators=SCALE)
    # Read by those who hold the event only.
    comment = models.TextField("en quelques mots", max_length=1_000, blank=True)
    client_id = models.UUIDField(unique=True)
    # The day only: an hour would tell who was the last to leave.
    given_on = models.DateField(default=timezone.localdate)

    def __str__(self) -> str:
        return f"{self.event_id}: {self.moment}"


class Hours(models.Model):
    """Time asked of residents, associations or services for an event, and what it was paid."""

    class Who(models.TextChoices):
        """Whose time."""

        RESIDENTS = "residents", "habitantes et habitants"
        ASSOCIATIONS = "associations", "associations"
        SERVICES = "services", "services publics et bailleurs"

    class Paid(models.TextChoices):
        """How."""

        NOTHING = "nothing", "rien"
        VOUCHER = "voucher", "bons d’achat"
        ALLOWANCE = "allowance", "indemnité"
        AGREEMENT = "agreement", "convention ou prestation"
        SALARY = "salary", "sur le temps de travail"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="hours")
    who = models.CharField("de qui", max_length=12, choices=Who.choices)
    people = models.PositiveSmallIntegerField("personnes", validators=[MinValueValidator(1)])
    each = models.DecimalField(
        "heures par personne",
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.25")), MaxValueValidator(Decimal(500))],
    )
    paid = models.CharField("dédommagement", max_length=12, choices=Paid.choices)
    # In all; empty: not known, which is not nothing.
    euros = models.DecimalField(
        "montant total, en euros",
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.people} × {self.each} h, {self.who}"

    @property
    def total(self) -> Decimal:
        """Hours in all."""
        return self.people * self.each


class FresqueSheet(models.Model):
    """How a Fresque du climat, or a shorter session, went. Cards of the Fresque are not here.

    The questions and intentions that came are contributions, to two questions of the event. What
    each format asks for is declared in `formats`.
    """

    class Licence(models.TextChoices):
        """Under which right the game was led."""

        VOLUNTEER = "volunteer", "animation bénévole, sans vente"
        PROFESSIONAL = "professional", "animation rémunérée, droit d’usage payé"
        INTERNAL = "internal", "animation interne à un organisme, droit d’usage déclaré"
        OWN = "own", "supports du Labo, sans carte protégée"

    class Audience(models.TextChoices):
        """Who it was held for: a programme needs both."""

        RESIDENTS = "residents", "habitantes, habitants et associations"
        STAFF = "staff", "services, techniciens et élus"
        BOTH = "both", "les deux ensemble"

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="fresque")
    licence = models.CharField("droit d’usage", max_length=14, choices=Licence.choices)
    licence_note = models.CharField(
        "convention, facture ou déclaration", max_length=200, blank=True
    )
    # Empty: the sheet was written before it was asked.
    audience = models.CharField("pour qui", max_length=10, choices=Audience.choices, blank=True)
    public = models.CharField("précision sur le public", max_length=200, blank=True)
    room = models.CharField("salle", max_length=200, blank=True)
    tables = models.PositiveSmallIntegerField("tables", validators=[MinValueValidator(1)])
    leaders = models.PositiveSmallIntegerField("personnes qui ont animé")
    # Empty: not said; 0: people came without registering.
    registered = models.PositiveSmallIntegerField("personnes inscrites", null=True, blank=True)
    present = models.PositiveSmallIntegerField("personnes présentes")
    minutes = models.PositiveSmallIntegerField("durée, en minutes", null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.present} à {self.tables} tables"
