"""`labo-web demo_programme`: the invented cohort of the demonstration, in debug only."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labo_web.accounts.models import Person, Role
from labo_web.programme.demo import write


class Command(BaseCommand):
    """Writes a fictive programme over the fictive territories; made again, nothing changes."""

    help = "Écrit le programme fictif de la démonstration (en débogage seulement)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, by whoever runs the programme."""
        if not settings.DEBUG:
            raise CommandError("Une démonstration ne se prépare qu’avec LABO_DEBUG=1.")
        roles = Role.objects.current().filter(kind=Role.Kind.PROGRAMME)
        by = Person.objects.filter(pk__in=roles.values("person")).order_by("pk").first()
        if by is None:
            raise CommandError("Lancez d’abord prepare_demo : personne n’anime le programme.")
        made = write(by)
        if made is not None:
            count = made.memberships.count()
            self.stdout.write(f"{made} : {count} territoires fictifs")
