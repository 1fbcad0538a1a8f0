"""`labo-web replay_withdrawals [FILE]`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labo_web import withdrawals
from labo_web.moving.replay import replay


class Command(BaseCommand):
    """Withdraws again what the journal says, after a database came back by other means."""

    help = "Retire de nouveau tout ce que nomme le journal ; deux fois de suite, rien ne change."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which journal is added to this installation's."""
        parser.add_argument("file", type=Path, nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        """Withdraw, and say how much."""
        path: Path | None = options["file"]
        if path is not None and not path.is_file():
            raise CommandError(f"Le journal des retraits {path} n’existe pas.")
        try:
            if path is not None:
                withdrawals.adopt(withdrawals.entries(path))
            done = replay(list(withdrawals.entries()))
        except withdrawals.Damaged as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Retraits : {done.known} dans le journal, {done.again} refaits.")
        for sentence in done.left:
            self.stderr.write(f"À régler à la main : {sentence}")
