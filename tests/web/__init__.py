"""Tests of the website, with Django's client."""
