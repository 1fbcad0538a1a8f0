"""Name of the application."""

from django.apps import AppConfig


class AtlasConfig(AppConfig):
    """Pages and public API."""

    name = "labo_web.atlas"
    verbose_name = "Atlas"
