"""replay with the real program, which REKINDLE_BINARY names."""

import os
import pathlib
import random
import tempfile
import unittest

import rekindle

try:
    import pandas
except ImportError:
    pandas = None

CONFIGURATION = """
[source]
topic = "samples"
[schema]
task = "binary"
label = "y"
[optimizer]
type = "sgd"
[schedule]
type = "constant"
lr = 0.1
"""


def samples(count=2000):
    draw = random.Random(1)
    rows = []
    for _ in range(count):
        x = [draw.uniform(-1, 1) for _ in range(3)]
        rows.append({"x0": x[0], "x1": x[1], "x2": x[2], "y": int(x[0] + x[1] > 0)})
    return rows


@unittest.skipUnless(os.environ.get("REKINDLE_BINARY"), "REKINDLE_BINARY does not name the program")
class ReplayTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.configuration = self.folder / "rekindle.toml"
        self.configuration.write_text(CONFIGURATION)

    def replay(self, data, **more):
        return rekindle.replay(self.configuration, data, binary=os.environ["REKINDLE_BINARY"], **more)

    def test_learns_rows(self):
        result = self.replay(samples())
        self.assertGreater(result.metrics["accuracy"], 0.9)
        self.assertEqual(result.summary["samples"], 2000)
        self.assertEqual(len(result.trace), 2000)
        self.assertEqual(len(result.state_hash), 32)
        self.assertIn("2000 samples", repr(result))

    def test_gives_the_same_twice_and_another_with_other_settings(self):
        first = self.replay(samples())
        self.assertEqual(first.state_hash, self.replay(samples()).state_hash)
        self.assertNotEqual(first.state_hash, self.replay(samples(), settings={"schedule.lr": 0.2}).state_hash)

    def test_takes_the_path_of_a_recording(self):
        recording = self.folder / "samples.jsonl"
        recording.write_text("".join('{"x":%d,"y":%d}\n' % (i % 2, i % 2) for i in range(100)))
        self.assertEqual(self.replay(recording).summary["learned"], 100)

    def test_raises_what_the_program_says(self):
        with self.assertRaisesRegex(rekindle.ReplayFailed, "schedule.lr") as caught:
            self.replay(samples(10), settings={"schedule.lr": "much"})
        self.assertEqual(caught.exception.code, 78)
        with self.assertRaisesRegex(rekindle.ReplayFailed, "no such program"):
            rekindle.replay(self.configuration, samples(10), binary="/nowhere/rekindle")

    @unittest.skipIf(pandas is None, "pandas is not installed")
    def test_takes_and_gives_data_frames(self):
        frame = pandas.DataFrame(samples())
        result = self.replay(frame)
        self.assertIsInstance(result.trace, pandas.DataFrame)
        self.assertIsInstance(result.incidents, pandas.DataFrame)
        self.assertEqual(result.state_hash, self.replay(samples()).state_hash)
        self.assertAlmostEqual(1 - result.trace["error"].mean(), result.metrics["accuracy"])


if __name__ == "__main__":
    unittest.main()
