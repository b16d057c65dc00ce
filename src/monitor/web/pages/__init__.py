"""Takes requests of people, gives pages."""
