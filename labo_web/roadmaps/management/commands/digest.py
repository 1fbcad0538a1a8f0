"""`labo-web digest`: the monthly message of each roadmap, from a clock of the machine."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from labo_web.roadmaps.digest import send
from labo_web.roadmaps.models import Roadmap


class Command(BaseCommand):
    """Writes to officers what is late, coming or stale; once a month, however often it runs."""

    help = "Envoie le message du mois aux chargés de mission de chaque feuille de route."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where the site is read."""
        parser.add_argument(
            "--site", default="", help="adresse du site (https://…), pour les liens"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send them; a roadmap whose mail cannot leave does not stop the others."""
        failed = []
        for roadmap in Roadmap.objects.select_related("territory"):
            path = reverse("follow_up", args=[roadmap.territory.code])
            address = options["site"].rstrip("/") + path if options["site"] else ""
            try:
                sent = send(roadmap, timezone.localdate(), address)
            except OSError as error:
                failed.append(f"{roadmap.territory} ({error})")
                continue
            self.stdout.write(f"{roadmap.territory} : {sent} message{'s' if sent > 1 else ''}")
        if failed:
            raise CommandError(f"Le courriel n’a pas pu partir pour : {', '.join(failed)}.")
