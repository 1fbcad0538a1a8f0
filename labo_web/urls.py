"""Addresses of the website, in French: they are read aloud and printed."""

from allauth.account import views as account
from django.urls import path, register_converter
from django.urls.converters import StringConverter

from labo_web.atlas import downloads, publication, views
from labo_web.atlas.api import api
from labo_web.atlas.documents import views as documents


class CodeConverter(StringConverter):
    """Codes of territories, zones, indicators and releases: nothing longer or stranger."""

    regex = r"[\w.-]{1,100}"


class KindConverter(StringConverter):
    """What a document may be written as."""

    regex = "pdf|docx"


register_converter(CodeConverter, "code")
register_converter(KindConverter, "kind")

urlpatterns = [
    path("", views.home, name="home"),
    path("territoires/<code:territory>/", views.territory, name="territory"),
    path(
        "territoires/<code:territory>/quartiers/<code:zone>/",
        views.neighbourhood,
        name="neighbourhood",
    ),
    path(
        "territoires/<code:territory>/indicateurs/<code:name>/", views.indicator, name="indicator"
    ),
    path("territoires/<code:territory>/methode/", views.method, name="method"),
    path("territoires/<code:territory>/donnees/", views.data, name="data"),
    path(
        "territoires/<code:territory>/quartiers/<code:zone>/fiche.<kind:kind>",
        documents.neighbourhood_sheet,
        name="sheet",
    ),
    path(
        "territoires/<code:territory>/quartiers/<code:zone>/fiche-quartier.pdf",
        documents.neighbourhood_leaflet,
        name="leaflet",
    ),
    path(
        "territoires/<code:territory>/quartiers/<code:zone>/note.<kind:kind>",
        documents.note_of_neighbourhood,
        name="neighbourhood_note",
    ),
    path(
        "territoires/<code:territory>/note.<kind:kind>",
        documents.note_of_territory,
        name="territory_note",
    ),
    path("territoires/<code:territory>/donnees.xlsx", documents.workbook, name="workbook"),
    path("territoires/<code:territory>/donnees.gpkg", documents.geopackage, name="geopackage"),
    path("territoires/<code:territory>/colonnes.csv", documents.columns, name="columns"),
    path("territoires/<code:territory>/valeurs.csv", downloads.values_csv, name="values_csv"),
    path("territoires/<code:territory>/zones.geojson", downloads.zones_geojson, name="zones"),
    path("territoires/<code:territory>/carreaux.pmtiles", downloads.cells, name="cells"),
    path(
        "territoires/<code:territory>/carreaux/<code:name>.json",
        downloads.cell_values,
        name="cell_values",
    ),
    path("comparer/", views.comparison, name="comparison"),
    path("livraisons/<code:code>/", publication.release, name="release"),
    path("livraisons/<code:code>/ouvrir/", publication.decide_page, name="decide"),
    # Of allauth, what a sign-in by code needs: the first two are one page under two names.
    path("compte/entrer/", account.request_login_code, name="account_login"),
    path("compte/code/", account.request_login_code, name="account_request_login_code"),
    path("compte/code/confirmer/", account.confirm_login_code, name="account_confirm_login_code"),
    path("compte/quitter/", account.logout, name="account_logout"),
    path("compte/inactif/", account.account_inactive, name="account_inactive"),
    path("compte/inscription/", account.signup, name="account_signup"),
    path("api/", api.urls),
]
