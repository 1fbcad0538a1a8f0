"""`labo-web export_narrative CODE ZONE DIR`: the shared narrative, to take away."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labo_web.releases.models import Release
from labo_web.stories.narrative import as_everyone
from labo_web.stories.offline import NotEmpty, write_folder


class Command(BaseCommand):
    """Writes a folder of pages that open without network."""

    help = "Écrit le récit d’un quartier dans un dossier qui s’ouvre depuis le disque."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which, and where."""
        parser.add_argument("code", help="code du territoire, comme dans les adresses")
        parser.add_argument("zone", help="code du quartier")
        parser.add_argument("folder", type=Path, help="un dossier nouveau ou vide")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it."""
        found = Release.objects.visible_to(as_everyone()).filter(territory__code=options["code"])
        release = found.order_by("-generation", "-pk").first()
        if release is None:
            raise CommandError(f"Aucune livraison publique du territoire « {options['code']} ».")
        zone = release.zones.filter(code=options["zone"], kind__in=("qpv", "perimeter")).first()
        if zone is None:
            known = release.zones.filter(kind="qpv").order_by("code").values_list("code", flat=True)
            raise CommandError(
                f"« {options['zone']} » n’est pas un quartier de {release.territory} : "
                f"{', '.join(known)}."
            )
        zone.release = release
        try:
            many = write_folder(zone, options["folder"])
        except NotEmpty as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['folder']} : {many} fichiers, à ouvrir par index.html")
