"""Local files or built-in sets in, prepared train, validation and test folders out."""
