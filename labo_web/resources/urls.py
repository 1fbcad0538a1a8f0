"""Addresses of this part."""

from django.urls import URLPattern

from labo_web import converters  # noqa: F401 (registers them)

urlpatterns: list[URLPattern] = []
