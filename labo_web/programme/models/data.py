"""The collective data project: questions, datasets, decisions on method, disagreements, imports.

The state of an agreement is computed from its days: promised, late, signed, received, expired.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from labo.secrecy import MIN_HOUSEHOLDS
from labo_web import withdrawals
from labo_web.accounts.models import ByPrivateLink, Organisation, Person, Signature
from labo_web.programme.models.cohort import Membership, Programme


class DataQuestion(models.Model):
    """What the data project wants to know."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField("question", max_length=300)
    why = models.TextField("pourquoi elle compte", max_length=1_500, blank=True)
    asked_on = models.DateField("posée le", default=timezone.localdate)
    # Empty: still open.
    answer = models.TextField("ce qu’on en sait", max_length=2_000, blank=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.text


class GroupSeat(models.Model):
    """A seat in the mixed project group: a body and a function, and nobody's name."""

    class Field(models.TextChoices):
        """Where it comes from."""

        POLICY = "policy", "politique de la ville"
        TRANSITION = "transition", "transitions, climat, santé"
        DATA = "data", "données, SIG, observation"
        PARTNER = "partner", "partenaire détenteur de données"
        RESIDENTS = "residents", "habitants, conseil citoyen"

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="seats")
    # Empty: of the whole cohort.
    membership = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.CASCADE, related_name="seats",
        verbose_name="territoire",
    )  # fmt: skip
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="organisme"
    )
    function = models.CharField("fonction", max_length=200)
    field = models.CharField("côté", max_length=10, choices=Field.choices)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["field", "pk"]

    def __str__(self) -> str:
        return f"{self.function}, {self.organisation}"


class Clause(models.TextChoices):
    """Where a dataset stands, computed from its days: see `Dataset.clause`."""

    OPEN = "open", "donnée ouverte"
    MISSING = "missing", "personne ne l’a promise"
    PROMISED = "promised", "promise"
    LATE = "late", "en retard"
    SIGNED = "signed", "convention signée, fichier attendu"
    RECEIVED = "received", "reçue"
    EXPIRED = "expired", "convention expirée"


class Dataset(models.Model):
    """Data that the diagnosis needs: who holds it, at which grain, and under which agreement."""

    class Access(models.TextChoices):
        """How it can be had."""

        OPEN = "open", "ouverte"
        AGREEMENT = "agreement", "par convention"
        MISSING = "missing", "manquante"

    class Publication(models.TextChoices):
        """Who may read what is counted from it."""

        TEAM = "team", "l’équipe du territoire seule"
        PUBLIC = "public", "tout le monde"

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="datasets")
    # Empty: of the whole cohort.
    membership = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.CASCADE, related_name="datasets",
        verbose_name="territoire",
    )  # fmt: skip
    label = models.CharField("jeu de données", max_length=200)
    access = models.CharField("accès", max_length=10, choices=Access.choices)
    holder = models.CharField("qui la détient", max_length=200)
    grain = models.CharField("maille", max_length=100)
    vintage = models.CharField("millésime", max_length=60, blank=True)
    # Of the catalogue, where it is one: the diagnosis then says what it would gain from it.
    source = models.CharField("source du catalogue", max_length=100, blank=True)
    purpose = models.CharField("à quoi elle servira", max_length=400)
    # Of an agreement.
    reference = models.CharField("référence de la convention", max_length=200, blank=True)
    promised_on = models.DateField("promise le", null=True, blank=True)
    expected_on = models.DateField("attendue le", null=True, blank=True)
    signed_on = models.DateField("convention signée le", null=True, blank=True)
    received_on = models.DateField("reçue le", null=True, blank=True)
    expires_on = models.DateField("utilisable jusqu’au", null=True, blank=True)
    threshold = models.PositiveSmallIntegerField(
        "seuil du secret", default=MIN_HOUSEHOLDS, validators=[MinValueValidator(MIN_HOUSEHOLDS)]
    )
    publication = models.CharField(
        "qui peut lire ce qui en est compté", max_length=6, choices=Publication.choices,
        default=Publication.TEAM,
    )  # fmt: skip
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["label", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True)
                | Q(signed_on__isnull=True)
                | Q(expires_on__gte=F("signed_on")),
                name="dataset_expires_after_it_is_signed",
                violation_error_message="La convention se termine avant d’être signée.",
            ),
            models.CheckConstraint(
                condition=~Q(access="agreement")
                | Q(received_on__isnull=True)
                | Q(signed_on__isnull=False),
                name="dataset_received_once_signed",
                violation_error_message=(
                    "Une donnée par convention n’est reçue qu’une fois la convention signée : "
                    "dites quand elle l’a été."
                ),
            ),
            models.CheckConstraint(
                condition=Q(threshold__gte=MIN_HOUSEHOLDS), name="dataset_threshold_is_eleven"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def clause(self, today: dt.date) -> Clause:
        """Return where it stands on a day."""
        if self.access == self.Access.OPEN:
            return Clause.OPEN
        if self.signed_on and self.expires_on and today > self.expires_on:
            return Clause.EXPIRED
        if self.received_on and self.received_on <= today:
            return Clause.RECEIVED
        if self.expected_on and self.expected_on < today:
            return Clause.LATE
        if self.signed_on and self.signed_on <= today:
            return Clause.SIGNED
        return Clause.PROMISED if self.promised_on else Clause.MISSING

    def late_days(self, today: dt.date) -> int:
        """Return for how many days it has been awaited beyond its day."""
        if self.clause(today) != Clause.LATE or self.expected_on is None:
            return 0
        return (today - self.expected_on).days

    def usable(self, today: dt.date) -> bool:
        """Whether a file may be read under its agreement on a day."""
        if self.access != self.Access.AGREEMENT or self.signed_on is None or not self.expires_on:
            return False
        return self.signed_on <= today <= self.expires_on


class MethodDecision(models.Model):
    """What the group decided on the method, why, and what was said against it."""

    programme = models.ForeignKey(
        Programme, on_delete=models.CASCADE, related_name="method_decisions"
    )
    subject = models.CharField("sujet", max_length=200)
    decision = models.TextField("ce qui est décidé", max_length=2_000)
    reason = models.TextField("pourquoi", max_length=2_000)
    dissent = models.TextField("ce qui a été dit contre", max_length=2_000, blank=True)
    decided_on = models.DateField("date")
    # A later decision that takes its place; both stay.
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaced_by",
        verbose_name="remplace",
    )  # fmt: skip
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-decided_on", "-pk"]

    def __str__(self) -> str:
        return self.subject


