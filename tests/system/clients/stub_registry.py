"""A schema registry that remembers and nothing else: what serializers and rekindle ask of Confluent's API.

usage: stub_registry.py PORT [--user USER:PASSWORD] [--tls CERTIFICATE KEY] [--keep FILE]

With --keep it begins with what it had when it last ran with that file.
"""
import argparse
import base64
import http.server
import json
import pathlib
import ssl
import urllib.parse

schemas = []  # By id - 1.
subjects = {}  # Name: ids of its versions.


class Registry(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    expected = None
    kept_in = None

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def parts(self):
        return [urllib.parse.unquote(one) for one in self.path.partition("?")[0].strip("/").split("/")]

    def refused(self):
        if self.expected in (None, self.headers.get("Authorization")):
            return False
        self.answer(401, {"error_code": 401, "message": "Unauthorized"})
        return True

    def of_id(self, number):
        return {"id": number, "guid": f"{number:032x}", **schemas[number - 1]}

    def do_GET(self):
        if self.refused():
            return
        match self.parts():
            case ["schemas", "ids", number] if 0 < int(number) <= len(schemas):
                self.answer(200, schemas[int(number) - 1])
            case ["schemas", "ids", _]:
                self.answer(404, {"error_code": 40403, "message": "Schema not found"})
            case ["subjects", name, "versions", version] if name in subjects:
                versions = subjects[name]
                at = len(versions) if version == "latest" else int(version)
                self.answer(200, {"subject": name, "version": at, **self.of_id(versions[at - 1])})
            case _:
                self.answer(404, {"error_code": 40401, "message": "Subject not found"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.refused():
            return
        kept = {key: body[key] for key in ("schema", "schemaType", "references") if body.get(key)}
        match self.parts():
            case ["subjects", name, "versions"]:
                if kept not in schemas:
                    schemas.append(kept)
                number = schemas.index(kept) + 1
                versions = subjects.setdefault(name, [])
                if number not in versions:
                    versions.append(number)
                if self.kept_in:
                    self.kept_in.write_text(json.dumps([schemas, subjects]))
                self.answer(200, {"subject": name, "version": versions.index(number) + 1, **self.of_id(number)})
            case ["subjects", name] if name in subjects and kept in schemas:
                number = schemas.index(kept) + 1
                self.answer(200, {"subject": name, "version": subjects[name].index(number) + 1, **self.of_id(number)})
            case _:
                self.answer(404, {"error_code": 40401, "message": "Subject not found"})

    def log_message(self, *_):
        pass


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("port", type=int)
    arguments.add_argument("--user")
    arguments.add_argument("--tls", nargs=2)
    arguments.add_argument("--keep", type=pathlib.Path)
    given = arguments.parse_args()
    if given.user:
        Registry.expected = "Basic " + base64.b64encode(given.user.encode()).decode()
    Registry.kept_in = given.keep
    if given.keep and given.keep.exists():
        before = json.loads(given.keep.read_text())
        schemas.extend(before[0])
        subjects.update(before[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", given.port), Registry)
    if given.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*given.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
