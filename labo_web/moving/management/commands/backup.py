"""`labo-web backup FILE`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labo.errors import LaboError
from labo_web.moving.archive import sha256_of
from labo_web.moving.backup import backup


class Command(BaseCommand):
    """Copies tables, files and the journal of withdrawals into one file, while the site runs."""

    help = "Copie toute l’installation dans FILE, qui ne doit pas exister encore."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, and say what is in it."""
        path: Path = options["file"]
        try:
            made = backup(path)
        except LaboError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"La sauvegarde n’a pas pu être écrite ({error}). Il n’en reste rien : faites de "
                "la place, ou vérifiez les droits du dossier."
            ) from error
        for label, count in made.rows.items():
            if count:
                self.stdout.write(f"{count:>10}  {label}")
        if made.gone:
            self.stderr.write(
                "Fichiers que la base nomme et qui ne sont pas là, effacés entre-temps ou perdus : "
                f"{len(made.gone)} ({', '.join(made.gone[:3])})."
            )
        self.stdout.write(
            f"{path} : {sum(made.rows.values())} lignes, {made.files} fichiers, "
            f"{path.stat().st_size / 1e6:.1f} Mo, sha256 {sha256_of(path)}\n"
            "Elle contient des données personnelles : gardez-la chiffrée, ailleurs que sur cette "
            "machine. Les secrets (.env) n’y sont pas : gardez-les à part."
        )
