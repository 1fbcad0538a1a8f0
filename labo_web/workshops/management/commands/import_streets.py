"""`labo-web import_streets TERRITORY FILE…`: streets and buildings behind the A3 map of kits."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labo.errors import LaboError
from labo_web.accounts.models import Territory
from labo_web.workshops.kit.streets import keep

SAID = {"streets": "rues", "buildings": "bâtiments"}


class Command(BaseCommand):
    """Keeps them in LABO_DATA; done again with newer files, they replace the older ones."""

    help = "Garde des lignes (rues) et des polygones (bâtiments) à dessiner sur la carte A3."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where, which files, and whom to credit."""
        parser.add_argument("territory", help="SIREN du territoire")
        parser.add_argument("file", type=Path, nargs="+")
        parser.add_argument(
            "--credit",
            required=True,
            help="comme elle sera imprimée : producteur, millésime, licence",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Keep each file, or say what is wrong with it."""
        code = options["territory"]
        if not Territory.objects.filter(code=code).exists():
            known = ", ".join(Territory.objects.values_list("code", flat=True)) or "aucun"
            raise CommandError(f"Aucun territoire n’a le code « {code} ». Il y a : {known}.")
        for file in options["file"]:
            try:
                kept = keep(code, file, options["credit"])
            except LaboError as error:
                raise CommandError(str(error)) from error
            for kind, many in kept.items():
                self.stdout.write(f"{file} : {many} {SAID[kind]}")
