"""How good models, people and readers are, each number with its n and interval.

Words that recur: N rows and C classes; ``labels`` and ``decisions`` are (N, C) of 0 and 1,
``probabilities`` (N, C) from softmax or sigmoid, ``kind`` is the task's, ``names`` are those of the
classes, ``groups`` the near-duplicate group of each row (``None`` if all differ), ``folds`` says
which model scored each row (``None`` if one did), and ``seed`` draws the resamples. N may be 0.
"""
