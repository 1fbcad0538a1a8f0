"""Name of the application."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, organisations and roles."""

    name = "labo_web.accounts"
    verbose_name = "Personnes et rôles"
