"""What commands are begun from: Django set up and the code read, before any is asked for."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labo_web.settings")

import django

django.setup()

from labo_web.moving import backup, restore  # noqa: E402, F401 (read once, for all)
from labo_web.releases import importing  # noqa: E402, F401
