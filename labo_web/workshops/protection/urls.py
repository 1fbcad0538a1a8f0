"""Addresses of the documents for the data-protection officer."""

from django.urls import URLPattern, path

from labo_web import converters  # noqa: F401 (registers them)
from labo_web.workshops.protection import views

urlpatterns: list[URLPattern] = [
    path("donnees-personnelles/", views.index, name="protection"),
    path("donnees-personnelles/<code:name>.<kind:kind>", views.file, name="protection_file"),
    path("donnees-personnelles/<code:name>/", views.document, name="protection_document"),
]
