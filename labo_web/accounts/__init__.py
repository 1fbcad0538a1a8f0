"""People, organisations, and roles by territory."""
