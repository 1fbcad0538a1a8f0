#!/usr/bin/env python
"""Commands of the website: `labo-web import_release DIR`, `labo-web migrate` and others."""

import os
import sys


def main() -> None:
    """Run a Django command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labo_web.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
