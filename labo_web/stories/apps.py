"""Name of the application, and what it tells those below."""

from django.apps import AppConfig


class StoriesConfig(AppConfig):
    """Reportages bound to consents, and the shared narrative."""

    name = "labo_web.stories"
    verbose_name = "Récits"

    def ready(self) -> None:
        """Tell roadmaps, which are below, which stories tell of their actions."""
        from labo_web.roadmaps import onward
        from labo_web.stories import following

        onward.register(following.of_actions)
