"""`labo-web restore FILE`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labo.errors import LaboError
from labo_web.moving.restore import Restored, check, restore

WORD = "remplacer"


class Command(BaseCommand):
    """Puts a copy back into an empty installation; stop the site first."""

    help = "Vérifie une copie faite par backup et la remet en place : tout ou rien."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which, and how."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help="la vérifier sans rien changer")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="à la place de ce qui est ici, après une question",
        )
        parser.add_argument(
            "--noinput", action="store_false", dest="ask", help="ne rien demander (avec --replace)"
        )
        parser.add_argument(
            "--withdrawals", type=Path, metavar="FILE",
            help="le journal des retraits (withdrawals.jsonl) d’une autre installation",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify it, put it back, and say how to know that nothing was lost."""
        path: Path = options["file"]
        try:
            if options["check"]:
                rows = check(path)
                self.stdout.write(f"{path} est entière : {sum(rows.values())} lignes.")
                return
            if options["replace"] and options["ask"]:
                self._ask()
            done = restore(path, replace=options["replace"], journal=options["withdrawals"])
        except LaboError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"La restauration s’est arrêtée ({error}). Rien n’a été changé."
            ) from error
        self._report(done)

    def _ask(self) -> None:
        self.stdout.write(
            "Tout ce que contient cette installation sera effacé et remplacé par la sauvegarde.\n"
            f"Écrivez « {WORD} » pour continuer : ",
            ending="",
        )
        self.stdout.flush()
        try:
            typed = input()
        except EOFError:
            typed = ""
        if typed.strip() != WORD:
            raise CommandError("Rien n’a été changé.")

    def _report(self, done: Restored) -> None:
        self.stdout.write("  annoncées    relues  table")
        for label, (announced, found) in done.rows.items():
            if announced:
                self.stdout.write(f"{announced:>11}{found:>10}  {label}")
        rows = sum(found for _, found in done.rows.values())
        self.stdout.write(
            f"Sauvegarde du {done.made_at}, version {done.code_version} : {rows} lignes et "
            f"{done.files} fichiers sont revenus. Chaque ligne a été relue dans la base et "
            "comparée à l’archive : aucune ne manque ni ne diffère."
        )
        if done.gone:
            self.stdout.write(
                "Fichiers qui manquaient déjà dans la sauvegarde, effacés ou perdus avant : "
                f"{len(done.gone)} ({', '.join(done.gone[:3])})."
            )
        r = done.replayed
        self.stdout.write(
            f"Retraits : le journal en connaît {r.known} ; {r.again} étaient revenus avec la "
            "sauvegarde et ont été refaits."
        )
        for sentence in r.left:
            self.stderr.write(f"À régler à la main : {sentence}")
