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
