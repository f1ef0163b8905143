"""Its function has other arguments, and reads parameters that nobody has."""


def build(config, classes):
    return [config.width] * classes + [config.hiden]
