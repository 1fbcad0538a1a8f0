"""`labo-web import_release DIR`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from labo.errors import LaboError
from labo_web.releases.importing import AlreadyImported, import_release


class Command(BaseCommand):
    """Imports a release for its team; opening it further is decided on its page."""

    help = "Vérifie une livraison et l’importe : tout ou rien. Seule son équipe la voit alors."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which."""
        parser.add_argument("folder", type=Path, nargs="+")
        parser.add_argument(
            "--once", action="store_true", help="ne rien reprocher à une livraison déjà importée"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import them one after the other."""
        for folder in options["folder"]:
            try:
                made = import_release(folder)
            except AlreadyImported as error:
                if not options["once"]:
                    raise CommandError(str(error)) from error
                continue
            except LaboError as error:
                raise CommandError(str(error)) from error
            except OSError as error:
                raise CommandError(
                    f"{folder} n’est pas importée : elle ne peut pas être copiée dans le dossier "
                    f"des données ({error}). Faites-y de la place ou vérifiez ses droits, et "
                    "relancez."
                ) from error
            except OperationalError as error:
                raise CommandError(
                    f"{folder} n’est peut-être pas importée : la base ne répond pas "
                    f"({str(error).strip()}). Relancez quand elle répond ; avec --once, rien "
                    "n’est importé deux fois."
                ) from error
            self.stdout.write(
                f"{made.territory} : la livraison {made.code} est ouverte à son équipe"
            )
