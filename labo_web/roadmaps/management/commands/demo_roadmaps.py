"""`labo-web demo_roadmaps`: the roadmap of the demonstration, in debug only."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labo_web.accounts.models import Person, Role, Territory
from labo_web.roadmaps.demo import NotFictive, write


class Command(BaseCommand):
    """Writes a complete fictive roadmap; made again, nothing changes."""

    help = "Écrit la feuille de route fictive de la démonstration (en débogage seulement)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it in the first territory, by its officer."""
        if not settings.DEBUG:
            raise CommandError("Une démonstration ne se prépare qu’avec LABO_DEBUG=1.")
        territory = Territory.objects.order_by("code").first()
        role = Role.Kind.OFFICER
        by = Person.objects.filter(
            roles__territory=territory, roles__kind=role, roles__withdrawn_at=None
        ).first()
        if territory is None or by is None:
            raise CommandError(
                "Lancez d’abord prepare_demo : aucun territoire n’a de chef de projet."
            )
        try:
            made = write(territory, by)
        except NotFictive as error:
            raise CommandError(str(error)) from error
        if made is not None:
            self.stdout.write(
                f"{territory} : une feuille de route de {made.actions.count()} actions fictives"
            )
