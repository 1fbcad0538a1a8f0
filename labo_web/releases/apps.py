"""Name of the application."""

from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    """Releases and their publication."""

    name = "labo_web.releases"
    verbose_name = "Livraisons"
