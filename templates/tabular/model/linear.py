"""A linear model: logistic regression for classes, ridge regression for a number."""

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge


def build(config, classes):
    if classes is None:
        # Without a penalty, Ridge would solve the same equations in a way that fails where columns repeat each other.
        return Ridge(alpha=config.penalty) if config.penalty else LinearRegression()
    return LogisticRegression(C=1 / config.penalty if config.penalty else np.inf, max_iter=10_000)
