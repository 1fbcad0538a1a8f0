"""The inter-regional meeting: its sequence, what each territory brings, what is said, proceedings.

What a territory brings is rows that are added, never rewritten; so are proceedings once published.
Notes are read over before anybody else reads them; they and what people sent by phone stay in one
row each, to which proceedings point: setting one aside takes it out of all of them.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from labo_web.accounts.models import Organisation, Signature, Territory
from labo_web.programme.models.cohort import Programme
from labo_web.releases.models import Release
from labo_web.roadmaps.models import Action
from labo_web.workshops.models import Event

LONGEST_SLOT = 480  # minutes


class Meeting(models.Model):
    """A gathering of a programme's territories. When and where it is belongs to its event."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="meetings")
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="gathering")
    # Of the sequence of its slots: two people who save at once do not overwrite each other.
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-event__starts_at", "-pk"]

    def __str__(self) -> str:
        return self.event.title

    @property
    def fictive(self) -> bool:
        """Whether it is invented."""
        return self.event.fictive or self.programme.fictive


class Slot(models.Model):
    """A part of the meeting: its hours are computed from what comes before."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="slots")
    position = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField(
        "minutes", validators=[MinValueValidator(5), MaxValueValidator(LONGEST_SLOT)]
    )
    title = models.CharField("ce que l’on fait", max_length=200)
    # A body or a function; a person only where she signs for it herself.
    who = models.CharField("qui", max_length=200, blank=True)
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name="territoire",
    )  # fmt: skip
    # An hour that cannot move: a train, a meal, an elected official.
    fixed_at = models.TimeField("heure imposée", null=True, blank=True)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return self.title


class Brought(models.Model):
    """What a territory brings: a finding, a doubt, a solution, a story. Each saving is a new row.

    The finding is a value of a release, named and never typed again; the solution is an action of
    the roadmap, a measure of the catalogue, or words.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="brought")
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="brought")
    version = models.PositiveIntegerField()
    release = models.ForeignKey(
        Release, null=True, blank=True, on_delete=models.PROTECT, related_name="brought",
        verbose_name="livraison",
    )  # fmt: skip
    zone = models.CharField("quartier", max_length=60, blank=True)
    indicator = models.CharField("indicateur", max_length=100, blank=True)
    finding = models.TextField("ce que ce chiffre nous apprend", max_length=800, blank=True)
    doubt = models.TextField("notre doute", max_length=800, blank=True)
    action = models.ForeignKey(
        Action, null=True, blank=True, on_delete=models.SET_NULL, related_name="brought",
        verbose_name="action de la feuille de route",
    )  # fmt: skip
    measure = models.CharField("solution du catalogue", max_length=100, blank=True)
    solution = models.TextField("notre solution, en quelques mots", max_length=800, blank=True)
    story_title = models.CharField("titre du récit", max_length=200, blank=True)
    story = models.TextField("notre récit", max_length=3_000, blank=True)
    story_url = models.CharField("où le lire en entier", max_length=300, blank=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["territory__name", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["meeting", "territory", "version"], name="brought_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.territory}, version {self.version}"

    @property
    def lacking(self) -> list[str]:
        """Which of the four is missing, in words."""
        said = {
            "le constat": self.release_id,
            "le doute": self.doubt,
            "la solution": self.action_id or self.measure or self.solution,
            "le récit": self.story,
        }
        return [name for name, there in said.items() if not there]


class NoteQuerySet(models.QuerySet["Note"]):
    """What is asked of notes."""

    def shown(self) -> Self:
        """Keep those that were read over and let through."""
        return self.filter(state=Note.State.SHOWN)


class Note(models.Model):
    """What was decided, said or disagreed on in the meeting, as somebody of a team wrote it."""

    class Kind(models.TextChoices):
        """What it is."""

        DECIDED = "decided", "décidé"
        SAID = "said", "dit"
        DISAGREED = "disagreed", "désaccord"
        QUESTION = "question", "question restée ouverte"

    class State(models.TextChoices):
        """Who may read it."""

        RECEIVED = "received", "à relire"
        SHOWN = "shown", "dans les actes"
        WITHHELD = "withheld", "écartée"

    class Reason(models.TextChoices):
        """Why one is not in the proceedings."""

        PERSONAL = "personal", "elle nomme ou désigne une personne"
        INSULT = "insult", "elle contient des injures ou des discriminations"
        TWICE = "twice", "elle est déjà là"
        WRONG = "wrong", "ce n’est pas ce qui a été dit"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    text = models.TextField("texte", max_length=1_500)
    slot = models.ForeignKey(
        Slot, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name="pendant",
    )  # fmt: skip
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name="territoire",
    )  # fmt: skip
    # Of a decision: a body, and the day.
    bearer = models.CharField("qui s’en charge (organisme)", max_length=200, blank=True)
    due_on = models.DateField("pour le", null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RECEIVED)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)

    objects = NoteQuerySet.as_manager()

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(models.Q(state="withheld") & ~models.Q(reason=""))
                | (~models.Q(state="withheld") & models.Q(reason="")),
                name="note_withheld_for_a_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text[:40]}"


