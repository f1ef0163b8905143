"""A random forest: each tree learns from a sample of the examples, and sees a sample of the columns at each branch."""

import os

from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor


def build(config, classes):
    forest = RandomForestRegressor if classes is None else RandomForestClassifier
    return forest(
        n_estimators=config.trees,
        max_depth=config.depth,
        min_samples_leaf=config.min_leaf or 1,
        random_state=config.seed,
        n_jobs=int(os.environ.get("EXPC_CPUS", "1")),
    )
