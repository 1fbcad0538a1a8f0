"""The website: a Django project that reads releases of the engine and never the reverse."""
