"""The data that ships with the package: sample price lists, promotions, terms."""
