"""Gradient boosting on columns in bins: each tree predicts what the trees before have left of the error."""

from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor


def build(config, classes):
    boosting = HistGradientBoostingRegressor if classes is None else HistGradientBoostingClassifier
    return boosting(
        max_iter=config.trees,
        max_depth=config.depth,
        min_samples_leaf=config.min_leaf or 20,
        learning_rate=config.shrinkage,
        early_stopping=False,  # it would take validation data out of training
        random_state=config.seed,
    )
