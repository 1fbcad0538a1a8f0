"""Imported releases: what pages read, and the dated decisions that open them.

The folder of a release is kept as it came; these rows are its copy for fast pages, and nothing
changes them afterwards.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.http import HttpRequest
from django.utils import timezone

from labo_web.accounts.access import roles_of
from labo_web.accounts.models import Circle, Organisation, Person, Signature, Territory


class ReleaseQuerySet(models.QuerySet["Release"]):
    """What is asked of releases."""

    def with_circle(self) -> Self:
        """Add `circle`, the widest one that the latest decision opened each release to."""
        latest = Decision.objects.filter(release=OuterRef("pk")).order_by("-pk")
        return self.annotate(
            circle=Subquery(latest.values("circle")[:1]),
            opened_on=Subquery(latest.values("decided_on")[:1]),
            waits=Exists(Agreement.objects.filter(release=OuterRef("pk"), agreed_on=None)),
            answered=Exists(Answer.objects.filter(release=OuterRef("pk"))),
        )

    def visible_to(self, request: HttpRequest) -> Self:
        """Keep the releases that whoever asks may read, newest first."""
        allowed = Q(circle=Circle.EVERYONE)
        for role in roles_of(request):
            here = Q() if role.territory_id is None else Q(territory=role.territory_id)
            allowed |= here & Q(circle__gte=role.circle)
        # A body that was asked to answer reads what it answers to, as its committees do.
        if (body := getattr(request.user, "organisation_id", None)) is not None:
            asked = AskedBody.objects.filter(release=OuterRef("pk"), organisation=body)
            allowed |= Q(Exists(asked)) & Q(circle__gte=Circle.COPIL)
        return (
            self.with_circle()
            .filter(allowed)
            .select_related("territory")
            .order_by("-pk")
            .defer("notices")
        )


class Release(models.Model):
    """A release that was verified and imported."""

    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="releases")
    # Of manifest.json, which names the sha256 of every other file.
    digest = models.CharField(max_length=64, unique=True)
    generation = models.CharField("génération des QPV", max_length=10)
    code_version = models.CharField("version du calcul", max_length=40)
    seed = models.BigIntegerField()
    draws = models.PositiveIntegerField("tirages")
    fictive = models.BooleanField("données fictives")
    # A partner's agreement keeps it to the territory's team, whatever is decided.
    team_only = models.BooleanField("réservée à l’équipe")
    sources = models.JSONField()
    notices = models.JSONField()
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()
    imported_at = models.DateTimeField("importée le", default=timezone.now)

    objects = ReleaseQuerySet.as_manager()
    # Given by `with_circle`; `waits` is whether a landlord has not agreed yet to some values,
    # `answered` whether a body answered to some.
    circle: int
    opened_on: Any
    waits: bool = True
    answered: bool = True
    # What links add to stay in this release, where the address names it.
    query = ""

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"livraison {self.code}"

    @property
    def code(self) -> str:
        """Twelve characters that name the release in addresses and on paper."""
        return self.digest[:12]

    @property
    def folder(self) -> Path:
        """Where its files are kept."""
        return Path(settings.RELEASES) / self.digest

    @property
    def circle_label(self) -> str:
        """The circle it is open to, in words."""
        return str(Circle(self.circle).label)


class Indicator(models.Model):
    """An indicator as it was declared when the release was made."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="indicators")
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=250)
    unit = models.CharField(max_length=60)
    component = models.CharField(max_length=20)
    direction = models.SmallIntegerField()
    hazards = models.JSONField()
    reading = models.TextField()
    reference = models.CharField(max_length=250)
    definition = models.TextField()
    formula = models.TextField()
    sources = models.JSONField()
    # Whether its values per cell say something of the ground and the air, and nothing of people.
    environment = models.BooleanField()
    # Lowest and highest value among the zones: where its axis begins and ends.
    lowest = models.FloatField(null=True)
    highest = models.FloatField(null=True)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "name"], name="indicator_once")
        ]

    def __str__(self) -> str:
        return self.label


