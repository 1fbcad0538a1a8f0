"""Name of the application."""

from django.apps import AppConfig


class StoriesConfig(AppConfig):
    """Reportages bound to consents, and the shared narrative."""

    name = "labo_web.stories"
    verbose_name = "Récits"
