"""Addresses of the meeting, the directory, sessions across territories, what was learned, kits."""

from django.urls import URLPattern, path

from labo_web import converters  # noqa: F401 (registers them)
from labo_web.programme import (
    capitalising,
    directory,
    fresques_views,
    meeting_views,
    proceedings_views,
)

ROOT = "rencontres-inter-regionales/"
ONE = f"{ROOT}<int:pk>/"
LESSONS = "ce-que-nous-avons-appris/"

urlpatterns: list[URLPattern] = [
    path(ROOT, meeting_views.meetings, name="meetings"),
    path(f"{ROOT}preparer/", meeting_views.new_meeting, name="new_meeting"),
    path(ONE, meeting_views.meeting, name="meeting"),
    path(f"{ONE}modifier/", meeting_views.edit_meeting, name="edit_meeting"),
    path(f"{ONE}deroule/", meeting_views.slots, name="meeting_slots"),
    path(f"{ONE}apporter/<code:territory>/", meeting_views.bring, name="meeting_bring"),
    path(f"{ONE}notes/", proceedings_views.notes, name="meeting_notes"),
    path(f"{ONE}publier/", proceedings_views.publish, name="publish_proceedings"),
    path(f"{ONE}brouillon.<kind:kind>", proceedings_views.draft, name="draft_proceedings"),
    path(f"{ONE}actes/<int:number>/", meeting_views.proceedings_page, name="proceedings"),
    path(
        f"{ONE}actes/<int:number>/actes.<kind:kind>",
        proceedings_views.published,
        name="proceedings_document",
    ),
    path("annuaire-des-pairs/", directory.directory, name="peer_directory"),
    path("annuaire-des-pairs/mon-contact/", directory.contact, name="peer_contact"),
    path("fresques/", fresques_views.planning, name="fresques"),
    path(LESSONS, capitalising.lessons, name="lessons"),
    path(f"{LESSONS}ecrire/", capitalising.write, name="new_lesson"),
    path(f"{LESSONS}<int:pk>/", capitalising.lesson, name="lesson"),
    path(f"{LESSONS}<int:pk>/corriger/", capitalising.write, name="edit_lesson"),
    path("outils-a-reprendre/", capitalising.kits, name="kits"),
]
