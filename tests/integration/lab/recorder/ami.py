"""An AMI connection which tells the tape every event."""

import socket
import threading


class Ami:
    def __init__(self, lab, tape, events="call,agent,dtmf,user"):
        # Without the dial plan's steps and variables (dialplan), and what is told twice (cdr, cel).
        self._tape = tape
        self._answers = {}
        self._answered = threading.Condition()
        self._number = 0
        place = (lab["LAB_HOST"], int(lab["LAB_AMI_PORT"]))
        self._socket = socket.create_connection(place, timeout=10)
        self._file = self._socket.makefile("rb")
        self._file.readline()  # the banner
        self._socket.settimeout(None)
        threading.Thread(target=self._read, daemon=True).start()
        self.action("Login", Username=lab["LAB_AMI_USER"], Secret=lab["LAB_AMI_SECRET"],
                    Events=events)

    def action(self, name, may_fail=False, **fields):
        """Sends an action and returns its response. A list as value repeats the header."""
        own = fields.pop("ActionID", None) or self._new_id()
        text = f"Action: {name}\r\nActionID: {own}\r\n"
        for key, value in fields.items():
            for one in value if isinstance(value, list) else [value]:
                text += f"{key}: {one}\r\n"
        self._socket.sendall((text + "\r\n").encode())
        with self._answered:
            if not self._answered.wait_for(lambda: own in self._answers or self._tape.trouble, 20):
                raise RuntimeError(f"no answer to {name}")
            answer = self._answers.pop(own, {"Message": self._tape.trouble})
        if answer.get("Response") != "Success" and not may_fail:
            raise RuntimeError(f"{name}: {answer.get('Message')}")
        return answer

    def list(self, name, **fields):
        """The events a list answers with, without the one that ends it. No such list: none."""
        own = self._new_id()
        if self.action(name, may_fail=True, ActionID=own, **fields).get("Response") != "Success":
            return []
        self._tape.wait_event("ami", "", 1, 5, {"ActionID": own, "EventList": "Complete"})
        return [event for event in self._tape.events()
                if event.get("ActionID") == own and "EventList" not in event]

    def close(self):
        self.action("Logoff", may_fail=True)
        self._socket.close()

    def _new_id(self):
        self._number += 1
        return f"recorder-{self._number}"

    def _read(self):
        try:
            while True:
                self._take(self._block())
        except OSError as error:
            self._end(str(error))
        except ValueError:  # closed
            self._end("closed")

    def _take(self, block):
        if "Event" in block:  # OriginateResponse has a Response as well
            self._tape.add("ami", block)
        elif "Response" in block:
            with self._answered:
                self._answers[block.get("ActionID")] = block
                self._answered.notify_all()

    def _block(self):
        block = {}
        while True:
            line = b""
            while not line.endswith(b"\r\n"):  # a value may contain a bare LF
                part = self._file.readline()
                if not part:
                    raise OSError("Asterisk closed the AMI connection")
                line += part
            line = line[:-2].decode()
            if not line:
                return block
            key, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if key in block:
                before = block[key]
                block[key] = (before if isinstance(before, list) else [before]) + [value]
            else:
                block[key] = value

    def _end(self, why):
        self._tape.fail(why)
        with self._answered:
            self._answered.notify_all()
