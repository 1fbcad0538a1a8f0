"""Withdraws again, after a restore, what had been withdrawn since the copy was made."""

import hashlib

from django.db import transaction

from labo_web import withdrawals
from labo_web.programme.models import Contact, Disagreement


def key_of(contact: Contact) -> str:
    """Return by what a contact is recognised, which says nothing of the person."""
    told = f"{contact.person.uuid} {contact.territory.code} {contact.agreed_at.isoformat()}"
    return hashlib.sha256(told.encode()).hexdigest()


@transaction.atomic
def forget(contact: Contact) -> None:
    """Erase the contact that somebody had agreed to give to peers."""
    withdrawals.record("programme.contact", key_of(contact))
    contact.delete()


def again(kind: str, key: str) -> bool:
    """Take a disagreement or a contact back; return whether there was something to take back."""
    if kind == "programme.disagreement":
        said = Disagreement.objects.filter(token_hash=key, withdrawn_at=None).first()
        if said is not None:
            said.withdraw()
        return said is not None
    if kind == "programme.contact":
        for row in Contact.objects.select_related("person", "territory"):
            if key_of(row) == key:
                forget(row)
                return True
        return False
    raise ValueError(f"{kind!r} is not withdrawn here")
