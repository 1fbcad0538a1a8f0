"""What time erases: what ended consents allowed, addresses of recipients, files without a row."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone

from labo_web.stories.files import orphans
from labo_web.stories.models import Consent, Medium, Sending, Withdrawal
from labo_web.stories.withdrawal import withdraw

# A file that was kept, and whose form was then interrupted.
ORPHANS = dt.timedelta(days=1)


def purge(now: dt.datetime) -> dict[str, int]:
    """Erase what is past its time; return how many of each, by the words of the report."""
    today = timezone.localdate(now)
    ended = Consent.objects.filter(withdrawn_at=None, until__lt=today)
    counts = {"accords arrivés à leur terme, effacés": 0}
    for consent in ended:
        withdraw(consent, Withdrawal.Asked.TERM)
        counts["accords arrivés à leur terme, effacés"] += 1
    # Never signed, and nothing is shown of it.
    unsigned = Consent.objects.filter(
        signed_on=None, withdrawn_at=None, blocks=None,
        recorded_at__lt=now - dt.timedelta(settings.REFUSED_DAYS),
    )  # fmt: skip
    counts["accords jamais signés, effacés"] = unsigned.count()
    unsigned.delete()
    old = Sending.objects.filter(sent_on__lt=today - dt.timedelta(settings.RETENTION_DAYS))
    counts["adresses de destinataires effacées"] = old.exclude(email="").update(email="")
    # Sent with a text that was never saved.
    loose = Medium.objects.filter(passages=None, erased_at=None, created_at__lt=now - ORPHANS)
    counts["fichiers de récits sans passage, effacés"] = loose.count()
    for medium in loose:
        for path in medium.empty():
            path.unlink(missing_ok=True)
    for path in orphans():
        if path.stat().st_mtime < (now - ORPHANS).timestamp():
            path.unlink()
            counts["fichiers de récits sans passage, effacés"] += 1
    return counts
