"""Takes what people say, gives it to the store and learns from it."""
