"""Addresses of this part: `a/` is short because it is typed on phones."""

from django.urls import URLPattern, URLResolver, include, path

from labo_web import converters  # noqa: F401 (registers them)
from labo_web.workshops import (
    agenda_views,
    console_views,
    prepare_views,
    room_views,
    session_views,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("labo_web.workshops.kit.urls")),
    path("", include("labo_web.workshops.day.urls")),
    path("", include("labo_web.workshops.answers.urls")),
    path("", include("labo_web.workshops.protection.urls")),
    path("rencontres/", agenda_views.agenda, name="agenda"),
    path("rencontres/agenda.ics", agenda_views.agenda_calendar, name="agenda_calendar"),
    path("rencontres/participation/", agenda_views.who_came, name="who_came"),
    path("rencontres/<int:pk>/", agenda_views.event, name="event"),
    path("rencontres/<int:pk>/rencontre.ics", agenda_views.event_calendar, name="event_calendar"),
    path("rencontres/<int:pk>/venir/", agenda_views.register, name="register"),
    path("rencontres/<int:pk>/avis/<code:moment>/", agenda_views.evaluate, name="evaluate"),
    path("inscription/<str:token>/", agenda_views.unregister, name="unregister"),
    path(
        "territoires/<code:territory>/rencontres/",
        prepare_views.territory_events,
        name="territory_events",
    ),
    path(
        "territoires/<code:territory>/rencontres/preparer/",
        prepare_views.new_event,
        name="new_event",
    ),
    path(
        "territoires/<code:territory>/rencontres/consigner/",
        prepare_views.log_event,
        name="log_event",
    ),
    path("rencontres/<int:pk>/modifier/", prepare_views.edit_event, name="edit_event"),
    path("rencontres/<int:pk>/questions/", prepare_views.questions, name="event_questions"),
    path("rencontres/<int:pk>/inscriptions/", prepare_views.registrations, name="registrations"),
    path("rencontres/<int:pk>/bilan/", prepare_views.record, name="record"),
    path("rencontres/<int:pk>/fiche-de-seance/", session_views.page, name="session_sheet"),
    path(
        "rencontres/<int:pk>/fiche-de-seance.<kind:kind>",
        session_views.document,
        name="session_document",
    ),
    path("rencontres/<int:pk>/animer/", console_views.console, name="console"),
    path("rencontres/<int:pk>/animer/maintenant/", console_views.console_now, name="console_now"),
    path(
        "rencontres/<int:pk>/poids/<int:question>/",
        console_views.live_weights,
        name="live_weights",
    ),
    path("rencontres/<int:pk>/saisie/", console_views.type_sheet, name="type_sheet"),
    path("paroles/<int:pk>/", console_views.moderate_page, name="moderate_contribution"),
    path("paroles/fichiers/<int:pk>/", console_views.medium, name="medium"),
    path("a/", room_views.join, name="join"),
    path("a/sw.js", room_views.worker, name="room_worker"),
    path("a/<room:code>/", room_views.room, name="room"),
    path("a/<room:code>/dire/", room_views.say, name="say"),
    path("a/<room:code>/voter/<int:pk>/", room_views.vote, name="vote"),
    path("a/<room:code>/reagir/", room_views.react, name="react"),
    path("a/<room:code>/paroles/", room_views.shown, name="shown"),
    path("a/<room:code>/mur/", room_views.wall, name="wall"),
    path("a/<room:code>/mur/maintenant/", room_views.wall_now, name="wall_now"),
]
