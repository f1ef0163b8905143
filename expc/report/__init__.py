"""What the trials left in, answers out: collect → cells → tables; collect → curves → figures."""
