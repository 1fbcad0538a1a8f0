"""Name of the application."""

from django.apps import AppConfig


class WorkshopsConfig(AppConfig):
    """Events, contributions, and what became of them."""

    name = "labo_web.workshops"
    verbose_name = "Ateliers"
