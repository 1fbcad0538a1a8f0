"""The neighbourhood’s resources, what is said of them, and what contradicts the figures.

A resource is a number and a source; what it is, is in its descriptions, a row each time it is
written. Whoever gave it may take it back: the descriptions, the contact and the texts about it are
then erased, and the number alone stays, to say that it was withdrawn.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import FilteredRelation, OuterRef, Q, Subquery
from django.utils import timezone

from labo_web.accounts.models import ByPrivateLink, Organisation, Person, Signature, Territory


class Known(models.TextChoices):
    """What somebody knows of an opening."""

    YES = "yes", "oui"
    NO = "no", "non"
    UNKNOWN = "unknown", "on ne sait pas"


class Slot(models.TextChoices):
    """When one looks for a cool place; each is a field of a description."""

    AFTERNOON = "afternoon", "l’après-midi"
    EVENING = "evening", "le soir"
    WEEKEND = "weekend", "le week-end"


class ResourceQuerySet(models.QuerySet["Resource"]):
    """What is asked of resources."""

    def kept(self) -> Self:
        """Keep those that were not withdrawn."""
        return self.filter(withdrawn_at=None)


class Resource(ByPrivateLink, models.Model):
    """Something that the neighbourhood can count on: a place, people, what they know or do."""

    class Kind(models.TextChoices):
        """What it is."""

        PLACE = "place", "lieu"
        ASSOCIATION = "association", "association"
        KNOW_HOW = "know_how", "savoir-faire"
        PRACTICE = "practice", "pratique du quartier"
        TOOL = "tool", "outil ou matériel"
        SERVICE = "service", "service public"

    class Source(models.TextChoices):
        """Who told of it."""

        RESIDENT = "resident", "habitants"
        TEAM = "team", "équipe du territoire"
        FILE = "file", "fichier importé"
        OSM = "osm", "OpenStreetMap"
        INCLUSION = "inclusion", "lieux d’inclusion numérique"

    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="resources")
    # Names it in the journal of withdrawals: after a restore, numbers may be given again.
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("nature", max_length=12, choices=Kind.choices)
    source = models.CharField("origine", max_length=12, choices=Source.choices)
    # In its file: an import that is made again finds it.
    reference = models.CharField("référence dans le fichier", max_length=200, blank=True)
    fictive = models.BooleanField("donnée fictive", default=False)
    # Of the private link of whoever gave it; nothing for imports.
    token_hash = models.CharField(max_length=64, blank=True, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["territory", "source", "reference"],
                condition=~Q(reference=""),
                name="resource_reference_once",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number that is given to whoever adds it, and shown on pages."""
        return f"R-{self.pk}"

    @property
    def licence(self) -> str:
        """Under what its description may be used again."""
        return "ODbL 1.0" if self.source == self.Source.OSM else "Licence Ouverte 2.0"


class DescriptionQuerySet(models.QuerySet["Description"]):
    """What is asked of descriptions."""

    def with_status(self) -> Self:
        """Add `status`, the latest ruling on each; none yet is « pending »."""
        latest = Ruling.objects.filter(description=OuterRef("pk")).order_by("-pk")
        return self.annotate(ruled=Subquery(latest.values("status")[:1]))

    def newest(self) -> Self:
        """Keep the newest of each resource that was not withdrawn."""
        rows = Description.objects.filter(resource=OuterRef("resource")).order_by("-version")
        return self._of_kept(rows)

    def published(self) -> Self:
        """Keep what everyone may read: the newest that was published of each resource."""
        rows = (
            Description.objects.with_status()
            .filter(Q(resource=OuterRef("resource")), Q(ruled=Ruling.Status.PUBLISHED))
            .order_by("-version")
        )
        return self._of_kept(rows)

    def _of_kept(self, rows: models.QuerySet[Description]) -> Self:
        last = Confirmation.objects.filter(resource=OuterRef("resource")).order_by("-pk")
        return (
            self.filter(resource__withdrawn_at=None, pk=Subquery(rows.values("pk")[:1]))
            .with_status()
            .annotate(confirmed_on=Subquery(last.values("confirmed_on")[:1]))
            .select_related("resource", "resource__territory")
            .order_by("name", "pk")
        )


