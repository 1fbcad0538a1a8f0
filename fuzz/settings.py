"""The site as it is tried here: the real settings, a database in memory, its files in FUZZ_DATA."""

import os

os.environ.setdefault("LABO_SECRET_KEY", "never-to-be-told-93651")
os.environ["LABO_TLS"] = "0"
os.environ["LABO_HOSTS"] = "testserver"
os.environ["LABO_DATA"] = os.environ.get("FUZZ_DATA", "fuzz-data")
os.environ["DATABASE_URL"] = ""

from labo_web.settings import *  # noqa: F403
from labo_web.settings import DATA

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# What whitenoise would look for is not there.
MIDDLEWARE = [x for x in MIDDLEWARE if "whitenoise" not in x]  # noqa: F405
LOGGING = {"version": 1, "disable_existing_loggers": False}
LOGGING_CONFIG = None
