"""Entering through an identity provider: off unless it is set, and never without an invitation."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.socialaccount import adapter
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client, override_settings
from django.urls import NoReverseMatch, reverse

from labo_web.accounts.models import Person

ISSUER = "https://issuer.example.org/api/v2"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "fournisseur", "name": "ProConnect", "client_id": "site",
                "secret": "hidden",
                "settings": {"server_url": ISSUER, "scope": ["openid", "email"], "auth_params": {}},
            }
        ],
    }
}  # fmt: skip


class Answer:
    """What the provider answers."""

    status_code = 200

    def __init__(self, content: Any, kind: str = "application/json") -> None:
        self.text = content if isinstance(content, str) else json.dumps(content)
        self.content, self.headers = self.text, {"content-type": kind}

    def json(self) -> Any:
        return json.loads(self.text)

    def raise_for_status(self) -> None:
        pass


class Provider:
    """A provider that speaks as ProConnect does: what it says of a person is signed."""

    def __init__(self, **claims: Any) -> None:
        self.claims = {"sub": "42", "email": "officer@example.org", "email_verified": True} | claims
        self.nonce, self.signed, self.key = "", True, KEY
        self.end: str | None = f"{ISSUER}/session/end"
        self.lost = False
        self.received: dict[str, Any] = {}

    def __enter__(self) -> "Provider":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def token(self, **claims: Any) -> str:
        about = {"iss": ISSUER, "aud": "site", "exp": time.time() + 60, **claims}
        return jwt.encode(about, self.key, algorithm="RS256", headers={"kid": "one"})

    def get(self, url: str, **_: Any) -> Answer:
        if self.lost:
            raise requests.ConnectionError("no answer")
        if url.endswith("openid-configuration"):
            return Answer({
                "end_session_endpoint": self.end,
                "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token", "userinfo_endpoint": f"{ISSUER}/userinfo",
                "jwks_uri": f"{ISSUER}/jwks",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            })  # fmt: skip
        if url.endswith("jwks"):
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            return Answer({"keys": [public | {"kid": "one", "alg": "RS256"}]})
        assert url.endswith("userinfo")
        if self.signed:
            return Answer(self.token(**self.claims), "application/jwt")
        return Answer(self.claims)

    def request(self, method: str, url: str, **given: Any) -> Answer:
        assert (method, url) == ("POST", f"{ISSUER}/token")
        self.received = given["data"]
        told = self.token(sub="42", nonce=self.nonce)
        return Answer({"access_token": "a", "token_type": "Bearer", "id_token": told})


@pytest.fixture
def go_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`go_away(provider)` leaves the site, without following where it is then sent."""

    def go(provider: Provider) -> Any:
        monkeypatch.setattr(
            adapter.DefaultSocialAccountAdapter, "get_requests_session", lambda self: provider
        )
        with override_settings(
            ROOT_URLCONF="tests.web.oidc_urls", SOCIALACCOUNT_PROVIDERS=PROVIDERS
        ):
            return client.post("/compte/quitter/")

    return go


@pytest.fixture
def come(
    client: Client, monkeypatch: pytest.MonkeyPatch, people: dict[str, Any]
) -> Callable[..., Any]:
    """`come(provider)` goes to the provider and comes back from it."""

    def go(provider: Provider, nonce: str = "") -> Any:
        monkeypatch.setattr(
            adapter.DefaultSocialAccountAdapter, "get_requests_session", lambda self: provider
        )
        with override_settings(
            ROOT_URLCONF="tests.web.oidc_urls", SOCIALACCOUNT_PROVIDERS=PROVIDERS
        ):
            sent = client.post("/compte/fournisseur/")
            assert sent.status_code == 302
            address = urlsplit(sent["Location"])
            asked = {name: value[0] for name, value in parse_qs(address.query).items()}
            assert f"{address.scheme}://{address.netloc}{address.path}" == f"{ISSUER}/authorize"
            assert asked["code_challenge_method"] == "S256"
            assert set(asked["scope"].split()) == {"openid", "email"}
            assert len(asked["nonce"]) >= 32
            assert asked["redirect_uri"] == "http://testserver/compte/fournisseur/retour/"
            provider.nonce = nonce or asked["nonce"]
            back = {"code": "given", "state": asked["state"]}
            return client.get("/compte/fournisseur/retour/", back, follow=True)

    return go


@pytest.mark.parametrize("signed", [True, False])
def test_someone_invited_enters(
    come: Callable[..., Any], people: dict[str, Any], signed: bool
) -> None:
    provider = Provider()
    provider.signed = signed
    entered = come(provider)
    assert entered.context["user"] == people["officer"]
    assert provider.received["code_verifier"]
    assert SocialAccount.objects.get().user == people["officer"]
    # The next time, whatever the address has become, it is the same person.
    assert come(Provider(email="married@example.org")).context["user"] == people["officer"]


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "stranger@example.org"},
        {"email_verified": False},
        {"email_verified": None},
        {"email": None},
    ],
)
def test_nobody_enters_without_an_invitation(
    come: Callable[..., Any], people: dict[str, Any], claims: dict[str, Any]
) -> None:
    before = Person.objects.count()
    refused = come(Provider(**claims))
    assert refused.context["user"].is_anonymous
    assert "sur invitation" in refused.content.decode()
    assert Person.objects.count() == before
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("wrong", ["nonce", "key", "issuer", "subject"])
def test_forged_answers(come: Callable[..., Any], wrong: str) -> None:
    provider = Provider(**{"subject": {"sub": "43"}, "issuer": {"iss": "x"}}.get(wrong, {}))
    if wrong == "key":
        provider.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    refused = come(provider, nonce="another" if wrong == "nonce" else "")
    assert refused.context["user"].is_anonymous
    assert "n’a pas pu dire qui vous êtes" in refused.content.decode()


