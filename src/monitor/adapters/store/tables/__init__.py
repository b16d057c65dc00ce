"""Takes values, gives them back: a module per group of tables."""
