"""Withdraws again, after a restore, what had been withdrawn since the copy was made."""

from django.db import transaction

from labo_web import withdrawals
from labo_web.workshops.answers.outcomes import forget
from labo_web.workshops.models import Contribution, Registration
from labo_web.workshops.moderation import moderate

WITHHELD = "workshops.withheld_"


@transaction.atomic
def cancel(registration: Registration) -> None:
    """Erase what somebody had given to come to an event."""
    withdrawals.record("workshops.registration", registration.token_hash)
    registration.delete()


def again(kind: str, key: str) -> bool:
    """Take back, set aside or cancel once more; return whether there was something to do."""
    if kind == "workshops.registration":
        coming = Registration.objects.filter(token_hash=key).first()
        if coming is not None:
            cancel(coming)
        return coming is not None
    said = Contribution.objects.filter(token_hash=key, erased_at=None).first()
    if kind == "workshops.contribution":
        if said is not None:
            forget(said)
        return said is not None
    reason = kind.removeprefix(WITHHELD)
    if reason in Contribution.Reason.values:
        state = Contribution.State.WITHHELD
    elif kind == "workshops.shown":
        state, reason = Contribution.State.SHOWN, ""
    else:
        raise ValueError(f"{kind!r} is not withdrawn here")
    if said is None or (said.state, said.reason) == (state, reason):
        return False
    if state == Contribution.State.SHOWN and said.state != Contribution.State.WITHHELD:
        # It was set aside and shown again after the copy: the copy knows of neither.
        return False
    moderate(said, state, reason, None)
    return True
