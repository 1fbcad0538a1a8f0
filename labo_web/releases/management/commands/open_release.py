"""`labo-web open_release CODE CIRCLE`: what the page of a release does, from a terminal."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from labo_web.accounts.models import Circle
from labo_web.releases.gate import decide
from labo_web.releases.models import Release


class Command(BaseCommand):
    """Opens a release to the next circle, by a dated decision."""

    help = "Note qu’une livraison est ouverte à un cercle de lecteurs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which, to whom, when."""
        parser.add_argument("code", help="premiers caractères de l’empreinte de la livraison")
        parser.add_argument("circle", choices=[c.name.lower() for c in Circle])
        parser.add_argument(
            "--on",
            type=dt.date.fromisoformat,
            required=True,
            help="jour de la décision (AAAA-MM-JJ)",
        )
        parser.add_argument("--restitution", type=dt.date.fromisoformat)
        parser.add_argument("--note", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Decide, or say why not."""
        found = Release.objects.filter(digest__startswith=options["code"])
        if len(found) != 1:
            raise CommandError(
                f"{len(found)} livraisons commencent par « {options['code']} » : il en faut une."
            )
        circle = Circle[options["circle"].upper()]
        try:
            decide(
                found[0],
                circle,
                options["on"],
                person=None,
                restitution_on=options["restitution"],
                note=options["note"],
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"La livraison {found[0].code} est ouverte : {circle.label}")
