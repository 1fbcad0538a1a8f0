"""The declared sources, a module per producer."""
