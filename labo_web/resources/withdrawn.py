"""Withdraws again, after a restore, what had been withdrawn since the copy was made."""

from labo_web.resources import giving
from labo_web.resources.models import Contradiction, Resource


def again(kind: str, key: str) -> bool:
    """Take a resource or a contradiction back; return whether there was something to take back."""
    if kind == "resources.resource":
        resource = Resource.objects.kept().filter(uuid=key).first()
        if resource is not None:
            giving.withdraw(resource)
        return resource is not None
    if kind == "resources.contradiction":
        said = Contradiction.objects.filter(token_hash=key, withdrawn_at=None).first()
        if said is not None:
            giving.withdraw_contradiction(said)
        return said is not None
    raise ValueError(f"{kind!r} is not withdrawn here")
