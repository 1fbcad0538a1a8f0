"""What is erased after a time: expired imports, disagreements that were set aside or taken back."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from labo_web.programme.models import Disagreement, PartnerImport


@transaction.atomic
def purge(now: dt.datetime) -> dict[str, int]:
    """Erase what is past its time; return how many of each, by the words of the report."""
    today = timezone.localdate(now)
    over = PartnerImport.objects.filter(erased_at=None, expires_on__lt=today)
    imports = 0
    for row in over:
        row.erase()
        imports += 1
    refused = (now - dt.timedelta(settings.REFUSED_DAYS)).date()
    aside = Disagreement.objects.filter(withdrawn_at=None, read_on__lt=refused)
    withheld = 0
    for said in aside.exclude(withheld=""):
        said.withdraw()
        withheld += 1
    kept = now - dt.timedelta(settings.RETENTION_DAYS)
    gone, _ = Disagreement.objects.filter(withdrawn_at__lt=kept).delete()
    return {
        "importations de partenaires expirées, effacées": imports,
        "désaccords écartés, effacés": withheld,
        "numéros de désaccords retirés, oubliés": gone,
    }
