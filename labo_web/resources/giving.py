"""Writing, publishing and taking back resources: what touches several rows at once."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from labo_web import withdrawals
from labo_web.accounts.models import Person, Territory
from labo_web.resources.models import (
    Confirmation,
    Consent,
    Contact,
    Contradiction,
    Description,
    Resource,
    Ruling,
    Verification,
)


@transaction.atomic
def give(
    territory: Territory,
    kind: str,
    written: Mapping[str, Any],
    *,
    scope: str,
    contact: str = "",
    fictive: bool = False,
) -> tuple[Resource, str]:
    """Keep what a resident gives, to be read before it is published; return it and its link."""
    made = Resource(
        territory=territory, kind=kind, source=Resource.Source.RESIDENT, fictive=fictive
    )
    token = made.renew()
    made.save()
    Description.objects.create(resource=made, version=1, **written)
    Consent.objects.create(resource=made, scope=scope)
    if contact:
        Contact.objects.create(resource=made, text=contact)
    return made, token


@transaction.atomic
def write(resource: Resource, written: Mapping[str, Any], person: Person | None) -> Description:
    """Write a resource again, by its team: a new row, published at once.

    Raises IntegrityError where somebody saved the same version meanwhile.
    """
    newest = resource.descriptions.order_by("-version").first()
    made = Description.objects.create(
        resource=resource,
        version=newest.version + 1 if newest else 1,
        signature=person.sign() if person else None,
        **written,
    )
    rule(made, Ruling.Status.PUBLISHED, person=person)
    return made


def rule(
    description: Description,
    status: str,
    *,
    person: Person | None,
    reason: str = "",
    note: str = "",
) -> Ruling:
    """Record that a description is published or not, and why."""
    return Ruling.objects.create(
        description=description, status=status, reason=reason, note=note, person=person
    )


@transaction.atomic
def withdraw(resource: Resource, on: dt.date | None = None) -> None:
    """Take a resource back, everywhere and at once: only its number and this day stay.

    Pages, exports and later documents read descriptions: without them there is nothing to show.
    """
    withdrawals.record("resources.resource", str(resource.uuid))
    resource.descriptions.all().delete()
    Contact.objects.filter(resource=resource).delete()
    for said in Contradiction.objects.filter(resource=resource):
        withdraw_contradiction(said)
    Verification.objects.filter(resource=resource).delete()
    Confirmation.objects.filter(resource=resource).delete()
    day = on or timezone.localdate()
    resource.consents.filter(withdrawn_on=None).update(withdrawn_on=day)
    resource.withdrawn_at = timezone.now()
    resource.save(update_fields=["withdrawn_at"])


@transaction.atomic
def withdraw_contradiction(row: Contradiction) -> None:
    """Take back what was said against a place: only its number and this day stay."""
    withdrawals.record("resources.contradiction", row.token_hash)
    Verification.objects.filter(contradiction=row).delete()
    row.text = row.place = row.place_name = row.zone = ""
    row.resource = None
    row.withdrawn_at = row.withdrawn_at or timezone.now()
    row.save()
