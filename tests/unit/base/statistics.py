#!/usr/bin/env python3
"""The numbers of test_statistics.c, from SciPy."""

import numpy
import scipy
from scipy import stats

SAMPLES = [
    [0.5283, 0.5291, 0.5259, 0.5302, 0.5270],
    [0.5339, 0.5345, 0.5328, 0.5351],
    [1.0, 2.0],
    [10.0, 10.5, 9.25, 11.0, 10.125, 9.875, 10.25, 9.5],
]


def main():
    print("scipy", scipy.__version__, "numpy", numpy.__version__)
    print("quantiles: p, degrees, t")
    for p, degrees in [(0.975, 1), (0.975, 2), (0.975, 4), (0.995, 7.5), (0.9, 30), (0.975, 1e4),
                       (0.6, 3.25), (0.9995, 1), (0.025, 8), (0.5, 5)]:
        print(f"    {{{p!r}, {degrees!r}, {stats.t.ppf(p, degrees):.17g}}},")
    print("summaries: mean, deviation, low, high")
    for values in SAMPLES:
        print(f"    {numpy.mean(values):.17g}, {numpy.std(values, ddof=1):.17g}, "
              f"{min(values)!r}, {max(values)!r}")
    print("differences: first, second, level, difference, low, high, degrees")
    for a, b, level in [(0, 1, 0.95), (0, 1, 0.99), (2, 3, 0.95), (3, 2, 0.9)]:
        test = stats.ttest_ind(SAMPLES[b], SAMPLES[a], equal_var=False)
        interval = test.confidence_interval(level)
        print(f"    {{{a}, {b}, {level!r}, {numpy.mean(SAMPLES[b]) - numpy.mean(SAMPLES[a]):.17g}, "
              f"{interval.low:.17g}, {interval.high:.17g}, {test.df:.17g}}},")


if __name__ == "__main__":
    main()
