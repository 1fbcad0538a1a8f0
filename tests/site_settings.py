"""Settings under which the website is tested: the real ones, in a folder of their own."""

import os
import tempfile

os.environ.setdefault("LABO_SECRET_KEY", "of-the-tests")
os.environ["LABO_TLS"] = "0"
os.environ["LABO_HOSTS"] = "testserver"
# A browser that a test of the same process drives keeps a loop alive, which Django takes for ours.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
os.environ["LABO_DATA"] = tempfile.mkdtemp(prefix="labo-tests-")

from labo_web.settings import *  # noqa: F403
from labo_web.settings import DATA

STATIC_ROOT = DATA / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
LOGGING = {"version": 1, "disable_existing_loggers": False}
