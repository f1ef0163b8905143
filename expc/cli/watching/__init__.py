"""How a run stands, and what went wrong in it, as a terminal shows it."""
