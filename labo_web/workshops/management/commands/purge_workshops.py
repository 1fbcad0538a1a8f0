"""`labo-web purge_workshops`: erase what is past its term; `--dry-run` only counts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from labo_web.workshops.purge import ARCHIVES, due, purge


class Command(BaseCommand):
    """Run each night: what is not past its term stays."""

    help = "Efface ce qui est arrivé à terme et, sous visa, ce que les gens ont dit."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say under which visa, and whether to count only."""
        parser.add_argument(
            "--visa", default="", help="référence et date du visa des archives départementales"
        )
        parser.add_argument("--dry-run", action="store_true", help="compter, sans rien effacer")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count, or erase and say what was."""
        now, visa = timezone.now(), options["visa"].strip()
        waiting = {what: rows.count() for what, rows in due(now).items()}
        done = waiting if options["dry_run"] else purge(now, visa)
        for what, many in done.items():
            self.stdout.write(f"{many:6} {what}")
        left = sum(waiting[what] for what in ARCHIVES)
        if left and not visa:
            self.stdout.write(
                f"{left} attendent le visa des archives départementales : --visa 'référence, date'."
            )
