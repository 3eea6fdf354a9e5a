"""The books as a whole: the trial balance, the comparison with the carrier, and corrections."""
