"""What is erased after a time: refused resources, contacts, and what was withdrawn."""

import datetime as dt

from django.conf import settings
from django.db import transaction

from labo_web.resources import giving
from labo_web.resources.models import Contact, Contradiction, Description, Resource, Ruling


@transaction.atomic
def purge(now: dt.datetime) -> dict[str, int]:
    """Erase what is past its time; return how many of each, by the words of the report."""
    refused = now - dt.timedelta(settings.REFUSED_DAYS)
    kept = now - dt.timedelta(settings.RETENTION_DAYS)
    counts = dict.fromkeys(
        (
            "ressources refusées, effacées",
            "signalements écartés, effacés",
            "contacts effacés",
            "numéros retirés, oubliés",
        ),
        0,
    )
    published = set(Description.objects.published().values_list("resource", flat=True))
    for x in Description.objects.newest():
        ruling = x.rulings.last()
        if (
            ruling is not None
            and ruling.status == Ruling.Status.REFUSED
            and ruling.decided_at < refused
            and x.resource_id not in published
        ):
            giving.withdraw(x.resource)
            counts["ressources refusées, effacées"] += 1
    withheld = Contradiction.objects.filter(withdrawn_at=None, read_on__lt=refused.date())
    for row in withheld.exclude(withheld=""):
        giving.withdraw_contradiction(row)
        counts["signalements écartés, effacés"] += 1
    old = Contact.objects.filter(given_on__lt=refused.date())
    counts["contacts effacés"], _ = old.delete()
    # The references of files stay: an import that is made again must not bring anything back.
    gone = Resource.objects.filter(withdrawn_at__lt=kept, source=Resource.Source.RESIDENT)
    said = Contradiction.objects.filter(withdrawn_at__lt=kept)
    counts["numéros retirés, oubliés"] = gone.count() + said.count()
    gone.delete()
    said.delete()
    return counts
