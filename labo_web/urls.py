"""Addresses of the website, in French: they are read aloud and printed."""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.conf import settings
from django.urls import include, path

from labo_web import converters  # noqa: F401 (registers them)
from labo_web.accounts import oidc
from labo_web.accounts import views as people
from labo_web.atlas import (
    about,
    answers,
    brief,
    by_codes,
    comparison,
    downloads,
    features,
    health,
    index_views,
    portfolio_views,
    publication,
    reuse,
    scenario_views,
    site_views,
    solutions,
    views,
    welcome,
)
from labo_web.atlas.api import api
from labo_web.atlas.documents import views as documents

provider = settings.OIDC_NAME if settings.OIDC_ISSUER else ""
request_login_code = account.RequestLoginCodeView.as_view(extra_context={"provider": provider})

urlpatterns = [
    path("", views.home, name="home"),
    path("mon-espace/", welcome.welcome, name="welcome"),
    path("sante/", health.health, name="health"),
    path("mesures/", health.metrics, name="metrics"),
    path("mentions-legales/", about.legal, name="legal"),
    path("accessibilite/", about.accessibility, name="accessibility"),
    path("plan-du-site/", about.contents, name="contents"),
    path("en/", about.english, name="english"),
    path("", include("labo_web.resources.urls")),
    path("", include("labo_web.workshops.urls")),
    path("", include("labo_web.roadmaps.urls")),
    path("", include("labo_web.stories.urls")),
    path("", include("labo_web.programme.urls")),
    path("", include("labo_web.programme.meeting_urls")),
    path("territoires/<code:territory>/", views.territory, name="territory"),
    path(
        "territoires/<code:territory>/quartiers/<code:zone>/",
        views.neighbourhood,
        name="neighbourhood",
    ),
    path(
        "territoires/<code:territory>/quartiers/<code:zone>/valeurs/",
        views.zone_values,
        name="zone_values",
    ),
    path(
        "territoires/<code:territory>/indicateurs/<code:name>/", views.indicator, name="indicator"
    ),
    path("territoires/<code:territory>/indices/", index_views.index_list, name="indices"),
    path("territoires/<code:territory>/indices/<code:name>/", index_views.index, name="index"),
    path(
        "territoires/<code:territory>/indices/<code:name>/poids/",
        index_views.weights,
        name="weights",
    ),
    path("territoires/<code:territory>/croiser/", index_views.cross, name="cross"),
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
    path("comparer/", comparison.comparison, name="comparison"),
    path("comparer/codes/", by_codes.by_codes, name="by_codes"),
    path("comparer/codes.csv", by_codes.by_codes_csv, name="by_codes_csv"),
    path("solutions/", solutions.catalogue, name="solutions"),
    path("solutions/<code:name>/", solutions.solution, name="solution"),
    path(
        "territoires/<code:territory>/quartiers/<code:zone>/solutions/",
        solutions.for_neighbourhood,
        name="solutions_here",
    ),
    path("territoires/<code:territory>/choisir/", portfolio_views.portfolio, name="portfolio"),
    path("site/", site_views.plain, name="plain_site"),
    path(
        "territoires/<code:territory>/quartiers/<code:zone>/site/",
        site_views.of_neighbourhood,
        name="site",
    ),
    path(
        "territoires/<code:territory>/quartiers/<code:zone>/et-si/",
        scenario_views.page,
        name="scenario",
    ),
    path("livraisons/<code:code>/", publication.release, name="release"),
    path("livraisons/<code:code>/ouvrir/", publication.decide_page, name="decide"),
    path("livraisons/<code:code>/restitution/", publication.restitution, name="restitution"),
    path("livraisons/<code:code>/accords/", publication.agreements, name="agreements"),
    path("livraisons/<code:code>/accords/<int:pk>/", publication.agreement, name="agreement"),
    path("livraisons/<code:code>/organismes/", answers.ask, name="ask"),
    path("livraisons/<code:code>/repondre/", answers.write, name="answer"),
    path("livraisons/<code:code>/reponses/<int:pk>/", answers.moderate, name="moderate"),
    path("territoires/<code:territory>/quartiers/<code:zone>/en-bref/", brief.edit, name="brief"),
    path(
        "territoires/<code:territory>/quartiers/<code:zone>/en-bref/versions/",
        brief.versions,
        name="brief_versions",
    ),
    path("personnes/", people.people, name="people"),
    path("personnes/<int:pk>/", people.person, name="person"),
    path("personnes/roles/<int:pk>/retirer/", people.withdraw_role, name="withdraw_role"),
    path("personnes/invitations/<int:pk>/", people.edit_invitation, name="edit_invitation"),
    path("organismes/", people.organisations, name="organisations"),
    path(
        "territoires/<code:territory>/personnes/", people.territory_people, name="territory_people"
    ),
    path("territoires/<code:territory>/personnes/role/", people.give_role, name="give_role"),
    path("invitation/<str:token>/", people.invitation, name="invitation"),
    path("compte/", people.account, name="account"),
    path("compte/effacer/", people.leave, name="leave"),
    # Of allauth, what a sign-in by code needs: the first two are one page under two names.
    path("compte/entrer/", request_login_code, name="account_login"),
    path("compte/code/", request_login_code, name="account_request_login_code"),
    path("compte/code/confirmer/", account.confirm_login_code, name="account_confirm_login_code"),
    path("compte/quitter/", oidc.leave, name="account_logout"),
    path("compte/inactif/", account.account_inactive, name="account_inactive"),
    path("compte/inscription/", account.signup, name="account_signup"),
    # And what a second factor needs.
    path("compte/second-facteur/", second_factor.index, name="mfa_index"),
    path("compte/second-facteur/entrer/", second_factor.authenticate, name="mfa_authenticate"),
    path(
        "compte/second-facteur/confirmer/", second_factor.reauthenticate, name="mfa_reauthenticate"
    ),
    path(
        "compte/second-facteur/activer/",
        people.SecondFactorView.as_view(),
        name="mfa_activate_totp",
    ),
    path("compte/second-facteur/retirer/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("compte/secours/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "compte/secours/refaire/",
        recovery.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "compte/secours/codes.txt",
        recovery.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
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
if settings.OIDC_ISSUER:
    urlpatterns += oidc.urlpatterns
