"""Takes what a person wants to know of the store, gives it in words or as JSON."""