class DisagreementQuerySet(models.QuerySet["Disagreement"]):
    """What is asked of disagreements."""

    def shown(self) -> Self:
        """Keep those that everyone may read."""
        return self.filter(withdrawn_at=None, withheld="").exclude(read_on=None)

    def waiting(self) -> Self:
        """Keep those that nobody read yet."""
        return self.filter(withdrawn_at=None, withheld="", read_on=None)


class Disagreement(ByPrivateLink, models.Model):
    """Somebody disagrees with the method: no account and no name; it is answered publicly.

    The text is shown once it was read for personal data and insults, and for nothing else.
    """

    class Reason(models.TextChoices):
        """Why one is not shown."""

        PERSONAL = "personal", "il contient des données personnelles"
        INSULT = "insult", "il contient des injures ou des discriminations"
        TWICE = "twice", "il a été envoyé plusieurs fois"
        ELSEWHERE = "elsewhere", "il ne parle pas de la méthode"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="disagreements")
    decision = models.ForeignKey(
        MethodDecision, null=True, blank=True, on_delete=models.SET_NULL,
        related_name="disagreements", verbose_name="sur quelle décision",
    )  # fmt: skip
    text = models.TextField("ce avec quoi vous n’êtes pas d’accord", max_length=3_000)
    proposal = models.TextField("ce que vous proposez", max_length=2_000, blank=True)
    fictive = models.BooleanField("données fictives", default=False)
    token_hash = models.CharField(max_length=64, unique=True)
    filed_on = models.DateField("déposé le", default=timezone.localdate)
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)
    read_on = models.DateField("lu le", null=True, blank=True)
    read_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    withheld = models.CharField("raison", max_length=10, choices=Reason.choices, blank=True)

    objects = DisagreementQuerySet.as_manager()

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number that is given to whoever files it, and shown on pages."""
        return f"D-{self.pk}"

    def withdraw(self) -> None:
        """Take it back: only its number and the days stay, and its answers go with it."""
        withdrawals.record("programme.disagreement", self.token_hash)
        self.answers.all().delete()
        self.text = self.proposal = ""
        self.decision = None
        self.withdrawn_at = self.withdrawn_at or timezone.now()
        self.save()


class DisagreementAnswer(models.Model):
    """What is answered publicly; a second answer stands after the first, which stays."""

    disagreement = models.ForeignKey(Disagreement, on_delete=models.CASCADE, related_name="answers")
    text = models.TextField("réponse", max_length=3_000)
    # What it leads to, if it does.
    decision = models.ForeignKey(
        MethodDecision, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name="décision qui en sort",
    )  # fmt: skip
    answered_on = models.DateField("date de la réponse", default=timezone.localdate)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.disagreement_id}: {self.answered_on}"


class PartnerImport(models.Model):
    """What was counted from a partner's file and accepted: sums by zone, never rows.

    After the last day of its agreement it is not read any more, and `labo-web purge` empties it.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="imports")
    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="partner_imports"
    )
    label = models.CharField(max_length=200)
    vintage = models.CharField("millésime", max_length=60)
    expires_on = models.DateField("utilisable jusqu’au")
    # As `labo.partner` gives them: terms, measures, quality report, and rows of its table.
    agreement = models.JSONField(default=dict)
    measures = models.JSONField(default=list)
    report = models.JSONField(default=dict)
    table = models.JSONField(default=list)
    fictive = models.BooleanField("données fictives", default=False)
    accepted_at = models.DateTimeField("acceptée le", default=timezone.now)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    # Expired or taken back: the row stays, with nothing in it.
    erased_at = models.DateTimeField("effacée le", null=True, blank=True)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.label} ({self.vintage})"

    def readable(self, today: dt.date) -> bool:
        """Whether it may be read on a day."""
        return self.erased_at is None and today <= self.expires_on

    def erase(self) -> None:
        """Empty it: what it was and its days stay."""
        nothing: dict[str, Any] = {"measures": [], "report": {}, "table": []}
        for name, empty in nothing.items():
            setattr(self, name, empty)
        self.erased_at = timezone.now()
        self.save()
