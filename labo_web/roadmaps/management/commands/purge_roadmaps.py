"""`labo-web purge_roadmaps`: erase files without a row and plans that nobody confirmed."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from labo_web.roadmaps.pieces import purge


class Command(BaseCommand):
    """Run each night, beside `purge_workshops`."""

    help = "Erase attached files that no row names, and imports that were never confirmed."

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase, and say how many."""
        for what, many in purge(timezone.now()).items():
            self.stdout.write(f"{many:6} {what}")
