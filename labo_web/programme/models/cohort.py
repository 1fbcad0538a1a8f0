"""A programme, its territories, their phases, gates and deliverables.

What is planned, decided and put off is rows that are added, never rewritten. Whether something is
late is computed from days and from the other parts of the site: nobody types it.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from labo_web.accounts.models import Organisation, Signature, Territory
from labo_web.programme.phases import CHOICES, PHASES, Phase


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    """What is asked of programmes."""

    def public(self) -> Self:
        """Keep those that everyone may read of."""
        return self.exclude(published_on=None)


class Programme(models.Model):
    """A cohort of territories that a resource centre accompanies together."""

    code = models.SlugField("nom dans l’adresse", max_length=60, unique=True)
    title = models.CharField("titre", max_length=200)
    purpose = models.TextField("à quoi il sert", max_length=3_000)
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="programmes",
        verbose_name="qui l’anime",
    )
    starts_on = models.DateField("début")
    ends_on = models.DateField("fin")
    # The call for territories.
    call = models.TextField("l’appel", max_length=6_000, blank=True)
    call_opens_on = models.DateField("ouverture de l’appel", null=True, blank=True)
    call_closes_on = models.DateField("clôture de l’appel", null=True, blank=True)
    how_to_apply = models.TextField("comment candidater", max_length=3_000, blank=True)
    # A service, an address, a telephone: a function, and never a person.
    contact = models.CharField("contact", max_length=300, blank=True)
    published_on = models.DateField("publié le", null=True, blank=True)
    fictive = models.BooleanField("données fictives", default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-starts_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="programme_ends_after_it_starts",
                violation_error_message="La fin vient avant le début.",
            ),
            models.CheckConstraint(
                condition=Q(call_closes_on__isnull=True)
                | Q(call_opens_on__isnull=True)
                | Q(call_closes_on__gte=F("call_opens_on")),
                name="call_closes_after_it_opens",
                violation_error_message="L’appel se termine avant de commencer.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def call_open(self, today: dt.date) -> bool:
        """Whether territories may apply on a day."""
        if self.call_opens_on is None or today < self.call_opens_on:
            return False
        return self.call_closes_on is None or today <= self.call_closes_on


class MembershipQuerySet(models.QuerySet["Membership"]):
    """What is asked of memberships."""

    def current(self) -> Self:
        """Keep the territories that have not left."""
        return self.filter(left_on=None)


class Membership(models.Model):
    """A territory in a programme, since a day; when it left, it stays here with the reason."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="memberships")
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, related_name="memberships", verbose_name="territoire"
    )
    joined_on = models.DateField("entrée le")
    left_on = models.DateField("sortie le", null=True, blank=True)
    left_because = models.CharField("parce que", max_length=600, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:  # noqa: D106
        ordering: ClassVar = ["territory__name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["programme", "territory"],
                condition=Q(left_on__isnull=True),
                name="member_once",
                violation_error_message="Ce territoire est déjà dans le programme.",
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")),
                name="leaves_after_it_joined",
                violation_error_message="La sortie vient avant l’entrée.",
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | ~Q(left_because=""),
                name="leaves_because",
                violation_error_message="Dites pourquoi le territoire sort du programme.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.territory)

    @property
    def joined_late(self) -> bool:
        """Whether it came after the programme had begun: its own days count, not the others'."""
        return self.joined_on > self.programme.starts_on


class Schedule(models.Model):
    """The days of a phase in a territory: the newest row stands, the former ones remain.

    Planned days are moved with a reason; real ones are said once they are known.
    """

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="schedules")
    phase = models.CharField("phase", max_length=14, choices=CHOICES)
    starts_on = models.DateField("début prévu", null=True, blank=True)
    due_on = models.DateField("fin prévue", null=True, blank=True)
    started_on = models.DateField("commencée le", null=True, blank=True)
    because = models.CharField("pourquoi ces dates", max_length=400, blank=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(due_on__isnull=True)
                | Q(due_on__gte=F("starts_on")),
                name="phase_ends_after_it_starts",
                violation_error_message="La fin prévue vient avant le début prévu.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.membership_id}, {self.phase}: {self.starts_on} → {self.due_on}"


class GateDecision(models.Model):
    """A body decided, on a day and for a reason, whether the gate of a phase is passed.

    A gate that was passed can be opened again: that is another row.
    """

    class Outcome(models.TextChoices):
        """What was decided."""

        PASSED = "passed", "jalon franchi"
        POSTPONED = "postponed", "jalon reporté"
        REOPENED = "reopened", "jalon rouvert"

    class Body(models.TextChoices):
        """Who decides."""

        TEAM = "team", "équipe projet"
        COTECH = "cotech", "comité technique"
        COPIL = "copil", "comité de pilotage"
        COUNCIL = "council", "conseil communautaire ou municipal"
        CENTRE = "centre", "centre de ressources"
        SIGNATORIES = "signatories", "signataires du contrat"

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="gates")
    phase = models.CharField("phase", max_length=14, choices=CHOICES)
    outcome = models.CharField("décision", max_length=10, choices=Outcome.choices)
    body = models.CharField("instance", max_length=12, choices=Body.choices)
    decided_on = models.DateField("date de la décision")
    shown = models.CharField("ce qui a été montré", max_length=600, blank=True)
    reason = models.CharField("raison", max_length=600)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["decided_on", "pk"]

    def __str__(self) -> str:
        return f"{self.decided_on}: {self.get_outcome_display()}"

    @property
    def declared(self) -> Phase:
        """The phase as it is declared."""
        return PHASES[self.phase]


class Deliverable(models.Model):
    """Something that a territory must deliver by a day.

    Where the site itself can tell whether it is there, `proof` says what to look at, and the day
    of delivery is computed; otherwise it is declared, with its evidence.
    """

    class Proof(models.TextChoices):
        """What shows that it is delivered."""

        DECLARED = "declared", "une pièce, dite ici"
        CONVENTION = "convention", "une convention signée"
        FRESQUE = "fresque", "des Fresques tenues"
        WALK = "walk", "des diagnostics en marchant tenus"
        FORESIGHT = "foresight", "des journées prospectives tenues"
        STEERING = "steering", "des comités de pilotage tenus"
        DATASET = "dataset", "des jeux de données reçus sous convention"
        RELEASE = "release", "un diagnostic ouvert à tout le monde"
        RESOURCE = "resource", "des ressources du quartier publiées"
        ACTION = "action", "des actions publiées"
        FROZEN = "frozen", "une feuille de route présentée à un comité"
        COMMITTED = "committed", "des actions engagées"

    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="deliverables"
    )
    phase = models.CharField("phase", max_length=14, choices=CHOICES)
    title = models.CharField("livrable", max_length=200)
    due_on = models.DateField("attendu le")
    proof = models.CharField(
        "ce qui le prouve", max_length=10, choices=Proof.choices, default=Proof.DECLARED
    )
    # How many are needed; one for most.
    wanted = models.PositiveSmallIntegerField("combien", default=1)
    # Of those that are declared only.
    delivered_on = models.DateField("livré le", null=True, blank=True)
    evidence = models.CharField("pièce : adresse ou référence", max_length=300, blank=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["due_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(delivered_on__isnull=True) | ~Q(evidence=""),
                name="delivered_with_evidence",
                violation_error_message="Dites où est la pièce : son adresse ou sa référence.",
            ),
            models.CheckConstraint(
                condition=Q(proof="declared") | Q(delivered_on__isnull=True),
                name="computed_is_not_typed",
                violation_error_message="Ce livrable se constate ici : il ne se déclare pas.",
            ),
            models.CheckConstraint(condition=Q(wanted__gte=1), name="wanted_is_one_or_more"),
        ]

    def __str__(self) -> str:
        return self.title


class Postponement(models.Model):
    """A deliverable was put off, from one day to another, and why."""

    deliverable = models.ForeignKey(
        Deliverable, on_delete=models.CASCADE, related_name="postponements"
    )
    before = models.DateField()
    after = models.DateField("attendu désormais le")
    reason = models.CharField("raison", max_length=400)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.deliverable_id}: {self.before} → {self.after}"
