"""Takes words on the command line, gives labels to the store, models from them, and how good these are."""
