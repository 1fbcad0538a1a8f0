"""What comes in from files: nothing is written until all of it is right."""
