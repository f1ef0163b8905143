"""A multi-layer perceptron, trained by adam for a fixed number of epochs."""

import warnings

from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore", category=ConvergenceWarning)  # to stop after `epochs` is what is wanted
warnings.filterwarnings("ignore", message="Got `batch_size` less than 1 or larger than sample size")


def build(config, classes):
    options = {
        "hidden_layer_sizes": tuple(config.hidden),
        "max_iter": config.epochs,
        "batch_size": config.batch_size,
        "learning_rate_init": config.lr,
        "alpha": config.weight_decay,
        "n_iter_no_change": config.epochs,
        "random_state": config.seed,
    }
    if classes is not None:
        return MLPClassifier(**options)
    # A target far from 0 would take most of the epochs to reach.
    return TransformedTargetRegressor(MLPRegressor(**options), transformer=StandardScaler())
