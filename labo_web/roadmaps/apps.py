"""Name of the application."""

from django.apps import AppConfig


class RoadmapsConfig(AppConfig):
    """The roadmap: actions, money, decisions, follow-up."""

    name = "labo_web.roadmaps"
    verbose_name = "Feuilles de route"
