"""`labo-web import_territory DIR`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labo.errors import LaboError
from labo_web.moving.arriving import unpack
from labo_web.moving.management.commands.export_territory import PACKED


class Command(BaseCommand):
    """Brings a territory in from another installation."""

    help = "Vérifie ce qu’export_territory --whole a écrit et l’importe : tout ou rien."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which."""
        parser.add_argument("dir", type=Path)
        parser.add_argument(
            "--withdrawals", type=Path, metavar="FILE",
            help="le journal des retraits (withdrawals.jsonl) de l’installation d’où il vient",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Import it, and say what came and what did not."""
        try:
            done = unpack(options["dir"] / PACKED, options["withdrawals"])
        except LaboError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"L’import s’est arrêté ({error}). Rien n’a été changé.") from error
        self.stdout.write("   archive      ici  table")
        for label, (there, here) in done.rows.items():
            if there:
                self.stdout.write(f"{there:>10}{here:>9}  {label}")
        self.stdout.write(
            f"{done.name} : {sum(here for _, here in done.rows.values())} lignes et {done.files} "
            f"fichiers. Comptes créés : {done.people} ; personnes reconnues à leur adresse : "
            f"{done.known} ; anciens membres : {done.former} (leurs signatures et leurs rôles ne "
            "sont pas venus)."
        )
        for before, after in done.renamed:
            self.stdout.write(f"Le numéro {before} était pris ici : c’est maintenant {after}.")
        r = done.replayed
        self.stdout.write(f"Retraits : {r.known} dans les journaux, {r.again} refaits ici.")
        for sentence in r.left:
            self.stderr.write(f"À régler à la main : {sentence}")
