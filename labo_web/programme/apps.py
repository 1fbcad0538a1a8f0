"""Name of the application."""

from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    """The programme: cohort of territories, data project, meeting."""

    name = "labo_web.programme"
    verbose_name = "Programme"
