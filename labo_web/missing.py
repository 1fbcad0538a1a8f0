"""The page of an address that leads nowhere, as the demonstration shows it too.

In debug, Django answers « Page not found » in English with the list of all addresses. Whoever tries
the demonstration mistypes one sooner than a developer needs that list; faults stay technical.
"""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, get_resolver, resolve


class InFrench:
    """Answer what is not found by the page of the site; without debug, Django does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.DEBUG:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer an address that no page has, before Django looks for it."""
        try:
            resolve(request.path_info)
        except Resolver404 as missing:
            return _page(request, missing)
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Answer what a page did not find."""
        return _page(request, exception) if isinstance(exception, Http404) else None


def _page(request: HttpRequest, missing: Http404) -> HttpResponseBase:
    answer = cast(
        Callable[[HttpRequest, Http404], HttpResponseBase],
        get_resolver().resolve_error_handler(404),
    )
    return answer(request, missing)
