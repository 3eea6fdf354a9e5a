"""What one version of the product stores, kept as files for the version after it: `python -m tests.snapshot`.

`world` lives a day, `flights` has the calls that are going on, `__main__` writes the files, `stored` reads
them, and `carrier` goes on with the calls.
"""
