"""What becomes of what was said: subjects with one answer, statuses, reviews of refusals.

The originals stay as they came. History is rows: a status or an answer is never rewritten.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from labo_web.accounts.models import Organisation, Person, Signature, Territory
from labo_web.workshops.models.contributions import Contribution


class SubjectQuerySet(models.QuerySet["Subject"]):
    """What is asked of subjects."""

    def with_answer(self) -> Self:
        """Add `answer_text` and `answered_on`, of the latest answer."""
        latest = SubjectAnswer.objects.filter(subject=OuterRef("pk")).order_by("-pk")
        return self.annotate(
            answer_text=Subquery(latest.values("text")[:1]),
            answered_on=Subquery(latest.values("answered_on")[:1]),
        )

    def waiting(self) -> Self:
        """Keep those that nobody answered yet."""
        return self.filter(~Exists(SubjectAnswer.objects.filter(subject=OuterRef("pk"))))

    def overdue(self, today: dt.date) -> Self:
        """Keep those that should have been answered before today."""
        return self.waiting().filter(due_on__lt=today)


class Subject(models.Model):
    """What several people said, under one title; a service answers it by a day."""

    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="subjects")
    # Empty: the whole territory.
    zone = models.CharField("quartier", max_length=60, blank=True)
    title = models.CharField("sujet, en une phrase", max_length=200)
    service = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="subjects", verbose_name="qui répond"
    )
    due_on = models.DateField("réponse attendue le")
    contributions = models.ManyToManyField(
        Contribution, through="Grouping", related_name="subjects"
    )
    fictive = models.BooleanField("données fictives", default=False)
    opened_at = models.DateTimeField("ouvert le", default=timezone.now)

    objects = SubjectQuerySet.as_manager()
    # Given by `with_answer`.
    answer_text: str | None
    answered_on: dt.date | None

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["territory", "zone"])]

    def __str__(self) -> str:
        return self.title

    @property
    def late_days(self) -> int:
        """How many days an answer is late; 0 where there is one, or time left."""
        if self.answers.exists():
            return 0
        return max((timezone.localdate() - self.due_on).days, 0)


class Grouping(models.Model):
    """A contribution is of a subject: of one only, and it can be moved."""

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="groupings")
    contribution = models.OneToOneField(
        Contribution, on_delete=models.CASCADE, related_name="grouping"
    )
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    grouped_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.contribution_id} in {self.subject_id}"


class SubjectAnswer(models.Model):
    """What the service answers; a second answer stands above the first, which stays."""

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="answers")
    text = models.TextField("réponse", max_length=5_000)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    signature = models.ForeignKey(
        Signature, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    answered_on = models.DateField("date de la réponse", default=timezone.localdate)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.subject_id}: {self.answered_on}"


class StatusChange(models.Model):
    """On a day, a contribution was discussed, kept, refused because, or became an action.

    Roadmaps add the last one, with the number of their action.
    """

    class Status(models.TextChoices):
        """What it has become."""

        RECEIVED = "received", "reçue"
        DISCUSSED = "discussed", "discutée"
        KEPT = "kept", "retenue"
        REFUSED = "refused", "non retenue"
        ACTION = "action", "devenue une action"

    contribution = models.ForeignKey(
        Contribution, on_delete=models.CASCADE, related_name="statuses"
    )
    status = models.CharField("état", max_length=10, choices=Status.choices)
    reason = models.CharField("parce que", max_length=600, blank=True)
    # As it is said aloud and printed; empty for the others.
    action = models.CharField("numéro de l’action", max_length=20, blank=True)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_on = models.DateField("date", default=timezone.localdate)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(reason=""),
                name="refused_because",
                violation_error_message="Un refus dit pourquoi : écrivez la raison.",
            ),
            models.CheckConstraint(
                condition=~Q(status="action") | ~Q(action=""),
                name="action_has_a_number",
                violation_error_message="Dites le numéro de l’action.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contribution_id}: {self.status}"

    @property
    def label(self) -> str:
        """What it has become, in words."""
        if self.status == self.Status.ACTION:
            return f"devenue l’action {self.action}"
        return str(self.get_status_display())


class RefusalReview(models.Model):
    """The author of a contribution that was set aside asks the resource centre to look again."""

    class Outcome(models.TextChoices):
        """What the resource centre decides."""

        UPHELD = "upheld", "le refus est maintenu"
        SHOWN = "shown", "la contribution sera montrée"

    contribution = models.ForeignKey(Contribution, on_delete=models.CASCADE, related_name="reviews")
    words = models.TextField("pourquoi la regarder de nouveau", max_length=1_000, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField("décision", max_length=8, choices=Outcome.choices, blank=True)
    because = models.CharField("parce que", max_length=600, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["contribution"], condition=Q(outcome=""), name="one_review_waits"
            )
        ]

    def __str__(self) -> str:
        return f"{self.contribution_id}: {self.outcome or 'waits'}"

    def settle(self, outcome: str, because: str, person: Any) -> None:
        """Keep what was decided, today."""
        self.outcome, self.because, self.person = outcome, because, person
        self.decided_on = timezone.localdate()
        self.save()


class Purge(models.Model):
    """On a day, what was older than its term was erased: how many of each, under which visa."""

    made_at = models.DateTimeField(default=timezone.now)
    # {what: how many}.
    counts = models.JSONField()
    # Of the departmental archives: without it, what people said is not erased.
    visa = models.CharField("visa des archives", max_length=200, blank=True)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d}"
