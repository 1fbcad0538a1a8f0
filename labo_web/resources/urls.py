"""Addresses of this part."""

from django.urls import path

from labo_web import converters  # noqa: F401 (registers them)
from labo_web.resources import adding, exports, import_views, pages, team

HERE = "territoires/<code:territory>/ressources"

urlpatterns = [
    path(f"{HERE}/", pages.resource_list, name="resources"),
    path(f"{HERE}/<int:pk>/", pages.resource, name="resource"),
    path(
        "territoires/<code:territory>/quartiers/<code:zone>/ressources/",
        pages.zone_resources,
        name="zone_resources",
    ),
    path(f"{HERE}/ajouter/", adding.add, name="add_resource"),
    path("territoires/<code:territory>/signaler/", adding.contradict, name="contradict"),
    path("ressources/suivi/<str:token>/", adding.follow, name="follow_resource"),
    path(f"{HERE}/moderer/", team.queue, name="moderate_resources"),
    path(f"{HERE}/nouvelle/", team.new, name="new_resource"),
    path(f"{HERE}/<int:pk>/moderer/", team.moderate, name="moderate_resource"),
    path(f"{HERE}/<int:pk>/modifier/", team.edit, name="edit_resource"),
    path(f"{HERE}/<int:pk>/verifier/", team.verify, name="verify_resource"),
    path(f"{HERE}/<int:pk>/retirer/", team.remove, name="remove_resource"),
    path(
        "territoires/<code:territory>/signaler/<int:pk>/",
        team.moderate_contradiction,
        name="moderate_contradiction",
    ),
    path(f"{HERE}/importer/", import_views.import_file, name="import_resources"),
    path(f"{HERE}/importer/modele.csv", import_views.import_template, name="import_template"),
    path(f"{HERE}/importer/lieux/", import_views.import_places, name="import_places"),
    path(f"{HERE}/donnees/", exports.description, name="resources_data"),
    path(f"{HERE}/datapackage.json", exports.datapackage, name="resources_package"),
    path(f"{HERE}.csv", exports.as_csv, {"odbl": False}, name="resources_csv"),
    path(f"{HERE}.geojson", exports.as_geojson, {"odbl": False}, name="resources_geojson"),
    path(f"{HERE}-odbl.csv", exports.as_csv, {"odbl": True}, name="resources_odbl_csv"),
    path(f"{HERE}-odbl.geojson", exports.as_geojson, {"odbl": True}, name="resources_odbl"),
]
