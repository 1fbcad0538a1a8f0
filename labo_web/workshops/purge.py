"""What time erases, of events and of what was said there: rows by rule, and files with them."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from labo_web.workshops.media import orphans
from labo_web.workshops.models import Contribution, Evaluation, Event, Medium, Registration

# Days after an event has ended. Registrations are needed until it is over; files and the keys of
# phones, until what was said is written down and answered; words, until the contract's review.
REGISTRATIONS = 30
VOICES = SHEETS = 180
KEYS = 180
WORDS = 730
# A photo or a voice that was kept, and whose sending was then interrupted.
ORPHANS = dt.timedelta(days=1)


def purge(now: dt.datetime) -> dict[str, int]:
    """Erase what has been kept long enough, and return how many of each.

    Counts, weights and dots stay: no person is in them. A contribution that is erased keeps its
    number, so that an answer still finds it.
    """

    def over(days: int) -> Q:
        return Q(ends_at__lt=now - dt.timedelta(days=days))

    done: dict[str, int] = {}
    old = Event.objects.filter(over(REGISTRATIONS))
    done["registrations"], _ = Registration.objects.filter(event__in=old).delete()
    done["comments"] = (
        Evaluation.objects.filter(event__in=Event.objects.filter(over(WORDS)))
        .exclude(comment="")
        .update(comment="")
    )
    ended = Event.objects.filter(over(VOICES))
    media = Medium.objects.exclude(name="").filter(
        Q(contribution__event__in=ended, kind=Medium.Kind.VOICE)
        | Q(contribution__event__in=ended, published_at=None)
        | Q(event__in=ended, kind=Medium.Kind.SHEET)
    )
    done["media"] = 0
    for medium in media:
        medium.erase()
        done["media"] += 1
    # Without its key, nobody can tell that two things were said by one phone.
    keyed = Contribution.objects.filter(event__in=Event.objects.filter(over(KEYS)))
    done["keys"] = keyed.exclude(voter="").update(voter="")
    words = Contribution.objects.filter(erased_at=None).filter(
        Q(event__in=Event.objects.filter(over(WORDS)))
        | Q(event=None, created_at__lt=now - dt.timedelta(days=WORDS))
    )
    done["contributions"] = 0
    for row in words:
        row.erase()
        done["contributions"] += 1
    done["files"] = 0
    for path in orphans():
        if path.stat().st_mtime < (now - ORPHANS).timestamp():
            path.unlink()
            done["files"] += 1
    return done
