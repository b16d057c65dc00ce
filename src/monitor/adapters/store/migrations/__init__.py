"""Takes a database of an older version, gives the tables of this one; run by `migrate`, never by hand."""
