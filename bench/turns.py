"""Contestants that take turns (ABBA), and ratios of what they take: medians over the rounds, with the lowest and the highest."""

import statistics


def in_turns(contestants, rounds):
    """`contestants`: name to a function that returns a time. The times of each, a round after another; every second round backwards."""
    times = {name: [] for name in contestants}
    for i in range(rounds):
        for name in list(contestants)[:: -1 if i % 2 else 1]:
            times[name].append(contestants[name]())
    return times


class Ratio:
    """Theirs over ours, pair by pair."""

    def __init__(self, theirs, ours):
        each = [a / b for a, b in zip(theirs, ours)]
        self.median, self.low, self.high = statistics.median(each), min(each), max(each)

    def __str__(self):
        digits = 1 if self.median >= 10 else 2
        return f"{self.median:,.{digits}f}x ({self.low:,.{digits}f}-{self.high:,.{digits}f})"
