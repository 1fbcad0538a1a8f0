"""What time erases, of events and of what was said there: rows by rule, and files with them.

What serves to receive people, files and the keys of phones go at their term. What people said is
an archive of a public body: it is erased only under the visa of the departmental archives.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import Q

from labo_web.workshops.answers.outcomes import forget
from labo_web.workshops.media import orphans
from labo_web.workshops.models import (
    Contribution,
    Evaluation,
    Event,
    Medium,
    Purge,
    Registration,
    TableSheet,
)

# A photo or a voice that was kept, and whose sending was then interrupted.
ORPHANS = dt.timedelta(days=1)


def due(now: dt.datetime) -> dict[str, Any]:
    """Return, by what it is, the rows that were kept long enough after their event has ended.

    Registrations are needed until it is over; files and the keys of phones, until what was said is
    written down and answered; words, until the contract's review.
    """

    def over(days: int) -> Any:
        return Event.objects.filter(ends_at__lt=now - dt.timedelta(days=days))

    ended, past = over(settings.KEEP_FILES_DAYS), over(settings.KEEP_WORDS_DAYS)
    long_ago = now - dt.timedelta(days=settings.KEEP_WORDS_DAYS)
    return {
        "registrations": Registration.objects.filter(
            event__in=over(settings.KEEP_REGISTRATIONS_DAYS)
        ),
        "media": Medium.objects.exclude(name="").filter(
            Q(contribution__event__in=ended, kind=Medium.Kind.VOICE)
            | Q(contribution__event__in=ended, published_at=None)
            | Q(event__in=ended, kind=Medium.Kind.SHEET)
            # Sent outside any gathering, and never shown.
            | Q(
                contribution__event=None,
                event=None,
                published_at=None,
                created_at__lt=now - dt.timedelta(days=settings.KEEP_FILES_DAYS),
            )
        ),
        # Without its key, nobody can tell that two things were said by one phone.
        "keys": Contribution.objects.filter(event__in=ended).exclude(voter=""),
        "contributions": Contribution.objects.filter(erased_at=None).filter(
            Q(event__in=past) | Q(event=None, created_at__lt=long_ago)
        ),
        "comments": Evaluation.objects.filter(event__in=past).exclude(comment=""),
        "table_sheets": TableSheet.objects.filter(event__in=past),
    }


# What waits for the visa of the archives.
ARCHIVES = ("contributions", "comments", "table_sheets")


def purge(now: dt.datetime, visa: str = "") -> dict[str, int]:
    """Erase what has been kept long enough, and return how many of each; a row says so.

    Counts, weights and dots stay: no person is in them. A contribution that is erased keeps its
    number, so that an answer still finds it.
    """
    found = due(now)
    done = {what: 0 if what in ARCHIVES and not visa else rows.count()
            for what, rows in found.items()}  # fmt: skip
    found["registrations"].delete()
    for medium in found["media"]:
        medium.erase()
    found["keys"].update(voter="")
    if visa:
        for row in found["contributions"]:
            forget(row)
        found["comments"].update(comment="")
        found["table_sheets"].delete()
    done["files"] = 0
    for path in orphans():
        if path.stat().st_mtime < (now - ORPHANS).timestamp():
            path.unlink()
            done["files"] += 1
    Purge.objects.create(counts=done, visa=visa)
    return done
