"""The function `bank`: statement files that were put into the bucket."""
