"""What a spec means in, the plan out, and what of it would run."""
