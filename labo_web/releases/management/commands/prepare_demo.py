"""`labo-web prepare_demo DIR…`: fictive releases, opened to everyone, and accounts (debug only)."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from labo.errors import LaboError
from labo_web.accounts.models import Circle
from labo_web.releases.gate import decide
from labo_web.releases.importing import AlreadyImported, import_release

# Days before today of the steps of an invented publication.
STEPS = ((Circle.COTECH, 70), (Circle.COPIL, 55), (Circle.EVERYONE, 0))
RECEIVED, RESTITUTION = 90, 40


class Command(BaseCommand):
    """Makes a demonstration that one can read at once; made again, nothing changes."""

    help = "Importe les livraisons fictives, les ouvre, crée les comptes (en débogage seulement)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which."""
        parser.add_argument("folder", type=Path, nargs="+")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, open, invite."""
        if not settings.DEBUG:
            raise CommandError("Une démonstration ne se prépare qu’avec LABO_DEBUG=1.")
        today = dt.date.today()  # noqa: DTZ011 (decisions are dated where they are taken)
        for folder in options["folder"]:
            self._import(folder, today)
        call_command("demo_accounts", stdout=self.stdout)

    @transaction.atomic
    def _import(self, folder: Path, today: dt.date) -> None:
        try:
            made = import_release(folder, received_on=today - dt.timedelta(RECEIVED))
        except AlreadyImported:
            return
        except LaboError as error:
            raise CommandError(str(error)) from error
        if not made.fictive:
            self.stdout.write(f"{made.territory} : données réelles, ouvertes à son équipe seule")
            return
        for circle, days in STEPS:
            decide(
                made,
                circle,
                today - dt.timedelta(days),
                person=None,
                restitution_on=today - dt.timedelta(RESTITUTION),
                note="Démonstration : décision inventée.",
            )
        self.stdout.write(
            f"{made.territory} : la livraison {made.code} est ouverte à tout le monde"
        )
