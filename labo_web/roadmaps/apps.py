"""Name of the application, and what it tells those below."""

from django.apps import AppConfig


class RoadmapsConfig(AppConfig):
    """The roadmap: actions, money, decisions, follow-up."""

    name = "labo_web.roadmaps"
    verbose_name = "Feuilles de route"

    def ready(self) -> None:
        """Tell workshops, which are below, what contributions became."""
        from labo_web.roadmaps import answering
        from labo_web.workshops.answers import onward

        onward.register(answering.of_contributions)
