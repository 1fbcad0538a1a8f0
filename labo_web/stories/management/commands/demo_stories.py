"""`labo-web demo_stories`: the reportage of the demonstration, in debug only."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labo_web.accounts.models import Person, Role, Territory
from labo_web.stories.demo import NotFictive, write


class Command(BaseCommand):
    """Writes a fictive reportage with all kinds of passages; made again, nothing changes."""

    help = "Écrit le reportage fictif de la démonstration (en débogage seulement)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it in the first territory, by its officer, read again by who runs the programme."""
        if not settings.DEBUG:
            raise CommandError("Une démonstration ne se prépare qu’avec LABO_DEBUG=1.")
        territory = Territory.objects.order_by("code").first()
        here = Person.objects.filter(roles__withdrawn_at=None)
        writer = here.filter(roles__territory=territory, roles__kind=Role.Kind.OFFICER).first()
        reader = here.filter(roles__kind=Role.Kind.PROGRAMME).first()
        if territory is None or writer is None or reader is None:
            raise CommandError(
                "Lancez d’abord prepare_demo : il n’y a personne pour écrire et relire."
            )
        try:
            made = write(territory, writer, reader)
        except NotFictive as error:
            raise CommandError(str(error)) from error
        if made is not None:
            self.stdout.write(
                f"{territory} : un reportage fictif, avec tous les genres de passages"
            )
