"""Model or label? Where the two disagree, the label may be what is wrong; cleanlab says where that is likely.

Confident learning (Northcutt, Jiang and Chuang 2021): how sure the model usually is of women and of men sets what
"sure" means for each, and from that follows how many labels of each kind are probably wrong, and which.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.view import View

# With fewer faces of either label, nobody knows how sure the model usually is of it.
ENOUGH = 10


@dataclass(frozen=True)
class Suspicion:
    """For each found face: `score`, 0 to 1, higher where the label is more doubtful; `probably` wrong are these."""

    score: NDArray[np.float64]
    probably: NDArray[np.bool_]


def of(view: View) -> Suspicion:
    """Of every face; nobody is suspected where one of the labels is hardly there."""
    labels, p_male = view.labels, view.p_male
    if np.bincount(labels, minlength=2).min() < ENOUGH:
        return Suspicion(np.zeros(len(labels)), np.zeros(len(labels), dtype=bool))
    # Importing it takes over a second, which no other page should wait for.
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    scores = np.column_stack([1 - p_male, p_male])
    quality = get_label_quality_scores(labels, scores, adjust_pred_probs=True)
    # One process: the server's own threads must not be forked.
    probably = find_label_issues(labels, scores, filter_by="prune_by_noise_rate", n_jobs=1)
    return Suspicion(1 - np.asarray(quality, dtype=np.float64), np.asarray(probably, dtype=bool))
