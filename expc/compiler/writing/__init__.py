"""A plan in, `workflow/` out, and what its rules make of it: code, builds, images, profiles."""
