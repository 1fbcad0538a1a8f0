"""What every open answer says: licence, who made it, who may read it from elsewhere, and refusals.

Open answers are those of the API and of OGC API Features: read-only, the same for all visitors.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from labo_web.releases.access import latest_for
from labo_web.releases.credit import LICENCE, LICENCE_URL, attribution
from labo_web.releases.models import Release

OPEN = ("/api/", "/ogc/")
CODES = {404: "NotFound", 405: "MethodNotAllowed", 500: "ServerError"}
SHOWN = 60  # characters of a refused value that are said back
NAMED = 12  # of the values that there are, those that a refusal names
Link = tuple[str, str, dict[str, str]]  # relation, address, what else is said of it


class BadParameter(ValueError):
    """A parameter of an address that is unknown, repeated or not understood."""


def only(request: HttpRequest, allowed: Iterable[str]) -> None:
    """Refuse what would be passed over in silence.

    Raises:
        BadParameter: the address has another parameter, or one of them twice.
    """
    known = sorted(allowed)
    for name, values in request.GET.lists():
        if name not in known:
            there = f"Il y a : {', '.join(known)}." if known else "Il n’y en a aucun ici."
            raise BadParameter(f"Le paramètre « {name[:SHOWN]} » n’existe pas. {there}")
        if len(values) > 1:
            raise BadParameter(f"Donnez le paramètre « {name} » une seule fois.")


def among(name: str, given: str, there: Sequence[str], where: str = "") -> None:
    """Answer 404 to a value that is not one of those there are, and say which.

    `where`: the address that lists them all. What is well written and names nothing is not found.

    Raises:
        Http404: it is not one of them.
    """
    if given in there:
        return
    if not there:
        raise Http404(f"{name} : « {given[:SHOWN]} » n’existe pas : il n’y en a aucun ici.")
    said = ", ".join(there[:NAMED])
    if len(there) > NAMED:
        said += f" et {len(there) - NAMED} autres"
    full = f" Tous sont à {where}." if where and len(there) > NAMED else ""
    raise Http404(
        f"{name} : « {given[:SHOWN]} » n’existe pas dans cette livraison. Il y a : {said}.{full}"
    )


def problem(status: int, description: str) -> JsonResponse:
    """Return a refusal as both APIs declare it."""
    body = {"code": CODES.get(status, "InvalidParameterValue"), "description": description}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def add_links(response: HttpResponseBase, links: Iterable[Link]) -> None:
    """Add links to the header of an answer (RFC 8288)."""
    parts = [response["Link"]] if response.has_header("Link") else []
    for rel, address, more in links:
        said = "".join(
            f"; {name}*=UTF-8''{quote(text)}" if name == "title" else f'; {name}="{text}"'
            for name, text in more.items()
        )
        parts.append(f'<{address}>; rel="{rel}"{said}')
    if parts:
        response["Link"] = ", ".join(parts)


def cite(request: HttpRequest, response: HttpResponseBase, release: Release) -> None:
    """Say in the header which release an answer comes from, and whom to name."""
    address = request.build_absolute_uri(f"/livraisons/{release.code}/")
    add_links(response, [("cite-as", address, {"title": attribution(release)})])


def open_answers(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Give every open answer its licence, its refusals in JSON, and its readers elsewhere."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(OPEN):
            return get_response(request)
        if request.method == "HEAD":
            request.method = "GET"  # the server leaves the content out
        response = get_response(request)
        if response.status_code >= 400 and not _is_json(response):
            refused = problem(response.status_code, _why(response.status_code))
            if response.has_header("Allow"):
                refused["Allow"] = response["Allow"]
            response = refused
        add_links(response, [("license", LICENCE_URL, {"title": LICENCE})])
        signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES
        # A decision may take a release back at any time: one asks again before using a copy.
        patch_cache_control(response, no_cache=True, **({"private": True} if signed_in else {}))
        if not signed_in:
            # Any page may read what any visitor may; never what a person is shown.
            response["Access-Control-Allow-Origin"] = "*"
            response["Access-Control-Expose-Headers"] = "ETag, Link"
        return response

    return answer


def _is_json(response: HttpResponseBase) -> bool:
    return "json" in response.get("Content-Type", "")


def _why(status: int) -> str:
    said = {
        400: "Cette demande n’est pas comprise : elle est mal formée ou trop longue.",
        404: "Il n’y a rien à cette adresse. Les adresses sont décrites sur /api/.",
        405: "Cette adresse se lit seulement : GET ou HEAD.",
    }
    return said.get(status, "La réponse n’a pas pu être donnée.")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """How programs and QGIS read the data: addresses, with examples that can be opened."""
    return render(request, "atlas/api.html", addresses(request))


def addresses(request: HttpRequest) -> dict[str, Any]:
    """Return what the page of addresses needs: one release to make examples of, if there is."""
    releases = latest_for(request)
    root = request.build_absolute_uri("/").rstrip("/")
    example = releases[0] if releases else None
    zone = example.zones.filter(kind="qpv").order_by("code").first() if example else None
    return {"root": root, "example": example, "zone": zone, "licence": LICENCE}
