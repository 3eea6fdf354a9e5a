"""`python -m tests.simulation --seed 7 --steps 1000` replays one world; `--seeds 1000` plays many."""

import argparse
import sys
import time
from functools import partial
from multiprocessing import Pool, cpu_count

from tests.simulation.play import Broken, in_words, play, shrink


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="play this one world")
    parser.add_argument("--seeds", type=int, default=1000, help="play so many worlds (default: 1000)")
    parser.add_argument("--first", type=int, default=0, help="the first of their seeds (default: 0)")
    parser.add_argument("--steps", type=int, default=1000, help="steps of each world (default: 1000)")
    parser.add_argument("--tell", choices=("shrunk", "whole", "line"), default="shrunk", help="of a failure")
    parser.add_argument("--jobs", type=int, default=cpu_count(), help="processes (default: all cores)")
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.seeds)
    if given.seed is not None:
        seeds = range(given.seed, given.seed + 1)
    started = time.perf_counter()
    broken = first_broken(seeds, given.steps, given.jobs)
    took_s = time.perf_counter() - started
    if broken is None:
        print(f"{len(seeds)} worlds of {given.steps} steps: every law held ({took_s:.0f} s)")
        return 0
    if given.tell == "line":
        print(f"{broken.seed}\t{broken.step}\t{broken.law or 'a crash'}\t{broken.words}")
    else:
        print(in_words(broken if given.tell == "whole" else shrink(broken)))
    return 1


def first_broken(seeds: range, steps: int, jobs: int) -> Broken | None:
    if jobs == 1 or len(seeds) == 1:
        return next(filter(None, (play(seed, steps) for seed in seeds)), None)
    with Pool(jobs) as pool:
        return next(filter(None, pool.imap_unordered(partial(play, steps=steps), seeds, chunksize=4)), None)


if __name__ == "__main__":
    sys.exit(main())
