"""What is refused before any page looks at it."""

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
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


def bounded_body(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse what is heavier than any file that a page here takes, before it is read."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > MOST_BYTES:
            return HttpResponse(
                f"C’est trop lourd : {MOST_BYTES // 1_000_000} Mo au plus.\n",
                status=413,
                content_type="text/plain; charset=utf-8",
            )
        return get_response(request)

    return answer
