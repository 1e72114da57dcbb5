"""An ARI connection: requests over HTTP, every event of every channel through one WebSocket."""

import base64
import http.client
import json
import os
import socket
import threading
from urllib.parse import quote, urlencode

APP = "lab"


class Ari:
    def __init__(self, lab, tape):
        self._tape = tape
        self._place = (lab["LAB_HOST"], int(lab["LAB_HTTP_PORT"]))
        login = f"{lab['LAB_ARI_USER']}:{lab['LAB_ARI_SECRET']}"
        self._authorization = "Basic " + base64.b64encode(login.encode()).decode()
        self._socket = socket.create_connection(self._place, timeout=10)
        self._file = self._socket.makefile("rb")
        self._upgrade()
        self._socket.settimeout(None)
        threading.Thread(target=self._read, daemon=True).start()

    def request(self, method, path, body=None, may_fail=False, **query):
        """request("POST", "channels/x/answer"); the keyword arguments become the query."""
        connection = http.client.HTTPConnection(*self._place, timeout=10)
        headers = {"Authorization": self._authorization}
        if body is not None:
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        connection.request(method, f"/ari/{quote(path)}?{urlencode(query)}", body, headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        if response.status >= 300 and not may_fail:
            raise RuntimeError(f"{method} {path}: {response.status} {text.decode()}")
        return json.loads(text) if text and response.status < 300 else None

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _upgrade(self):
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall((
            f"GET /ari/events?app={APP}&subscribeAll=true HTTP/1.1\r\nHost: {self._place[0]}\r\n"
            f"Authorization: {self._authorization}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Protocol: ari\r\n\r\n").encode())
        status = self._file.readline().decode()
        if " 101 " not in status:
            raise RuntimeError(f"no WebSocket: {status}")
        while self._file.readline().strip():
            pass

    def _read(self):
        text = b""
        try:
            while True:
                last, kind, part = self._frame()
                if kind == 9:
                    self._send(10, part)
                elif kind in (0, 1):
                    text += part
                    if last:
                        self._take(json.loads(text))
                        text = b""
        except (OSError, ValueError):
            pass  # closed

    def _take(self, event):
        # The machine's own address, and nothing about the call.
        event.pop("asterisk_id", None)
        self._tape.add("ari", event)

    def _frame(self):
        first, second = self._bytes(2)
        size = second & 127
        if size == 126:
            size = int.from_bytes(self._bytes(2), "big")
        elif size == 127:
            size = int.from_bytes(self._bytes(8), "big")
        return bool(first & 128), first & 15, self._bytes(size)

    def _bytes(self, size):
        found = self._file.read(size)
        if len(found) < size:
            raise OSError("closed")
        return found

    def _send(self, kind, part):
        mask = os.urandom(4)
        covered = bytes(byte ^ mask[n % 4] for n, byte in enumerate(part))
        self._socket.sendall(bytes([128 | kind, 128 | len(part)]) + mask + covered)
