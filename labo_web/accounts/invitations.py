"""How people come in and change roles: a dated invitation by mail, accepted once."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from labo_web import withdrawals
from labo_web.accounts.access import signed_in
from labo_web.accounts.models import TWICE, Invitation, Person, Role, Territory, fingerprint

KEPT_EXPIRED = dt.timedelta(30)  # time for the team to see that nobody came
LAST = (
    "C’est la dernière personne qui anime le programme : donnez d’abord ce rôle à une autre, "
    "sinon plus personne ne pourrait inviter."
)


def kinds_to_give(territory: Territory | None) -> list[tuple[str, str]]:
    """Return the roles that can be given in a territory, or everywhere."""
    everywhere = Role.Kind.PROGRAMME
    if territory is None:
        return [(everywhere.value, str(everywhere.label))]
    return [(k.value, str(k.label)) for k in Role.Kind if k != everywhere]


def invite(request: HttpRequest, invitation: Invitation) -> None:
    """Send an invitation, in place of a former one for the same role.

    Raises:
        ValidationError: the person has this role already.
        OSError: the message could not be sent; nothing was then recorded.
    """
    role = {"territory": invitation.territory, "kind": invitation.kind}
    if Role.objects.current().filter(person__email=invitation.email, **role).exists():
        raise ValidationError(TWICE)
    with transaction.atomic():
        Invitation.objects.filter(email=invitation.email, **role).exclude(pk=invitation.pk).delete()
        # Addresses of people who did not come are not kept.
        Invitation.objects.filter(expires_at__lt=timezone.now() - KEPT_EXPIRED).delete()
        token = invitation.renew()
        invitation.sent_by = signed_in(request)
        invitation.save()
        context = {
            "invitation": invitation,
            "address": request.build_absolute_uri(reverse("invitation", args=[token])),
            "site": request.build_absolute_uri(reverse("home")),
        }
        send_mail(
            "Invitation au Labo Quartiers en Transitions",
            render_to_string("accounts/invitation.txt", context),
            None,
            [invitation.email],
        )


def find(token: str) -> Invitation | None:
    """Return the invitation of a link that still holds."""
    found = Invitation.objects.select_related("territory", "organisation", "sent_by")
    row = found.filter(token_hash=fingerprint(token)).first()
    return None if row is None or row.expired else row


@transaction.atomic
def accept(token: str) -> Person | None:
    """Give the role of an invitation to its person, who comes in if new, and erase it.

    Returns nothing where the link no longer holds, for instance because it was just used.
    """
    locked = Invitation.objects.select_for_update().filter(token_hash=fingerprint(token)).first()
    if locked is None or locked.expired:
        return None
    person = Person.objects.filter(email=locked.email).first()
    if person is None:
        person = Person.objects.create_user(
            locked.email, name=locked.name, organisation=locked.organisation
        )
    elif person.organisation is None and locked.organisation is not None:
        person.organisation = locked.organisation
        person.save(update_fields=["organisation"])
    Role.objects.current().get_or_create(
        person=person,
        territory=locked.territory,
        kind=locked.kind,
        withdrawn_at=None,
        defaults={"committee": locked.committee, "given_by": locked.sent_by},
    )
    locked.delete()
    return person


def is_last_facilitator(person: Person) -> bool:
    """Return whether nobody else runs the programme."""
    running = Role.objects.current().filter(kind=Role.Kind.PROGRAMME)
    return running.filter(person=person).exists() and not running.exclude(person=person).exists()


def withdraw(role: Role, by: Person) -> None:
    """Withdraw a role, from now on.

    Raises:
        ValidationError: nobody would run the programme any more.
    """
    if role.kind == Role.Kind.PROGRAMME and is_last_facilitator(role.person):
        raise ValidationError(LAST)
    role.withdrawn_at, role.withdrawn_by = timezone.now(), by
    role.save(update_fields=["withdrawn_at", "withdrawn_by"])


@transaction.atomic
def leave(person: Person) -> None:
    """Erase someone: roles, signatures and second factor go; dated decisions stay without a name.

    Raises:
        ValidationError: nobody would run the programme any more.
    """
    if is_last_facilitator(person):
        raise ValidationError(LAST)
    withdrawals.record("accounts.person", str(person.uuid))
    Invitation.objects.filter(email=person.email).delete()
    person.delete()
