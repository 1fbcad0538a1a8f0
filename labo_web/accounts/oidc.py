"""Entering through an identity provider (OpenID Connect), such as ProConnect, where one is set.

It makes no account: it recognises someone who was invited by an address that the provider has
verified. Sent by POST only, with a state, a nonce and a PKCE challenge. Leaving the site ends the
session at the provider too (RP-initiated logout): otherwise the next one on the same computer would
enter without a word.
"""

from typing import Any, cast
from urllib.parse import urlencode

import requests
from allauth.account.views import logout
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.socialaccount.views import login_cancelled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

PROVIDER = "fournisseur"
NONCE = "oidc_nonce"
ID_TOKEN, LEAVING = "oidc_id_token", "oidc_leaving"  # kept in the session until one leaves


class Issuer(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """The provider, whose answers about a person may come signed (ProConnect's do)."""

    def _fetch_user_info(self, access_token: str) -> dict[str, Any]:
        provider = self.get_provider()
        headers = {"Authorization": f"Bearer {access_token}"}
        with self._session() as session:
            answer = session.get(self.profile_url, headers=headers)
            answer.raise_for_status()
        if not answer.headers.get("content-type", "").startswith("application/jwt"):
            return cast(dict[str, Any], answer.json())
        return cast(
            dict[str, Any],
            jwtkit.verify_and_decode(
                credential=answer.text,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=provider.app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            ),
        )

    def _session(self) -> Any:
        from allauth.socialaccount.adapter import get_adapter

        return get_adapter().get_requests_session()

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        told = cast(dict[str, Any], super()._decode_id_token(app, id_token))
        if not told.get("nonce") or told["nonce"] != self.request.session.pop(NONCE, None):
            raise OAuth2Error("The nonce is not the one that was sent.")
        return told

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any
    ) -> Any:
        """Refuse an answer that speaks of two people, or of nobody."""
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("There is no id_token in the answer.")
        login = super().complete_login(request, app, token, **kwargs)
        told = login.account.extra_data
        if told["userinfo"].get("sub") != told["id_token"].get("sub"):
            raise OAuth2Error("The userinfo is not that of the id_token.")
        request.session[ID_TOKEN] = kwargs["response"]["id_token"]
        return login


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Send to the identity provider."""
    provider = Issuer(request, PROVIDER).get_provider()
    nonce = request.session[NONCE] = get_random_string(32)
    given = provider.app.settings
    provider.app.settings = {**given, "auth_params": {**given["auth_params"], "nonce": nonce}}
    return cast(HttpResponse, provider.redirect_from_request(request))


@never_cache
@require_safe
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:  # noqa: ARG001
    """Recognise whoever the provider sends back, or say that an invitation is needed."""
    view = OAuth2CallbackView.adapter_view(Issuer(request, PROVIDER))
    return cast(HttpResponse, view(request))


@never_cache
def leave(request: HttpRequest) -> HttpResponse:
    """Ask, then end the session here, and at the provider for whoever entered through it."""
    hint = request.session.get(ID_TOKEN)
    answer = cast(HttpResponse, logout(request))
    known = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]  # none: it was turned off
    if request.method != "POST" or not hint or not known:
        return answer
    try:
        end = Issuer(request, PROVIDER).openid_config.get("end_session_endpoint")
    except (requests.RequestException, OAuth2Error, ValueError, KeyError):
        end = None
    if not end:
        messages.warning(
            request,
            "Vous êtes sorti d’ici, mais pas de votre fournisseur d’identité, qui ne l’a pas "
            "confirmé : sur un ordinateur partagé, fermez aussi votre session chez lui.",
        )
        return answer
    state = request.session[LEAVING] = get_random_string(32)
    given = {
        "id_token_hint": hint,
        "state": state,
        "post_logout_redirect_uri": request.build_absolute_uri(reverse("oidc_left")),
    }
    return redirect(f"{end}?{urlencode(given)}")


@never_cache
@require_safe
def left(request: HttpRequest) -> HttpResponse:
    """Say that one has left, if it is what was asked; whoever comes here otherwise goes home."""
    asked = request.session.pop(LEAVING, None)
    if asked and request.GET.get("state") == asked:
        messages.success(request, "Vous êtes sorti, d’ici et de votre fournisseur d’identité.")
    return redirect("home")


# Added to the addresses of the site where a provider is set.
urlpatterns = [
    path("compte/fournisseur/", enter, name="oidc_enter"),
    # The address to declare to the provider: /compte/fournisseur/retour/
    path("compte/<provider_id>/retour/", come_back, name="openid_connect_callback"),
    # And this one, for coming back once the session is ended there.
    path("compte/fournisseur/quitte/", left, name="oidc_left"),
    path("compte/fournisseur/annule/", login_cancelled, name="socialaccount_login_cancelled"),
]
