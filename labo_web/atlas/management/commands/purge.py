"""`labo-web purge`: erases what is past its time, in every part of the site that says what is."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.utils import timezone


class Command(BaseCommand):
    """Runs `purge(now)` of the module `purge` of each part that has one; run it every night."""

    help = "Efface les contenus personnels refusés, retirés ou périmés (LABO_*_DAYS)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase, and say how much of what."""
        now = timezone.now()
        for app in apps.get_app_configs():
            if not app.name.startswith("labo_web.") or find_spec(f"{app.name}.purge") is None:
                continue
            counts: dict[str, int] = import_module(f"{app.name}.purge").purge(now)
            for what, count in counts.items():
                self.stdout.write(f"{app.verbose_name} : {count} {what}")
