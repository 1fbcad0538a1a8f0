"""Addresses of this part."""

from django.urls import URLPattern, path

from labo_web import converters  # noqa: F401 (registers them)
from labo_web.roadmaps import (
    deciding,
    following_views,
    parts,
    piece_views,
    public,
    thread_views,
    views,
)
from labo_web.roadmaps.exports import draft_views as drafts
from labo_web.roadmaps.exports import views as exports
from labo_web.roadmaps.imports import views as imports

ROOT = "territoires/<code:territory>/feuille-de-route/"
SHEET = f"{ROOT}actions/<int:number>/"

urlpatterns: list[URLPattern] = [
    path(ROOT, public.roadmap, name="roadmap"),
    path(f"{ROOT}journal/", deciding.log, name="roadmap_log"),
    path(f"{ROOT}commencer/", views.start, name="start_roadmap"),
    path(f"{ROOT}actions/", views.actions, name="actions"),
    path(f"{ROOT}actions/nouvelle/", views.new, name="new_action"),
    path(f"{ROOT}actions/partir-de/", views.catalogue, name="action_origins"),
    path(SHEET, views.action, name="action"),
    path(f"{SHEET}decider/", deciding.decide, name="decide_action"),
    path(f"{SHEET}fil/", thread_views.action_thread, name="action_thread"),
    path(f"{SHEET}historique/", views.versions, name="action_versions"),
    path(f"{SHEET}notre-part/", parts.part, name="action_part"),
    path(f"{SHEET}pieces/", piece_views.listed, name="pieces"),
    path(f"{SHEET}pieces/<int:pk>/", piece_views.piece, name="piece"),
    path(f"{SHEET}pieces/<int:pk>/retirer/", piece_views.remove, name="remove_piece"),
    path(f"{SHEET}liens/<code:kind>/", thread_views.links, name="links"),
    path(f"{SHEET}liens/<int:pk>/retirer/", thread_views.unlink, name="unlink"),
    path(f"{SHEET}ecrire/<code:section>/", views.edit, name="edit_action"),
    path(f"{ROOT}fil/", thread_views.territory_thread, name="thread"),
    path(f"{ROOT}priorites/", thread_views.priorities, name="priorities"),
    path(
        f"{ROOT}priorites/<int:pk>/retirer/",
        thread_views.withdraw_priority,
        name="withdraw_priority",
    ),
    path(f"{ROOT}verifications/", thread_views.check, name="roadmap_checks"),
    path(f"{ROOT}financeurs/", public.eligibility, name="funds"),
    path(f"{ROOT}suivi/", following_views.dashboard, name="follow_up"),
    path(f"{ROOT}suivi/<int:pk>/", following_views.tracked, name="tracked"),
    path(f"{ROOT}revue/<int:year>/", following_views.review, name="review"),
    path(f"{ROOT}versions/", deciding.frozen_list, name="frozen_list"),
    path(f"{ROOT}versions/<int:number>/", deciding.frozen, name="frozen"),
    path(f"{ROOT}annexe.docx", exports.annex, name="annex"),
    path(f"{ROOT}feuille-de-route.pdf", exports.paper, name="roadmap_pdf"),
    path(f"{ROOT}financement.xlsx", exports.workbook, name="roadmap_workbook"),
    path(f"{ROOT}tableaux/<code:name>.csv", exports.table, name="roadmap_table"),
    path(f"{ROOT}feuille-de-route.json", exports.plain, name="roadmap_json"),
    path(f"{ROOT}jalons.ics", exports.milestones, name="milestones"),
    path(f"{ROOT}quartiers-resilients.docx", exports.resilience, name="resilient_note"),
    path(f"{ROOT}pcaet.xlsx", exports.vulnerability, name="pcaet_table"),
    path(f"{ROOT}programme-tfpb.xlsx", exports.abatement, name="tfpb_programme"),
    path(f"{SHEET}cerfa-12156.csv", exports.grant_request, name="grant_request"),
    path(f"{ROOT}projet-avenant.docx", drafts.rider, name="rider"),
    path(f"{ROOT}rapport-annuel-<int:year>.docx", drafts.report, name="annual_report"),
    path(f"{ROOT}passation.docx", drafts.handover, name="handover"),
    path(f"{ROOT}modele/", exports.own_template, name="annex_template"),
    path(f"{ROOT}modele/modele.docx", exports.proposed_template, name="proposed_template"),
    path(f"{ROOT}importer/", imports.import_plan, name="import_plan"),
    path(f"{ROOT}programmation/", imports.import_programming, name="import_programming"),
    path(f"{ROOT}argent/", imports.money, name="money"),
]
