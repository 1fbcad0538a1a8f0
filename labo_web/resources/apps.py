"""Name of the application."""

from django.apps import AppConfig


class ResourcesConfig(AppConfig):
    """The neighbourhood’s resources, and what they answer."""

    name = "labo_web.resources"
    verbose_name = "Ressources"
