"""The declared sources, a module per producer."""

# No layer is made of this one, it only describes neighbourhoods: it is declared with the package.
from labo.sources import anru as anru
