"""Addresses of the day's path."""

from django.urls import URLPattern, path

from labo_web import converters  # noqa: F401 (registers them)
from labo_web.workshops.day import documents as day_documents
from labo_web.workshops.day import views as day

DAY = "rencontres/<int:pk>/journee/"

urlpatterns: list[URLPattern] = [
    path(DAY, day.day, name="day"),
    path(f"{DAY}feuilles/<code:name>/", day.sheet, name="sheet_of_table"),
    path(f"{DAY}solutions/", day.new_solution, name="new_solution"),
    path(f"{DAY}solutions/table/<int:table>/", day.new_solution, name="solution_of_table"),
    path(f"{DAY}vote/", day.vote, name="vote_day"),
    path(f"{DAY}compte-rendu.<kind:kind>", day_documents.report, name="day_report"),
    path(f"{DAY}fiches-action.<kind:kind>", day_documents.actions, name="day_actions"),
    path("solutions/<int:pk>/", day.edit_solution, name="edit_solution"),
]
