"""What a roadmap is taken away as: each format says the same content."""
