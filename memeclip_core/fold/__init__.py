"""What the log of decisions adds up to: folded row by row, never from the start again."""

from memeclip_core.fold.book import Book, BookCounts, PersonCounts
from memeclip_core.fold.decision import Decision, join_verdicts
from memeclip_core.fold.ledger import Ledger
from memeclip_core.fold.resolve import Reading, resolve_labels, vote
from memeclip_core.fold.standing import Standing, fold_decisions, fold_standing

__all__ = [
    "Book",
    "BookCounts",
    "Decision",
    "Ledger",
    "PersonCounts",
    "Reading",
    "Standing",
    "fold_decisions",
    "fold_standing",
    "join_verdicts",
    "resolve_labels",
    "vote",
]
