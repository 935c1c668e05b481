"""One run of Vowpal Wabbit inside this process, so that Python's start is not in its time: prints seconds, CPU seconds and VW's mean loss.
    vowpal.py ARGUMENTS OF VW
There is no newer `vw` program than the one inside the Python module, whose driver this is: text is parsed by a thread of its own.
"""

import sys
import time

import vowpalwabbit

begun, cpu_begun = time.perf_counter(), time.process_time()
vw = vowpalwabbit.Workspace(arg_list=[*sys.argv[1:], "--quiet"])
vw.finish()
seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu_begun
samples = vw.get_weighted_examples()
print(seconds, cpu_seconds, vw.get_sum_loss() / samples)
