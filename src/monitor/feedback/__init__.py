"""Takes labels, gives a model and its card; scipy is imported by the modules that fit, never from here."""
