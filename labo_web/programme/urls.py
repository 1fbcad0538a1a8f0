"""Addresses of this part."""

from django.urls import URLPattern, path

from labo_web import converters  # noqa: F401 (registers them)
from labo_web.programme import data_views, disagreements, partner_views, report, views
from labo_web.programme import territory_views as territories

ROOT = "programmes/<code:code>/"
HERE = f"{ROOT}territoires/<code:territory>/"
DATA = f"{ROOT}donnees/"
FILE = f"{HERE}donnees/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path("programmes/", views.programmes, name="programmes"),
    path("programmes/nouveau/", views.new, name="new_programme"),
    path(ROOT, views.programme, name="programme"),
    path(f"{ROOT}suivi/", views.follow, name="follow_programme"),
    path(f"{ROOT}tableau/", views.cockpit, name="cockpit"),
    path(f"{ROOT}modifier/", views.edit, name="edit_programme"),
    path(f"{ROOT}candidatures/", views.applications, name="applications"),
    path(f"{ROOT}rapport.<kind:kind>", report.funders_report, name="funders_report"),
    path(f"{ROOT}territoires/ajouter/", views.join, name="join"),
    path(HERE, territories.member, name="member"),
    path(f"{HERE}sortie/", views.leave, name="leave_programme"),
    path(f"{HERE}phases/<code:phase>/", territories.phase, name="phase"),
    path(f"{HERE}livrables/<int:pk>/", territories.deliverable, name="deliverable"),
    path(f"{HERE}accompagnement/", territories.support, name="support"),
    path(f"{HERE}accompagnement/<int:pk>/", territories.support_day, name="support_day"),
    path(
        f"{HERE}accompagnement/<int:pk>/retirer/",
        territories.withdraw_statement,
        name="withdraw_statement",
    ),
    path(FILE, partner_views.import_file, name="partner_import"),
    path(f"{FILE}description.toml", partner_views.describe, name="partner_description"),
    path(f"{HERE}importations/<int:pk>/", partner_views.accepted, name="accepted_import"),
    path(DATA, data_views.data_project, name="data_project"),
    path(f"{DATA}questions/", data_views.question, name="new_data_question"),
    path(f"{DATA}questions/<int:pk>/", data_views.question, name="data_question"),
    path(f"{DATA}groupe/", data_views.seat, name="add_seat"),
    path(f"{DATA}groupe/<int:pk>/retirer/", data_views.remove_seat, name="remove_seat"),
    path(f"{DATA}decisions/", data_views.decide, name="decide_method"),
    path(f"{DATA}jeux/", data_views.new_dataset, name="new_dataset"),
    path(f"{DATA}jeux/<int:pk>/", data_views.edit_dataset, name="edit_dataset"),
    path(f"{DATA}desaccord/", disagreements.disagree, name="disagree"),
    path(f"{DATA}desaccords/", disagreements.queue, name="disagreements"),
    path(f"{DATA}desaccords/<int:pk>/", disagreements.answer, name="answer_disagreement"),
    path("desaccords/<str:token>/", disagreements.follow, name="follow_disagreement"),
]
