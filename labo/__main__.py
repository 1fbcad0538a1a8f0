"""`python -m labo` is `labo`."""

from labo.cli import main

main()
