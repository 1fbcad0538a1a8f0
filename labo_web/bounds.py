"""What is refused before any page looks at it."""

import re
from collections.abc import Callable
from contextlib import suppress

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase


def bounded_query(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse an address with more parameters than any form here has.

    Read later, it would raise wherever a page first asks for one, error pages included.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        try:
            _ = request.GET
        except (TooManyFieldsSent, RequestDataTooBig):
            return HttpResponse(
                "Cette adresse a trop de paramètres.\n",
                status=400,
                content_type="text/plain; charset=utf-8",
            )
        return get_response(request)

    return answer


MOST_BYTES = 20_000_000
# Where members send sounds and videos of reportages; what each may weigh is its form's affair.
LARGE = re.compile(r"/territoires/[^/]{1,100}/recits/\d{1,9}/ecrire/[0-9a-f-]{36}/\Z")
MOST_LARGE_BYTES = 100_000_000


def bounded_body(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse what is heavier than any file that a page here takes, before it is read.

    A body whose length is not said, as « chunked » ones, is not read either: no browser sends one.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            return _refused(
                "La taille de cet envoi n’est pas dite : il n’est pas lu. Envoyez-le avec un "
                "navigateur, ou avec un en-tête Content-Length.",
                411,
            )
        length = request.META.get("CONTENT_LENGTH") or "0"
        most = MOST_LARGE_BYTES if LARGE.match(request.path_info) else MOST_BYTES
        if not length.isdigit() or int(length) > most:
            return _too_heavy(length, most)
        return get_response(request)

    return answer


def large_for_members(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse a stranger what only members may send: it comes after the sign-in is known.

    Forms are read later, so that nothing of the body was.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if int(length) > MOST_BYTES and not request.user.is_authenticated:
            return _too_heavy(length, MOST_BYTES)
        return get_response(request)

    return answer


CUT = "labo.body_cut"  # set by labo_web.wsgi
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def whole_body(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse a form whose line was cut, before a page takes what is left of it for all of it.

    It comes after the protection of forms, which reads them, and reads an empty form after that.
    """

    def process_view(request: HttpRequest, *_: object) -> HttpResponse | None:
        if request.method != "POST" or request.content_type not in FORMS:
            return None
        with suppress(UnreadablePostError):
            _read = request.POST
            if not request.META.get(CUT):
                return None
        return _refused(
            "Votre envoi est arrivé incomplet, le réseau a été coupé : rien n’est enregistré. "
            "Revenez à la page d’avant, et envoyez de nouveau.",
            400,
        )

    def answer(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    answer.process_view = process_view  # type: ignore[attr-defined]
    return answer


def _too_heavy(length: str, most: int) -> HttpResponse:
    sent = f"Votre envoi pèse {int(length) // 1_000_000} Mo" if length.isdigit() else "Trop lourd"
    return _refused(
        f"{sent} : {most // 1_000_000} Mo au plus ici. Rien n’est enregistré. Revenez à la page "
        "d’avant, et envoyez un fichier plus petit : une vidéo en 720p, une photo en taille "
        "moyenne.",
        413,
    )


def _refused(sentence: str, status: int) -> HttpResponse:
    """Return a page of one sentence: nothing of the site is asked to make it."""
    return HttpResponse(
        '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Envoi refusé</title></head><body><h1>Envoi refusé</h1><p>{sentence}</p></body>"
        "</html>\n",
        status=status,
    )
