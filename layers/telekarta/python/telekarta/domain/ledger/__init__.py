"""Money on cards: lots, holds and postings, and the order in which lots are spent."""
