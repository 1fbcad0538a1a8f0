"""What is erased once its term has passed: `labo-web purge_workshops`.

What only serves to receive people goes as soon as the event is over. What people said is an archive
of a public body: it is erased only under the visa of the departmental archives, which is recorded.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from labo_web.workshops.answers.outcomes import forget
from labo_web.workshops.models import (
    Contribution,
    Evaluation,
    Medium,
    Purge,
    Registration,
    TableSheet,
)

DAYS_A_MONTH = 30.4375


def terms(now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Return before when registrations and contributions are past their terms."""
    days = round(settings.KEEP_CONTRIBUTIONS_MONTHS * DAYS_A_MONTH)
    return now - dt.timedelta(settings.KEEP_REGISTRATIONS_DAYS), now - dt.timedelta(days)


def due(now: dt.datetime) -> dict[str, Any]:
    """Return, by what it is, all that is past its term and not erased."""
    soon, late = terms(now)
    over = Q(event__ends_at__lt=late) | Q(event=None, created_at__lt=late)
    return {
        "inscriptions": Registration.objects.filter(event__ends_at__lt=soon),
        "paroles": Contribution.objects.filter(over, erased_at=None),
        "photos de feuilles": Medium.objects.filter(
            contribution=None, event__ends_at__lt=late, erased_at=None
        ),
        "feuilles de table": TableSheet.objects.filter(event__ends_at__lt=late),
        "commentaires d’évaluation": Evaluation.objects.filter(event__ends_at__lt=late).exclude(
            comment=""
        ),
    }


# Gone without asking: it served to receive people, and is no archive.
AT_ONCE = ("inscriptions",)


@transaction.atomic
def purge(now: dt.datetime | None = None, visa: str = "") -> Purge:
    """Erase what is past its term; without a visa, only what is no archive. Keep a row of it."""
    found = due(now or timezone.now())
    counts = {what: rows.count() if visa or what in AT_ONCE else 0 for what, rows in found.items()}
    found["inscriptions"].delete()
    if visa:
        for row in found["paroles"]:
            forget(row)
        for medium in found["photos de feuilles"]:
            medium.erase()
        found["feuilles de table"].delete()
        found["commentaires d’évaluation"].update(comment="")
    return Purge.objects.create(counts=counts, visa=visa)
