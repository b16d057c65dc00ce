"""Takes a database, gives it checked, copied, and made smaller."""
