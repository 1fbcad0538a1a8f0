"""Pages for residents in another language than French: the address says which (`?langue=en`)."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

P = ParamSpec("P")


def translated(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Answer in the language that the address asks for, where there is one; in French otherwise.

    Its template marks its texts, and says the language of the part that changes (`speech`).
    """

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        asked = request.GET.get("langue", "")
        code = asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(code):
            return view(request, *args, **kwargs)

    return answer
