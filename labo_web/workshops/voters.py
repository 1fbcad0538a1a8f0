"""One phone in one room: a random cookie, from which no person and no other event can be told."""

import hashlib
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from labo_web.workshops.models import Event

COOKIE = "atelier"
SECONDS = 30 * 24 * 3600
LONGEST = 64


def voter_key(request: HttpRequest, event: Event) -> str:
    """Return what one phone is called in one event; the cookie itself is kept nowhere.

    A phone that has none yet gets one with the answer: see `remember`.
    """
    secret = request.COOKIES.get(COOKIE, "")
    if not 16 <= len(secret) <= LONGEST:
        secret = getattr(request, "_voter", "") or secrets.token_urlsafe(24)
    request._voter = secret  # type: ignore[attr-defined]
    return hashlib.sha256(f"{secret} {event.pk}".encode()).hexdigest()[:32]


def remember(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give the phone its cookie: needed to count each voice once, and used for nothing else."""
    secret = getattr(request, "_voter", "") or secrets.token_urlsafe(24)
    if request.COOKIES.get(COOKIE) != secret:
        response.set_cookie(
            COOKIE,
            secret,
            max_age=SECONDS,
            path="/a/",
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response
