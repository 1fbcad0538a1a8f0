"""`labo-web purge_workshops`: erase what is past its term; `--dry-run` only counts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from labo_web.workshops.purge import AT_ONCE, due, purge


class Command(BaseCommand):
    """Run each night: what is not past its term stays."""

    help = "Erase registrations past their term and, under a visa, what people said."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say under which visa, and whether to count only."""
        parser.add_argument(
            "--visa", default="", help="reference and date of the departmental archives' visa"
        )
        parser.add_argument("--dry-run", action="store_true", help="count, and erase nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count, or erase and say what was."""
        waiting = {what: rows.count() for what, rows in due(timezone.now()).items()}
        if options["dry_run"]:
            for what, many in waiting.items():
                self.stdout.write(f"{many:6} {what}")
            return
        made = purge(visa=options["visa"].strip())
        for what, many in made.counts.items():
            self.stdout.write(f"{many:6} {what}")
        left = sum(many for what, many in waiting.items() if what not in AT_ONCE)
        if left and not made.visa:
            self.stdout.write(
                f"{left} sont à terme mais attendent le visa des archives départementales : "
                "--visa « référence, date »."
            )