class Zone(models.Model):
    """A QPV, commune, EPCI or other area of a release; cells are not here."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="zones")
    code = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=300)
    communes = models.JSONField()
    npnru = models.CharField(max_length=200, blank=True)
    # GeoJSON, EPSG:4326, about a metre.
    geometry = models.TextField()
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()

    class Meta:  # noqa: D106
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "code"], name="zone_once")
        ]
        indexes: ClassVar = [models.Index(fields=["release", "kind"])]

    def __str__(self) -> str:
        return self.name


class Value(models.Model):
    """An indicator in a zone, with its interval, what makes its doubt, and its gap."""

    zone = models.ForeignKey(Zone, on_delete=models.CASCADE, related_name="values")
    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="values")
    scenario = models.CharField(max_length=40)
    horizon = models.CharField(max_length=40)
    central = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    imputed_share = models.FloatField(null=True)
    n_cells = models.PositiveIntegerField()
    availability = models.FloatField(null=True)
    method = models.CharField(max_length=40)
    var_measurement = models.FloatField(null=True)
    var_secrecy = models.FloatField(null=True)
    var_transfer = models.FloatField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    # Zone minus agglomeration, draw by draw.
    gap = models.FloatField(null=True)
    gap_low = models.FloatField(null=True)
    gap_high = models.FloatField(null=True)

    class Meta:  # noqa: D106
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["zone", "indicator", "scenario", "horizon", "method"], name="value_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.zone_id} {self.central}"


class CellValues(models.Model):
    """An indicator in all cells of a release: {cell: value}, for maps."""

    indicator = models.OneToOneField(Indicator, on_delete=models.CASCADE, related_name="cells")
    content = models.JSONField()

    def __str__(self) -> str:
        return f"{self.indicator_id}: {len(self.content)}"


class Decision(models.Model):
    """On a day, a release was opened to a circle, or taken back to a smaller one."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="decisions")
    circle = models.IntegerField("ouverte à", choices=Circle.choices)
    decided_on = models.DateField("date de la décision")
    # The meeting with residents, without which nothing is opened to everyone.
    restitution_on = models.DateField("date de la restitution aux habitants", null=True, blank=True)
    note = models.TextField("en quelques mots", blank=True, max_length=2_000)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="decisions"
    )
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.decided_on}: {self.get_circle_display()}"


class Restitution(models.Model):
    """A meeting where a release was told to residents: the time to answer begins."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="restitutions")
    held_on = models.DateField("date de la restitution aux habitants")
    note = models.TextField("où, avec qui, en quelques mots", blank=True, max_length=2_000)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.held_on}"


class Agreement(models.Model):
    """A value that rests on one landlord: shown beyond the team once the landlord has agreed."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="agreements")
    landlord = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="agreements")
    zone = models.CharField("zone", max_length=60)
    indicator = models.CharField("indicateur", max_length=100)
    agreed_on = models.DateField("date de l’accord écrit", null=True, blank=True)
    document = models.CharField("référence de l’accord", max_length=200, blank=True)

    # Given by `name_places`.
    zone_name: str
    indicator_label: str

    class Meta:  # noqa: D106
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["release", "landlord", "zone", "indicator"], name="agreement_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.landlord_id}: {self.indicator} of {self.zone}"


class AskedBody(models.Model):
    """A commune or a landlord that is asked to answer a release, since a day."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="asked")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="asked")
    asked_on = models.DateField("invité le")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["asked_on", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "organisation"], name="asked_once")
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.asked_on}"


class Answer(models.Model):
    """What a commune or a landlord answers to a release, printed beside it.

    It may be withheld for one of two reasons only, which is then told in its place.
    """

    class Reason(models.TextChoices):
        """Why an answer is not shown."""

        PERSONAL = "personal", "elle contient des données personnelles"
        INSULT = "insult", "elle contient des injures"

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="answers")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    # Empty: it answers the whole release, or the whole neighbourhood.
    zone = models.CharField("quartier", max_length=60, blank=True)
    indicator = models.CharField("indicateur", max_length=100, blank=True)
    text = models.TextField("réponse", max_length=5_000)
    answered_on = models.DateField("date de la réponse")
    signature = models.ForeignKey(
        Signature, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    withheld = models.CharField("raison", max_length=10, choices=Reason.choices, blank=True)
    withheld_on = models.DateField("écartée le", null=True, blank=True)

    # Given by `answers_beside`: the names of its places, and whether its text may be read.
    zone_name: str
    indicator_label: str
    readable: bool

    class Meta:  # noqa: D106
        ordering: ClassVar = ["answered_on", "pk"]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.answered_on}"


class Brief(models.Model):
    """« 3 constats, 3 doutes, 3 ressources » of a neighbourhood, as somebody wrote them.

    Each time it is saved is a new row, and rows are never changed: nobody's text is lost. It holds
    sentences and the names of what they speak of, never a figure: figures come from a release.
    """

    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="briefs")
    zone = models.CharField("quartier", max_length=60)
    version = models.PositiveIntegerField()
    # The release whose figures its author had before them.
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="briefs")
    published = models.BooleanField("publié", default=False)
    # A list in order, each with its part (« findings »), its subject (« poverty_share ») and its
    # sentence (« Ici, {chiffre} des ménages… »).
    items = models.JSONField()
    signature = models.ForeignKey(
        Signature, null=True, on_delete=models.SET_NULL, related_name="briefs"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField("enregistré le", default=timezone.now)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-version"]
        constraints: ClassVar = [
            # Two people who save at once: the second one is told, and chooses.
            models.UniqueConstraint(fields=["territory", "zone", "version"], name="brief_version")
        ]

    def __str__(self) -> str:
        return f"{self.zone}, version {self.version}"