class Description(models.Model):
    """What a resource is and can do, as somebody wrote it on a day; never changed afterwards."""

    class InHeat(models.TextChoices):
        """What changes during a heatwave alert."""

        MORE = "more", "ouvert plus longtemps"
        SAME = "same", "comme d’habitude"
        CLOSED = "closed", "fermé"
        UNKNOWN = "unknown", "on ne sait pas"

    class Condition(models.TextChoices):
        """The state that it is in."""

        GOOD = "good", "bon état, prêt à servir"
        WORN = "worn", "sert, mais à réparer ou à compléter"
        OUT = "out", "hors d’usage aujourd’hui"
        UNKNOWN = "unknown", "on ne sait pas"

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="descriptions")
    version = models.PositiveIntegerField()
    # Empty: the whole territory.
    zone = models.CharField("quartier", max_length=60, blank=True)
    name = models.CharField("nom", max_length=150)
    # A body, never a person: know-how is reached through an association.
    holder = models.CharField("qui la tient", max_length=150, blank=True)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    offer = models.TextField("ce qu’elle peut faire", max_length=1_000)
    capacity = models.PositiveIntegerField("pour combien de personnes", null=True, blank=True)
    hours = models.CharField("horaires, en toutes lettres", max_length=250, blank=True)
    # On a day of August.
    afternoon = models.CharField(max_length=8, choices=Known.choices, default=Known.UNKNOWN)
    evening = models.CharField(max_length=8, choices=Known.choices, default=Known.UNKNOWN)
    weekend = models.CharField(max_length=8, choices=Known.choices, default=Known.UNKNOWN)
    in_heat = models.CharField(
        "en alerte canicule", max_length=8, choices=InHeat.choices, default=InHeat.UNKNOWN
    )
    condition = models.CharField(
        "état", max_length=8, choices=Condition.choices, default=Condition.UNKNOWN
    )
    # Ids of `resources.needs`: what it answers, and by them the hazards.
    needs = models.JSONField(default=list)
    # Ids of `resources.needs.FRAGILITIES`.
    fragilities = models.JSONField(default=list)
    # EPSG:4326; of what residents give, to 50 m.
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    checked_on = models.DateField("vérifiée le", null=True, blank=True)
    signature = models.ForeignKey(
        Signature, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    saved_at = models.DateTimeField(default=timezone.now)

    objects = DescriptionQuerySet.as_manager()
    # Given by `with_status`.
    ruled: str | None
    # Given with those that are kept: when the holder last confirmed what it can receive.
    confirmed_on: dt.date | None

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-version"]
        constraints: ClassVar = [
            # Two people who save at once: the second one is told.
            models.UniqueConstraint(fields=["resource", "version"], name="description_version")
        ]
        indexes: ClassVar = [models.Index(fields=["zone"])]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> str:
        """Where its publication stands."""
        return self.ruled or Ruling.Status.PENDING

    @property
    def status_label(self) -> str:
        """The same, in words."""
        return str(Ruling.Status(self.status).label)

    def fresh(self, today: dt.date) -> bool:
        """Return whether it was checked since the last 1 June."""
        return self.checked_on is not None and self.checked_on >= last_june(today)

    def opens(self, slot: Slot, today: dt.date) -> Known:
        """Return whether it opens at a time of a hot August day, as far as anybody checked.

        Closed is believed at once; open only when it was checked since the last 1 June.
        """
        if self.in_heat == self.InHeat.CLOSED or self.condition == self.Condition.OUT:
            return Known.NO
        said = Known(getattr(self, slot))
        if said == Known.NO:
            # It may open longer during an alert, and nobody said until when.
            return Known.UNKNOWN if self.in_heat == self.InHeat.MORE else Known.NO
        return said if self.fresh(today) else Known.UNKNOWN


def last_june(today: dt.date) -> dt.date:
    """Return the last 1 June, that day included: what was checked before belongs to last summer."""
    june = today.replace(month=6, day=1)
    return june if june <= today else june.replace(year=today.year - 1)


class Contact(models.Model):
    """How the team can reach whoever gave a resource: the one row of personal data, and optional.

    Read by the team only; never exported.
    """

    resource = models.OneToOneField(Resource, on_delete=models.CASCADE, related_name="contact")
    text = models.CharField("téléphone ou adresse électronique", max_length=200)
    given_on = models.DateField(default=timezone.localdate)

    def __str__(self) -> str:
        return f"contact of R-{self.resource_id}"


class Consent(models.Model):
    """What whoever gave a resource agreed to, on a day, and the day when they took it back."""

    class Scope(models.TextChoices):
        """Where it may appear."""

        PAGES = "pages", "sur les pages et les documents de ce site"
        OPEN = "open", "aussi dans les fichiers de données ouvertes"

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="consents")
    scope = models.CharField("étendue", max_length=8, choices=Scope.choices)
    given_on = models.DateField("donné le", default=timezone.localdate)
    withdrawn_on = models.DateField("retiré le", null=True, blank=True)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.scope}, {self.given_on}"


class Ruling(models.Model):
    """On a day, a description was published or refused, and why."""

    class Status(models.TextChoices):
        """Where the publication of a description stands."""

        PENDING = "pending", "en attente de lecture"
        PUBLISHED = "published", "publiée"
        REFUSED = "refused", "non publiée"

    class Reason(models.TextChoices):
        """Why a description is not published."""

        PERSONAL = "personal", "elle contient des données personnelles"
        INSULT = "insult", "elle contient des injures"
        TWICE = "twice", "elle est déjà là"
        ELSEWHERE = "elsewhere", "elle est hors du territoire"
        GONE = "gone", "elle n’existe pas ou plus"
        AGREEMENT = "agreement", "la structure nommée n’est pas d’accord"
        OTHER = "other", "autre raison, dite ci-dessous"

    description = models.ForeignKey(Description, on_delete=models.CASCADE, related_name="rulings")
    status = models.CharField(
        max_length=10,
        choices=[(x.value, x.label) for x in (Status.PUBLISHED, Status.REFUSED)],
    )
    reason = models.CharField("raison", max_length=10, choices=Reason.choices, blank=True)
    note = models.CharField("en une phrase", max_length=300, blank=True)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.status} {self.reason}".strip()


