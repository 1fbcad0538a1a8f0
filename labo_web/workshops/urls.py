"""Addresses of this part."""

from django.urls import URLPattern, path

from labo_web import converters  # noqa: F401 (registers them)
from labo_web.workshops.answers import views as answers
from labo_web.workshops.day import documents as day_documents
from labo_web.workshops.day import views as day
from labo_web.workshops.kit import views as kit

HERE = "territoires/<code:territory>/"
ZONE = f"{HERE}quartiers/<code:zone>/"
DAY = "rencontres/<int:pk>/journee/"

urlpatterns: list[URLPattern] = [
    path(f"{ZONE}kit/", kit.choose, name="kit"),
    path(f"{ZONE}kit.pdf", kit.take, name="kit_pdf"),
    path(f"{HERE}langues/<code:language>/", kit.translation, name="translation"),
    path(DAY, day.day, name="day"),
    path(f"{DAY}feuilles/<code:name>/", day.sheet, name="sheet_of_table"),
    path(f"{DAY}solutions/", day.new_solution, name="new_solution"),
    path(f"{DAY}solutions/table/<int:table>/", day.new_solution, name="solution_of_table"),
    path(f"{DAY}vote/", day.vote, name="vote_day"),
    path(f"{DAY}compte-rendu.<kind:kind>", day_documents.report, name="day_report"),
    path(f"{DAY}fiches-action.<kind:kind>", day_documents.actions, name="day_actions"),
    path("solutions/<int:pk>/", day.edit_solution, name="edit_solution"),
    path(f"{HERE}ce-qu-on-entend/", answers.heard, name="territory_heard"),
    path(f"{HERE}ce-qu-on-entend.csv", answers.heard_csv, name="territory_heard_csv"),
    path(f"{ZONE}ce-qu-on-entend/", answers.heard, name="heard"),
    path(f"{ZONE}ce-qu-on-entend.csv", answers.heard_csv, name="heard_csv"),
    path(f"{HERE}paroles/", answers.to_group, name="to_group"),
    path("sujets/<int:pk>/", answers.subject, name="subject"),
    path("suivre/<str:token>/", answers.follow, name="follow"),
    path("refus/", answers.reviews, name="reviews"),
    path("refus/<int:pk>/", answers.settle, name="settle_review"),
]
