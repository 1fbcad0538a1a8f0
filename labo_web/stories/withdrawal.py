"""Taking a consent back: at once, in all that we serve, with what it is a proof of.

Pages, exports and documents are made from passages when they are asked for: once these are empty
and their files gone, there is nothing left to show. What was sent, printed or downloaded cannot be
called back: those who are known to have received something are told.
"""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from labo_web import withdrawals
from labo_web.stories.models import Consent, Passage, Placement, Sending, Withdrawal

KIND = "stories.consent"  # in the journal that backups do not bring back
log = logging.getLogger(__name__)

TOLD = """Bonjour,

Le {sent_on:%d/%m/%Y}, vous avez reçu de {territory} : {what} ({number}).

Une personne qui y était montrée ou citée a retiré son accord le {day:%d/%m/%Y}. Merci d’effacer \
ce document, vos copies et celles que vous avez transmises, et de ne plus l’utiliser. Le récit que \
l’on lit aujourd’hui sur le site n’a plus ce passage : vous pouvez en demander une nouvelle copie.

Reçu du retrait : n° {receipt}. Cette personne a le droit de changer d’avis à tout moment.
"""


def withdraw(consent: Consent, asked: str, *, journal: bool = True) -> Withdrawal:
    """Take a consent back and empty all that rests on it; once done, nothing more happens.

    All the passages that ever stood in a block that it is bound to are emptied, in all versions.
    """
    with transaction.atomic():
        row = Consent.objects.select_for_update().get(pk=consent.pk)
        done = Withdrawal.objects.filter(consent=row).first()
        if journal and done is None:
            withdrawals.record(KIND, str(row.key))
        held = Passage.objects.filter(block__in=row.blocks.all())
        full = list(held.filter(erased_at=None).select_related("medium", "block"))
        # Also of passages that somebody emptied by other means: a file has no reason to stay.
        media = {
            p.medium.pk: p.medium
            for p in held.select_related("medium")
            if p.medium is not None and p.medium.erased_at is None
        }
        paths = [path for medium in media.values() for path in medium.empty()]
        for passage in full:
            passage.empty()
        row.person = row.shown_as = row.signed_name = ""
        row.withdrawn_at = row.withdrawn_at or timezone.now()
        row.save()
        if done is None:
            done = Withdrawal.objects.create(
                consent=row, asked=asked, made_at=row.withdrawn_at,
                passages=len({p.block_id for p in full}),
                stories=len({p.block.story_id for p in full}), files=len(paths),
            )  # fmt: skip
        sendings = _sendings(row)
        sendings.update(to_tell=True)
        waiting = list(sendings.select_related("story__territory"))
    for path in paths:
        path.unlink(missing_ok=True)
    for sending in waiting:
        tell(sending, done)
    return done


def _sendings(consent: Consent) -> QuerySet[Sending]:
    """Return who received a version that held something of this consent."""
    held = Placement.objects.filter(
        passage__block__in=consent.blocks.all(),
        version__story=OuterRef("story"),
        version__number=OuterRef("version"),
    )
    return Sending.objects.filter(Exists(held))


def tell(sending: Sending, done: Withdrawal) -> bool:
    """Write to whoever received a document; return whether the message left.

    Whoever has no address, or whose message did not leave, stays to be told by hand.
    """
    if not sending.email:
        return False
    text = TOLD.format(
        sent_on=sending.sent_on, territory=sending.story.territory, what=sending.what,
        number=sending.story.number_shown, day=timezone.localtime(done.made_at),
        receipt=done.number,
    )  # fmt: skip
    try:
        send_mail("Un accord a été retiré : merci d’effacer un document", text, None,
                  [sending.email])  # fmt: skip
    except (SMTPException, OSError):
        log.exception("A recipient could not be told of a withdrawal.")
        return False
    sending.told_at, sending.to_tell = timezone.now(), False
    sending.save(update_fields=["told_at", "to_tell"])
    return True
