"""Addresses of this part."""

from django.urls import URLPattern, path

from labo_web import converters  # noqa: F401 (registers them)
from labo_web.stories import consent_views, editor, narrative_views, pages, review, tying

ROOT = "territoires/<code:territory>/recits/"
STORY = f"{ROOT}<int:number>/"
WRITE = f"{STORY}ecrire/"
BLOCK = f"{WRITE}<uuid:block>/"
ZONE = "territoires/<code:territory>/quartiers/<code:zone>/"

urlpatterns: list[URLPattern] = [
    path(ROOT, pages.stories, name="stories"),
    path("territoires/<code:territory>/recits.json", pages.as_json, name="stories_json"),
    path(f"{ROOT}nouveau/", editor.new, name="new_story"),
    path(f"{ROOT}accords/", consent_views.consents, name="consents"),
    path(f"{ROOT}accords/nouveau/", consent_views.new, name="new_consent"),
    path(f"{ROOT}accords/<uuid:key>/", consent_views.consent, name="consent"),
    path(STORY, pages.story, name="story"),
    path(f"{STORY}recit.<kind:kind>", pages.document, name="story_document"),
    path(f"{STORY}apercu/", editor.preview, name="preview_story"),
    path(WRITE, editor.write, name="write_story"),
    path(f"{WRITE}ajouter/", editor.add, name="add_block"),
    path(BLOCK, editor.block, name="write_block"),
    path(f"{BLOCK}deplacer/", editor.move, name="move_block"),
    path(f"{BLOCK}retirer/", editor.remove, name="remove_block"),
    path(f"{BLOCK}recalculer/", editor.recompute, name="recompute_block"),
    path(f"{STORY}versions/", editor.versions, name="story_versions"),
    path(f"{STORY}publier/", review.review, name="review_story"),
    path(f"{STORY}envois/", review.sendings, name="story_sendings"),
    path(f"{STORY}liens/<code:kind>/", tying.links, name="story_links"),
    path(f"{STORY}liens/<int:pk>/retirer/", tying.unlink, name="story_unlink"),
    path("recits/fichiers/<uuid:key>/<code:part>", pages.medium, name="story_medium"),
    path("recits/accord/<str:token>/", consent_views.private, name="private_consent"),
    path("recits/accord/<str:token>/recu.pdf", consent_views.receipt, name="consent_receipt"),
    path(f"{ZONE}recit/", narrative_views.narrative, name="narrative"),
    path(f"{ZONE}recit.zip", narrative_views.export, name="narrative_export"),
]
