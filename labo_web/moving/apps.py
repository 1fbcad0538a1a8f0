"""Name of the application."""

from django.apps import AppConfig


class MovingConfig(AppConfig):
    """Copies of the installation, and territories that move to another one."""

    name = "labo_web.moving"
    verbose_name = "Déménagements"
