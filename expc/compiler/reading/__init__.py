"""A YAML file in, a spec as a value out; what is wrong with its shape, with positions."""
