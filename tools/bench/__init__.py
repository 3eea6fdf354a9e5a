"""What the product costs, measured on this machine without a network: ``make bench``.

Each figure is told beside a floor that was measured in the same run, interleaved with it, so that the ratio
means something on a machine whose speed drifts; the ratio is what to quote. Nothing fails for being slow.
"""
