"""Addresses of answers."""

from django.urls import URLPattern, path

from labo_web import converters  # noqa: F401 (registers them)
from labo_web.workshops.answers import views as answers

HERE = "territoires/<code:territory>/"
ZONE = f"{HERE}quartiers/<code:zone>/"

urlpatterns: list[URLPattern] = [
    path(f"{HERE}ce-qu-on-entend/", answers.heard, name="territory_heard"),
    path(f"{HERE}ce-qu-on-entend.csv", answers.heard_csv, name="territory_heard_csv"),
    path(f"{ZONE}ce-qu-on-entend/", answers.heard, name="heard"),
    path(f"{ZONE}ce-qu-on-entend.csv", answers.heard_csv, name="heard_csv"),
    path(f"{ZONE}dire/", answers.say_here, name="say_here"),
    path(f"{HERE}paroles/", answers.to_group, name="to_group"),
    path("sujets/<int:pk>/", answers.subject, name="subject"),
    path("suivre/<str:token>/", answers.follow, name="follow"),
    path("refus/", answers.reviews, name="reviews"),
    path("refus/<int:pk>/", answers.settle, name="settle_review"),
]
