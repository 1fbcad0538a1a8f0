"""Who takes part: territories, organisations, people, and what each may see and do where."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from typing import Any, ClassVar, Self

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

    # Names them in the journal of withdrawals once they have left; it says nothing of them.
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("adresse électronique", unique=True)
    name = models.CharField("nom", max_length=200)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )
    # What stands under a signature, after the name.
    function = models.CharField("fonction", max_length=200, blank=True)
    is_active = models.BooleanField("peut entrer", default=True)
    invited_at = models.DateTimeField("date de l’invitation", default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def unsigned(self) -> str:
        """What stands against signing in public: nothing, or what is missing and who can say it."""
        if not self.function:
            return "Pour signer, dites votre fonction sur la page de votre compte."
        if self.organisation_id is None:
            return (
                "Pour signer, il faut un organisme : l’équipe de votre territoire peut le dire "
                "pour vous, sur la page des personnes."
            )
        return ""

    def sign(self) -> Signature:
        """Return the signature of today."""
        made, _ = Signature.objects.get_or_create(
            person=self,
            name=self.name,
            function=self.function,
            organisation=self.organisation,
        )
        return made


class Signature(models.Model):
    """Who signs a text, as they were that day: the one row that goes when the person leaves."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="signatures")
    name = models.CharField("nom", max_length=200)
    function = models.CharField("fonction", max_length=200, blank=True)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT)

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.name, self.function)))


TWICE = "Cette personne a déjà ce rôle ici."


class RoleQuerySet(models.QuerySet["Role"]):
    """What is asked of roles."""

    def current(self) -> Self:
        """Keep those that were not withdrawn."""
        return self.filter(withdrawn_at=None)


class Role(models.Model):
    """What someone is in a territory; the facilitator of the programme is so in all of them.

    A role that was withdrawn stays, with its dates.
    """

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
    given_at = models.DateTimeField("donné le", default=timezone.now)
    given_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = RoleQuerySet.as_manager()

    class Meta:  # noqa: D106
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "territory", "kind"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="role_once",
                violation_error_message=TWICE,
            ),
            # In SQL two empty territories are not the same one.
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=models.Q(territory__isnull=True, withdrawn_at__isnull=True),
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

    @property
    def label(self) -> str:
        """What the role is, with its committee."""
        seat = f", {Circle(self.committee).label}" if self.committee else ""
        return f"{self.get_kind_display()}{seat}"


TEAM_KINDS = {Role.Kind.PROGRAMME, Role.Kind.OFFICER, Role.Kind.ANALYST}
# Who may record that a release is opened to a wider circle.
DECIDING_KINDS = {Role.Kind.PROGRAMME, Role.Kind.OFFICER}


VALID_DAYS = 14


class Invitation(models.Model):
    """A link sent to an address: it gives a role once, until a day; accepted, it is erased.

    Only a fingerprint of the link is kept.
    """

    email = models.EmailField("adresse électronique")
    name = models.CharField("nom", max_length=200)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.PROTECT, related_name="invitations"
    )
    kind = models.CharField("rôle", max_length=20, choices=Role.Kind.choices)
    committee = models.IntegerField("comité", null=True, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField("envoyée le", default=timezone.now)
    expires_at = models.DateTimeField("valable jusqu’au")
    sent_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:  # noqa: D106
        ordering: ClassVar = ["-sent_at"]

    def __str__(self) -> str:
        return f"{self.email}: {self.role_label}"

    @property
    def expired(self) -> bool:
        """Whether its day has passed."""
        return timezone.now() >= self.expires_at

    @property
    def role_label(self) -> str:
        """The role that it gives, in words."""
        given = Role(kind=self.kind, committee=self.committee)
        return given.label

    def renew(self) -> str:
        """Make a new link, which ends the former one, and return its secret part."""
        token = secrets.token_urlsafe(32)
        self.token_hash = fingerprint(token)
        self.sent_at = timezone.now()
        self.expires_at = self.sent_at + dt.timedelta(VALID_DAYS)
        return token


def fingerprint(token: str) -> str:
    """Return what is kept of the secret part of a link."""
    return hashlib.sha256(token.encode()).hexdigest()


class ByPrivateLink:
    """What somebody without an account finds again, changes or takes back, by a private link."""

    token_hash: Any

    def renew(self) -> str:
        """Make a new private link and return its secret part, which is not kept."""
        token = secrets.token_urlsafe(24)
        self.token_hash = fingerprint(token)
        return token
