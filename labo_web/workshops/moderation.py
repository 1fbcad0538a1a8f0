"""What a facilitator lets onto the wall, sets aside with a reason, or takes back."""

from django.db import transaction
from django.utils import timezone

from labo_web import withdrawals
from labo_web.accounts.models import Person
from labo_web.workshops.models import Contribution, Medium, Moderation


@transaction.atomic
def moderate(contribution: Contribution, state: str, reason: str, person: Person | None) -> None:
    """Show a contribution, or set it aside for a reason: a row says who did, and when."""
    if state == Contribution.State.WITHHELD:
        withdrawals.record(f"workshops.withheld_{reason}", contribution.token_hash)
    elif contribution.state == Contribution.State.WITHHELD:
        withdrawals.record("workshops.shown", contribution.token_hash)
    contribution.state = Contribution.State(state)
    contribution.reason = reason if state == Contribution.State.WITHHELD else ""
    contribution.save(update_fields=["state", "reason"])
    Moderation.objects.create(
        contribution=contribution, state=state, reason=contribution.reason, person=person
    )


def publish_medium(medium: Medium, person: Person | None) -> None:
    """Say that no face can be seen, and nobody be known: the photo goes where its words go."""
    medium.published_at, medium.published_by = timezone.now(), person
    medium.save(update_fields=["published_at", "published_by"])
