"""Takes what people and programs ask of more than one table, gives it."""
