"""`labo-web export_territory CODE DIR [--whole]`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.loader import render_to_string

from labo import whole
from labo.errors import LaboError
from labo_web.moving.archive import sha256_of
from labo_web.moving.bundle import open_bundle
from labo_web.moving.leaving import pack

PACKED = "territoire.zip"


class Command(BaseCommand):
    """Writes what is public of a territory, or all of it for another installation."""

    help = "Écrit les données ouvertes d’un territoire dans DIR ; avec --whole, tout, à déménager."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which, where, and how much."""
        parser.add_argument("code", help="SIREN du territoire")
        parser.add_argument("dir", type=Path, help="un dossier qui n’existe pas encore")
        parser.add_argument(
            "--whole",
            action="store_true",
            help="tout, données personnelles comprises, pour le déménager",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, and say what is in it."""
        code, folder = options["code"], options["dir"]
        try:
            if options["whole"]:
                self._whole(code, folder)
            else:
                self._public(code, folder)
        except LaboError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"L’export n’a pas pu être écrit ({error}).") from error

    def _public(self, code: str, folder: Path) -> None:
        for part in open_bundle(code, folder):
            self.stdout.write(f"{len(part.files):>4} fichiers  {part.title}")
        self.stdout.write(f"{folder} ne contient que ce qui est public.")

    def _whole(self, code: str, folder: Path) -> None:
        if folder.exists():
            raise CommandError(f"{folder} existe déjà : donnez un autre nom, rien n’est écrasé.")
        with whole.folder_for(folder) as part:
            part.chmod(0o700)
            left = pack(code, part / PACKED)
            rows = [(label, count) for label, count in left.rows.items() if count]
            digest = sha256_of(part / PACKED)
            context = {"left": left, "code": code, "rows": rows, "digest": digest}
            text = render_to_string("moving/TERRITOIRE.md", context)
            (part / "LISEZMOI.md").write_text(text, "utf-8")
        for label, count in rows:
            self.stdout.write(f"{count:>10}  {label}")
        self.stdout.write(
            f"{folder} contient tout {left.name}, données personnelles comprises : "
            f"{sum(left.rows.values())} lignes, {left.files} fichiers. Gardez-le chiffré, et "
            "effacez-le une fois arrivé."
        )
