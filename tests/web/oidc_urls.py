"""The addresses of a site where an identity provider is set."""

from allauth.account.views import RequestLoginCodeView
from django.urls import path

from labo_web import urls
from labo_web.accounts import oidc

urlpatterns = [
    path(
        "compte/entrer/",
        RequestLoginCodeView.as_view(extra_context={"provider": "ProConnect"}),
        name="account_login",
    ),
    *urls.urlpatterns,
    *oidc.urlpatterns,
]
