"""Client: the HTTP interface of a running daemon."""

import json
import urllib.error
import urllib.request


class RekindleError(Exception):
    """What the daemon answered instead of a result; `status` is that of HTTP."""

    def __init__(self, message, status=None):
        super().__init__(message)
        self.status = status


class Unauthorized(RekindleError):
    """The daemon wants a token, or another one."""


class Unavailable(RekindleError):
    """Nobody answers, or there is no model yet."""


def _plain(value):
    """numpy's and pandas' scalars as Python's own, so that they become JSON; what is not a number is null."""
    if hasattr(value, "item") and not isinstance(value, (list, tuple, dict)):
        value = value.item()
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def records_of(samples):
    """Samples as a list of dictionaries: of a DataFrame, of one dictionary, or of many."""
    if hasattr(samples, "to_dict") and hasattr(samples, "columns"):
        return samples.to_dict("records")
    return list(samples)


class Client:
    """A daemon at `url`. Commands need `token` where the daemon has one."""

    def __init__(self, url="http://127.0.0.1:9464", token=None, timeout=10.0):
        self.url = url.rstrip("/")
        self.token = token
        self.timeout = timeout

    def __repr__(self):
        return f"Client({self.url!r})"

    def predict(self, samples):
        """The prediction for one sample (a dictionary), or a list of them for many (a list, or a DataFrame)."""
        if isinstance(samples, dict):
            return self._request("POST", "/predict", _plain(samples))
        return self._request("POST", "/predict", _plain(records_of(samples)))

    def status(self):
        return self._request("GET", "/status")

    def incidents(self):
        """Drifts, what was done about them and what came of it, the newest last."""
        answer = self._request("GET", "/incidents")
        return answer.get("incidents", []) if isinstance(answer, dict) else answer

    def ready(self):
        """Whether it is ready, and the reasons why not."""
        try:
            self._request("GET", "/readyz")
        except RekindleError as error:
            if error.status != 503:
                raise
            return False, str(error)
        return True, ""

    def metrics(self):
        """The text that Prometheus reads."""
        return self._request("GET", "/metrics", parse=False)

    def restart(self):
        """Restarts the learning-rate schedule."""
        return self._command("restart")

    def reset(self):
        """Resets the optimizer."""
        return self._command("reset")

    def bump(self, factor):
        """Multiplies the learning rate."""
        return self._command("bump", factor=float(factor))

    def pin(self, lr):
        """Holds the learning rate at this value."""
        return self._command("pin", lr=float(lr))

    def unpin(self):
        return self._command("unpin")

    def pause(self):
        """Stops learning; predictions go on."""
        return self._command("pause")

    def resume(self):
        return self._command("resume")

    def checkpoint(self):
        return self._command("checkpoint")

    def rollback(self):
        """Goes back to the champion before the last response."""
        return self._command("rollback")

    def reload(self):
        """Reads the configuration file again."""
        return self._command("reload")

    def _command(self, action, **arguments):
        return self._request("POST", "/-/" + action, arguments or None)

    def _request(self, method, path, body=None, parse=True):
        data = None if method == "GET" else json.dumps(body if body is not None else {}).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        if self.token is not None:
            request.add_header("Authorization", "Bearer " + self.token)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise _refused(error) from None
        except (urllib.error.URLError, OSError) as error:
            raise Unavailable(f"{self.url}: {getattr(error, 'reason', error)}") from None
        return json.loads(text) if parse and text else text


def _refused(error):
    text = error.read().decode(errors="replace")
    try:
        answer = json.loads(text)
        message = answer.get("error") or "; ".join(answer.get("reasons", [])) or text
    except (ValueError, AttributeError, TypeError):
        message = text or error.reason
    kind = {401: Unauthorized, 403: Unauthorized, 503: Unavailable}.get(error.code, RekindleError)
    return kind(message, error.code)
