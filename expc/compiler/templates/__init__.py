"""Templates and the methods that fill their slots in, what they offer and the files of a variant out."""
