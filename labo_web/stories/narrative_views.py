"""Pages of the shared narrative of a neighbourhood."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def narrative(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """The shared narrative."""
    raise Http404


@never_cache
@require_safe
def export(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """The shared narrative to take away."""
    raise Http404