def test_second_factor_holds(come: Callable[..., Any], people: dict[str, Any]) -> None:
    Authenticator.objects.create(
        user=people["officer"], type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"}
    )
    asked = come(Provider())
    assert asked.redirect_chain[-1][0].startswith("/compte/second-facteur/entrer/")
    assert asked.context["user"].is_anonymous


def test_state_is_checked(client: Client, db: None) -> None:
    with override_settings(ROOT_URLCONF="tests.web.oidc_urls", SOCIALACCOUNT_PROVIDERS=PROVIDERS):
        refused = client.get("/compte/fournisseur/retour/", {"code": "x", "state": "forged"})
        assert "n’a pas pu dire qui vous êtes" in refused.content.decode()
        assert client.get("/compte/fournisseur/").status_code == 405
        page = client.get("/compte/entrer/").content.decode()
    assert "Entrer avec ProConnect" in page


def test_leaving_ends_the_session_there_too(
    client: Client, come: Callable[..., Any], go_away: Callable[..., Any]
) -> None:
    assert come(Provider()).context["user"].is_authenticated
    kept = client.session["oidc_id_token"]
    sent = go_away(Provider())
    assert "_auth_user_id" not in client.session
    assert "oidc_id_token" not in client.session
    address = urlsplit(sent["Location"])
    given = {name: value[0] for name, value in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{ISSUER}/session/end"
    assert given["id_token_hint"] == kept
    assert jwt.decode(kept, options={"verify_signature": False})["sub"] == "42"
    assert given["post_logout_redirect_uri"] == "http://testserver/compte/fournisseur/quitte/"
    assert len(given["state"]) >= 32
    with override_settings(ROOT_URLCONF="tests.web.oidc_urls", SOCIALACCOUNT_PROVIDERS=PROVIDERS):
        back = "/compte/fournisseur/quitte/"
        forged = client.get(back, {"state": "forged"}, follow=True)
        assert "fournisseur d’identité" not in forged.content.decode()
        assert go_away(Provider()).status_code == 302  # nobody is in: nothing is sent there
    come(Provider())
    state = parse_qs(urlsplit(go_away(Provider())["Location"]).query)["state"][0]
    with override_settings(ROOT_URLCONF="tests.web.oidc_urls", SOCIALACCOUNT_PROVIDERS=PROVIDERS):
        told = client.get(back, {"state": state}, follow=True).content.decode()
        assert "Vous êtes sorti, d’ici et de votre fournisseur d’identité." in told
        again = client.get(back, {"state": state}, follow=True).content.decode()
    assert "fournisseur d’identité" not in again


@pytest.mark.parametrize("wrong", ["lost", "none"])
def test_leaving_when_the_provider_cannot(
    client: Client, come: Callable[..., Any], go_away: Callable[..., Any], wrong: str
) -> None:
    come(Provider())
    provider = Provider()
    provider.lost, provider.end = wrong == "lost", None
    sent = go_away(provider)
    assert sent["Location"] == "/"
    assert "_auth_user_id" not in client.session
    assert "sur un ordinateur partagé" in client.get("/").content.decode()


def test_leaving_after_entering_by_code(browse: Callable[[str], Client]) -> None:
    client = browse("officer")
    assert client.post("/compte/quitter/")["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_off_by_default(client: Client, db: None) -> None:
    with pytest.raises(NoReverseMatch):
        reverse("oidc_enter")
    assert client.get("/compte/fournisseur/retour/").status_code == 404
    assert "ProConnect" not in client.get("/compte/entrer/").content.decode()


SHOWN = """
import django; django.setup()
from django.conf import settings
from django.urls import reverse
print(reverse("oidc_enter"), settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"][-1])
"""


def test_on_by_the_environment_alone(tmp_path: Any) -> None:
    given = os.environ | {
        "DJANGO_SETTINGS_MODULE": "labo_web.settings", "LABO_DEBUG": "1",
        "LABO_DATA": str(tmp_path), "DATABASE_URL": "", "LABO_OIDC_ISSUER": f"{ISSUER}/",
        "LABO_OIDC_CLIENT_ID": "site", "LABO_OIDC_CLIENT_SECRET": "hidden",
    }  # fmt: skip

    def run(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", SHOWN]
        return subprocess.run(  # noqa: S603
            command, env=environment, capture_output=True, text=True, check=False
        )

    assert run(given).stdout.split() == ["/compte/fournisseur/", "https://issuer.example.org"]
    del given["LABO_OIDC_CLIENT_SECRET"]
    assert "LABO_OIDC_CLIENT_SECRET is not set" in run(given).stderr
