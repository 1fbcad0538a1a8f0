"""Withdraws again, after a restore, what had been withdrawn since the copy was made."""

from labo_web.accounts import invitations
from labo_web.accounts.models import Person


def again(kind: str, key: str) -> bool:
    """Erase someone who had left; return whether they were there.

    Raises:
        ValidationError: nobody would run the programme any more.
    """
    if kind != "accounts.person":
        raise ValueError(f"{kind!r} is not withdrawn here")
    person = Person.objects.filter(uuid=key).first()
    if person is not None:
        invitations.leave(person)
    return person is not None
