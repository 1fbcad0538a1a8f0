"""Withdrawals applied again, after a backup brought back what people had taken back."""

from __future__ import annotations

import uuid

from labo_web.stories.models import Consent, Withdrawal
from labo_web.stories.withdrawal import KIND, withdraw


def again(kind: str, key: str) -> bool:
    """Apply a withdrawal of the journal again; False where there is nothing of that kind or key."""
    if kind != KIND:
        return False
    try:
        found = Consent.objects.filter(key=uuid.UUID(key)).first()
    except ValueError:
        return False
    if found is None:
        return False
    withdraw(found, Withdrawal.Asked.AGAIN, journal=False)
    return True