class NoteReading(models.Model):
    """Somebody read a note over, let it through or set it aside. Rows are never changed."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="readings")
    state = models.CharField(max_length=8, choices=Note.State.choices)
    reason = models.CharField(max_length=10, choices=Note.Reason.choices, blank=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.note_id}: {self.state}"


class Proceedings(models.Model):
    """What a meeting published: written once, never changed; a correction is another number."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="proceedings")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    # sha256 of the content, by which anyone can tell that it did not change.
    digest = models.CharField(max_length=64)
    # Why there is another one; empty for the first.
    because = models.CharField("ce qui change", max_length=400, blank=True)
    published_at = models.DateTimeField(default=timezone.now)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meeting", "number"], name="proceedings_number")
        ]

    def __str__(self) -> str:
        return f"{self.meeting}, actes n° {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write it; a second time is an error of the program.

        Raises:
            TypeError: it was written already.
        """
        if self.pk is not None:
            raise TypeError("proceedings are never written twice")
        super().save(*args, **kwargs)


class Contact(models.Model):
    """A person who agreed to be called by peers, for a territory. Withdrawing it erases the row."""

    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+")
    territory = models.ForeignKey(
        Territory, on_delete=models.CASCADE, related_name="+", verbose_name="territoire"
    )
    about = models.CharField("sur quoi on peut vous appeler", max_length=300)
    reach = models.CharField("adresse électronique ou téléphone professionnels", max_length=120)
    agreed_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["territory__name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "territory"], name="contact_once")
        ]

    def __str__(self) -> str:
        return f"{self.territory_id}: {self.about}"


class LessonQuerySet(models.QuerySet["Lesson"]):
    """What is asked of lessons."""

    def current(self) -> Self:
        """Keep those that no other row replaces."""
        return self.filter(replaced_by=None)

    def opened(self) -> Self:
        """Keep those that everybody reads."""
        return self.exclude(opened_on=None)


class Lesson(models.Model):
    """What worked, what did not, in a territory and a format: who says so, and on what evidence.

    A correction is a new row that replaces the former one, which stays.
    """

    class Verdict(models.TextChoices):
        """What came of it."""

        WORKED = "worked", "a marché"
        MIXED = "mixed", "a marché à certaines conditions"
        FAILED = "failed", "n’a pas marché"

    class Topic(models.TextChoices):
        """What it is about."""

        FRESQUE = "fresque", "Fresque du climat"
        SHORT = "short", "séance courte"
        WALK = "walk", "diagnostic en marchant"
        FORESIGHT = "foresight", "journée prospective"
        GATHERING = "gathering", "rencontre inter-régionale"
        DATA = "data", "projet data"
        DIAGNOSIS = "diagnosis", "diagnostic"
        ROADMAP = "roadmap", "feuille de route"
        STORY = "story", "reportage, récit"
        STEERING = "steering", "conduite du programme"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="lessons")
    # Empty: of the whole cohort, as the resource centre sees it.
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.PROTECT, related_name="lessons",
        verbose_name="territoire",
    )  # fmt: skip
    topic = models.CharField("format", max_length=10, choices=Topic.choices)
    verdict = models.CharField("ce que cela a donné", max_length=8, choices=Verdict.choices)
    title = models.CharField("en une phrase", max_length=200)
    text = models.TextField("ce qui s’est passé", max_length=3_000)
    conditions = models.TextField("à quelles conditions le refaire", max_length=1_500, blank=True)
    # Who says it is a body; the person who wrote it signs a row that goes with her.
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="qui le dit"
    )
    evidence = models.TextField("sur quoi on s’appuie", max_length=800)
    event = models.ForeignKey(
        Event, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name="rencontre",
    )  # fmt: skip
    evidence_url = models.CharField("adresse de la pièce", max_length=300, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    opened_on = models.DateField("publique depuis le", null=True, blank=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)

    objects = LessonQuerySet.as_manager()

    class Meta:  # noqa: D106
        ordering: ClassVar = ["topic", "-pk"]

    def __str__(self) -> str:
        return self.title


class LessonOpening(models.Model):
    """A team opened a lesson to everybody, or took it back, and why. Rows are never changed."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="openings")
    opened = models.BooleanField()
    decided_on = models.DateField(default=timezone.localdate)
    reason = models.CharField("raison", max_length=300, blank=True)
    signature = models.ForeignKey(Signature, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.lesson_id}: {self.decided_on}"