class Confirmation(models.Model):
    """On a day, the holder of a resource confirmed what it can receive and that it answers for it.

    Until a day: without one it has to be confirmed again before the next summer.
    """

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="confirmations")
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    capacity = models.PositiveIntegerField("personnes à la fois")
    # Insurance, keys, whoever is present: what « responsable » means here.
    liability = models.CharField("de quoi elle répond", max_length=300)
    confirmed_on = models.DateField("confirmé le")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.body_id}: {self.confirmed_on}"


class ContradictionQuerySet(models.QuerySet["Contradiction"]):
    """What is asked of contradictions."""

    def shown(self) -> Self:
        """Keep those that stand beside the figures."""
        return self.filter(withdrawn_at=None, withheld="").select_related("resource", "territory")

    def with_newest(self) -> list[tuple[Contradiction, Verification | None]]:
        """Return each, in order, with its newest verification, if it was verified. One query."""
        rows = self.annotate(verified=FilteredRelation("verifications"))
        found: dict[int, tuple[Contradiction, Verification | None]] = {}
        # The stubs do not know that a filtered relation may be followed.
        for x in rows.select_related("verified__body"):  # type: ignore[misc]
            verified: Verification | None = getattr(x, "verified", None)
            _, kept = found.setdefault(x.pk, (x, verified))
            if kept and verified and verified.pk > kept.pk:
                found[x.pk] = (x, verified)
        return list(found.values())

    def waiting(self) -> Self:
        """Keep those whose text nobody read yet."""
        return self.filter(withdrawn_at=None, withheld="", read_on=None).exclude(text="")


class Contradiction(ByPrivateLink, models.Model):
    """« La médiathèque est fermée en août »: what a resident says against a place or its figures.

    The claim, chosen in a list, is shown at once; the text, once somebody of the team has read it
    for personal data and insults, and for nothing else.
    """

    class Claim(models.TextChoices):
        """What is said of the place."""

        CLOSED_AUGUST = "closed_august", "fermé en août"
        GONE = "gone", "n’existe plus"
        NOT_COOL = "not_cool", "il y fait chaud aussi"
        CLOSED_EVENING = "closed_evening", "fermé le soir ou le week-end"
        HARD_TO_ENTER = "hard_to_enter", "on n’y entre pas facilement (marches, contrôle, prix)"
        OTHER = "other", "autre chose"

    class Reason(models.TextChoices):
        """Why a contradiction is not shown."""

        PERSONAL = "personal", "il contient des données personnelles"
        INSULT = "insult", "il contient des injures"
        TWICE = "twice", "il a été envoyé plusieurs fois"

    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, related_name="contradictions"
    )
    # Empty: the place serves several neighbourhoods and is shown beside each of them.
    zone = models.CharField("quartier", max_length=60, blank=True)
    resource = models.ForeignKey(
        Resource, null=True, blank=True, on_delete=models.CASCADE, related_name="contradictions"
    )
    # Of the places of a release (`labo.nearby`): its id and its name as they were.
    place = models.CharField("lieu", max_length=100, blank=True)
    place_name = models.CharField("nom du lieu", max_length=200, blank=True)
    claim = models.CharField("ce qui est dit", max_length=15, choices=Claim.choices)
    text = models.TextField("en quelques mots", max_length=600, blank=True)
    fictive = models.BooleanField("donnée fictive", default=False)
    token_hash = models.CharField(max_length=64, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)
    # When somebody of the team read the text; until then it is not shown.
    read_on = models.DateField("lu le", null=True, blank=True)
    read_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    withheld = models.CharField("raison", max_length=10, choices=Reason.choices, blank=True)

    objects = ContradictionQuerySet.as_manager()

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(resource=None) | Q(place=""),
                name="contradiction_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number that is given to whoever says it, and shown on pages."""
        return f"C-{self.pk}"

    @property
    def readable_text(self) -> str:
        """The text, once it was read for personal data and insults."""
        return self.text if self.read_on and not self.withheld else ""


class Verification(models.Model):
    """On a day, a named body went to see: a resource, or what a contradiction says."""

    resource = models.ForeignKey(
        Resource, null=True, blank=True, on_delete=models.CASCADE, related_name="verifications"
    )
    contradiction = models.ForeignKey(
        Contradiction,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="verifications",
    )
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    # Of a resource: it is as described. Of a contradiction: what is said is so.
    holds = models.BooleanField("est-ce exact ?")
    found = models.CharField("ce qui a été constaté", max_length=300)
    checked_on = models.DateField("vérifié le")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(resource=None, contradiction__isnull=False)
                | Q(resource__isnull=False, contradiction=None),
                name="verification_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.body_id}: {self.checked_on}"
