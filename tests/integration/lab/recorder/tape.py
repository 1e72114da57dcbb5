"""What was heard, in the order it was heard, and the waits for it."""

import json
import threading
import time
from datetime import datetime, timezone

# Nothing of it belongs to one call; states of devices and extensions follow from the channels.
LEFT_OUT = {
    "ami": {"FullyBooted", "DeviceStateChange", "ExtensionStatus", "PresenceStateChange",
            "ContactStatus", "PeerStatus"},
    "ari": {"ChannelVarset", "ChannelDialplan", "DeviceStateChanged", "EndpointStateChange",
            "ContactStatusChange", "PeerStatusChange", "ApplicationRegistered"},
}
KIND = {"ami": "Event", "ari": "type"}


class Tape:
    """Thread safe. An entry is (seconds since the start, "ami" or "ari", the event)."""

    def __init__(self):
        self.began = datetime.now(timezone.utc)
        self._zero = time.monotonic()
        self._entries = []
        self._changed = threading.Condition()  # its lock may be taken twice
        self.trouble = None

    def now(self):
        return round(time.monotonic() - self._zero, 3)

    def add(self, source, event):
        if event[KIND[source]] in LEFT_OUT[source]:
            return
        with self._changed:
            self._entries.append((self.now(), source, event))
            self._changed.notify_all()

    def fail(self, trouble):
        """The source is gone: who waits is told so."""
        with self._changed:
            self.trouble = self.trouble or trouble
            self._changed.notify_all()

    def events(self, source="ami"):
        with self._changed:
            return [event for _, origin, event in self._entries if origin == source]

    def wait(self, what, ready, timeout):
        """ready(tape) is asked after every event; its first true answer is the result."""
        end = time.monotonic() + timeout
        with self._changed:
            while True:
                answer = ready(self)
                if answer:
                    return answer
                left = end - time.monotonic()
                if self.trouble or left <= 0:
                    raise RuntimeError(f"no {what}: {self.trouble or f'waited {timeout} s'}")
                self._changed.wait(left)

    def wait_event(self, source, name, count, timeout, fields):
        """The count-th event of this name (any, if empty) with these fields, from the start on."""

        def found(tape):
            matching = [event for event in tape.events(source)
                        if name in ("", event[KIND[source]]) and fits(event, fields)]
            return matching[count - 1] if len(matching) >= count else None

        return self.wait(f"{name} {fields}", found, timeout)

    def quiet_for(self, seconds, timeout=10):
        """Returns when nothing was heard for so long."""
        end = time.monotonic() + timeout
        with self._changed:
            while self._changed.wait(seconds):
                if time.monotonic() > end:
                    raise RuntimeError("it does not get quiet")

    def write(self, path, heading):
        began = self.began.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        write_lines(path, [{**heading, "began": began}]
                    + [{"at": at, source: event} for at, source, event in self._entries])


def write_lines(path, lines):
    with open(path, "w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def fits(event, fields):
    return all(str(look_up(event, path)).startswith(value) for path, value in fields.items())


def look_up(event, path):
    """look_up(event, "channel__id") is event["channel"]["id"]; nothing there is ''."""
    for key in path.split("__"):
        event = event.get(key, "") if isinstance(event, dict) else ""
    return event
