"""The client against a stub of the daemon: what it sends, and what it makes of the answers."""

import http.server
import json
import threading
import unittest

import rekindle


class Stub(http.server.BaseHTTPRequestHandler):
    requests = []
    token = None

    def _answer(self, code, body):
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        Stub.requests.append(("GET", self.path, None))
        if self.path == "/status":
            return self._answer(200, {"learner": {"samples": 3}})
        if self.path == "/incidents":
            return self._answer(200, [{"id": 1, "response": "restart"}])
        if self.path == "/readyz":
            return self._answer(503, {"ready": False, "reasons": ["source: not connected yet"]})
        return self._answer(404, {"error": "no such path"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Stub.requests.append(("POST", self.path, body))
        if self.path.startswith("/-/") and Stub.token and self.headers.get("Authorization") != "Bearer " + Stub.token:
            return self._answer(401, {"error": "the token is missing or wrong"})
        if self.path == "/predict":
            one = {"prediction": "yes", "probabilities": {"no": 0.25, "yes": 0.75}, "model_version": 3}
            return self._answer(200, [one] * len(body) if isinstance(body, list) else one)
        return self._answer(200, {})

    def log_message(self, *arguments):
        pass


class ClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
        cls.url = f"http://127.0.0.1:{cls.server.server_port}/"
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def setUp(self):
        Stub.requests = []
        Stub.token = None

    def test_predicts_one_and_many(self):
        client = rekindle.Client(self.url)
        self.assertEqual(client.predict({"x": 1.5})["prediction"], "yes")
        self.assertEqual(len(client.predict([{"x": 1}, {"x": float("nan")}])), 2)
        self.assertEqual(Stub.requests, [("POST", "/predict", {"x": 1.5}), ("POST", "/predict", [{"x": 1}, {"x": None}])])

    def test_predicts_a_frame(self):
        try:
            import pandas
        except ImportError:
            self.skipTest("pandas is not installed")
        answer = rekindle.Client(self.url).predict(pandas.DataFrame({"x": [1, 2, 3], "name": ["a", "b", None]}))
        self.assertEqual(len(answer), 3)
        self.assertEqual(Stub.requests[0][2][2], {"x": 3, "name": None})

    def test_reads_status_and_incidents(self):
        client = rekindle.Client(self.url)
        self.assertEqual(client.status()["learner"]["samples"], 3)
        self.assertEqual(client.incidents()[0]["response"], "restart")

    def test_says_why_the_daemon_is_not_ready(self):
        self.assertEqual(rekindle.Client(self.url).ready(), (False, "source: not connected yet"))

    def test_sends_commands_with_the_token(self):
        Stub.token = "secret"
        with self.assertRaisesRegex(rekindle.Unauthorized, "token is missing"):
            rekindle.Client(self.url).restart()
        client = rekindle.Client(self.url, token="secret")
        for command in ("restart", "reset", "pause", "resume", "unpin", "checkpoint", "rollback", "reload"):
            getattr(client, command)()
        client.bump(2)
        client.pin(0.01)
        self.assertIn(("POST", "/-/restart", {}), Stub.requests)
        self.assertEqual(Stub.requests[-2:], [("POST", "/-/bump", {"factor": 2.0}), ("POST", "/-/pin", {"lr": 0.01})])

    def test_errors_carry_the_message_of_the_daemon(self):
        with self.assertRaises(rekindle.RekindleError) as caught:
            rekindle.Client(self.url)._request("GET", "/nowhere")
        self.assertEqual((str(caught.exception), caught.exception.status), ("no such path", 404))

    def test_nobody_there_is_an_error_of_its_own(self):
        with self.assertRaisesRegex(rekindle.Unavailable, "127.0.0.1:1: .*refused"):
            rekindle.Client("http://127.0.0.1:1").status()


if __name__ == "__main__":
    unittest.main()
