"""Addresses of the website, in French: they are read aloud and printed."""

from allauth.account import views as account
from django.urls import path, register_converter
from django.urls.converters import StringConverter

from labo_web.atlas import downloads, features, publication, reuse, views
from labo_web.atlas.api import api


class CodeConverter(StringConverter):
    """Codes of territories, zones, indicators and releases: nothing longer or stranger."""

    regex = r"[\w.-]{1,100}"


register_converter(CodeConverter, "code")

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
    path("api/", reuse.page, name="api_page"),
    path("api/", api.urls),
    path("ogc/", features.landing, name="ogc"),
    path("ogc/api", features.api, name="ogc_api"),
    path("ogc/conformance", features.conformance, name="ogc_conformance"),
    path("ogc/collections", features.collections, name="ogc_collections"),
    path("ogc/collections/<code:collection>", features.collection, name="ogc_collection"),
    path("ogc/collections/<code:collection>/items", features.items, name="ogc_items"),
    path("ogc/collections/<code:collection>/items/<code:feature>", features.item, name="ogc_item"),
]
