"""The neighbourhood’s resources, and what they answer."""
