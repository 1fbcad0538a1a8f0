"""`labo-web demo_meeting`: an invented meeting, sessions and lessons (debug only)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labo_web.accounts.models import Person, Role
from labo_web.programme import meeting_demo
from labo_web.programme.models import Meeting, Programme


class Command(BaseCommand):
    """Makes a meeting with its proceedings that nobody held; made again, nothing changes."""

    help = "Crée la rencontre inter-régionale inventée du programme fictif (en débogage seulement)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it in the first fictive programme, by its facilitator."""
        if not settings.DEBUG:
            raise CommandError("Une démonstration ne se prépare qu’avec LABO_DEBUG=1.")
        programme = Programme.objects.filter(fictive=True).order_by("pk").first()
        by = Person.objects.filter(
            roles__kind=Role.Kind.PROGRAMME, roles__withdrawn_at=None
        ).first()
        if programme is None or by is None:
            raise CommandError(
                "Lancez d’abord demo_programme : aucun programme fictif n’a quelqu’un qui l’anime."
            )
        if Meeting.objects.filter(programme=programme).exists():
            return
        made = meeting_demo.write(programme, by)
        self.stdout.write(
            f"{programme} : une rencontre inventée, où {made.brought.count()} territoires "
            "apportent quelque chose"
        )
