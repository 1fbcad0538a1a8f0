"""Addresses of kits."""

from django.urls import URLPattern, path

from labo_web import converters  # noqa: F401 (registers them)
from labo_web.workshops.kit import views as kit

HERE = "territoires/<code:territory>/"
ZONE = f"{HERE}quartiers/<code:zone>/"

urlpatterns: list[URLPattern] = [
    path(f"{ZONE}kit/", kit.choose, name="kit"),
    path(f"{ZONE}kit.pdf", kit.take, name="kit_pdf"),
    path(f"{HERE}langues/<code:language>/", kit.translation, name="translation"),
]
