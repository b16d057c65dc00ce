"""Takes the service as it runs, gives what is wrong with it."""
