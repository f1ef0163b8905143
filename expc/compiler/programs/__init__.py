"""A user's own programs and their software in, what identity and plans have of them out."""
