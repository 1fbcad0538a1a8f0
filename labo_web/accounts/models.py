"""Who takes part: territories, organisations, people, and what each may see and do where."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone


class Circle(models.IntegerChoices):
    """Those whom a release is open to; each circle holds the ones before it."""

    TEAM = 1, "équipe"
    COTECH = 2, "comité technique"
    COPIL = 3, "comité de pilotage"
    EVERYONE = 4, "tout le monde"


class Territory(models.Model):
    """An agglomeration: it owns its contributions, and people have roles in it."""

    code = models.CharField("SIREN", max_length=20, unique=True)
    name = models.CharField("nom", max_length=200)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """A resource centre, a local authority, a landlord, an association, a service of the State."""

    class Kind(models.TextChoices):
        """What an organisation is."""

        RESOURCE_CENTRE = "resource_centre", "centre de ressources"
        AUTHORITY = "authority", "collectivité"
        LANDLORD = "landlord", "bailleur"
        ASSOCIATION = "association", "association"
        STATE = "state", "service de l’État"

    name = models.CharField("nom", max_length=200, unique=True)
    kind = models.CharField("nature", max_length=20, choices=Kind.choices)

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    """People are known by their address."""

    def create_user(self, email: str, **fields: Any) -> Person:
        """Invite someone: no password, a code is sent at each sign-in."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_unusable_password()
        person.full_clean(exclude=["password"])
        person.save()
        return person


class Person(AbstractBaseUser):
    """Someone who was invited."""

    email = models.EmailField("adresse électronique", unique=True)
    name = models.CharField("nom", max_length=200)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )
    is_active = models.BooleanField("peut entrer", default=True)
    invited_at = models.DateTimeField("date de l’invitation", default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name or self.email


TWICE = "Cette personne a déjà ce rôle ici."


class Role(models.Model):
    """What someone is in a territory; the facilitator of the programme is so in all of them."""

    class Kind(models.TextChoices):
        """What people do."""

        PROGRAMME = "programme", "animation du programme"
        OFFICER = "officer", "chef de projet"
        ANALYST = "analyst", "analyste"
        CONTRIBUTOR = "contributor", "contributeur"
        READER = "reader", "lecteur"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roles")
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.PROTECT, related_name="roles"
    )
    kind = models.CharField("rôle", max_length=20, choices=Kind.choices)
    committee = models.IntegerField(
        "comité",
        choices=[(c.value, c.label) for c in (Circle.COTECH, Circle.COPIL)],
        null=True,
        blank=True,
        help_text="Pour un contributeur ou un lecteur qui siège dans un comité.",
    )

    class Meta:  # noqa: D106
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "territory", "kind"],
                name="role_once",
                violation_error_message=TWICE,
            ),
            # In SQL two empty territories are not the same one.
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=models.Q(territory__isnull=True),
                name="role_everywhere_once",
                violation_error_message=TWICE,
            ),
            models.CheckConstraint(
                condition=models.Q(kind="programme", territory__isnull=True)
                | (~models.Q(kind="programme") & models.Q(territory__isnull=False)),
                name="programme_is_everywhere",
                violation_error_message=(
                    "L’animation du programme vaut partout, les autres rôles dans un territoire."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.territory or 'tous les territoires'}"

    @property
    def circle(self) -> Circle:
        """The smallest circle that this role belongs to."""
        if self.kind in TEAM_KINDS:
            return Circle.TEAM
        return Circle(self.committee or Circle.EVERYONE)


TEAM_KINDS = {Role.Kind.PROGRAMME, Role.Kind.OFFICER, Role.Kind.ANALYST}
# Who may record that a release is opened to a wider circle.
DECIDING_KINDS = {Role.Kind.PROGRAMME, Role.Kind.OFFICER}
