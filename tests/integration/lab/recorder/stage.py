"""Where a scenario plays: phones, callers, AMI, ARI, and the waits between them."""

import os
import shlex
import subprocess
import time

from recorder.ami import Ami
from recorder.ari import Ari
from recorder.tape import Tape

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Server:
    """One Asterisk of the lab, for as long as the with block lasts."""

    def __init__(self, version, folder):
        self.version, self.folder = version, folder
        self.settings = {}

    def __enter__(self):
        subprocess.run([f"{LAB}/asterisk", "start", self.version, "--run", self.folder,
                        "--etc", f"{LAB}/recorder/etc"], check=True)
        with open(f"{self.folder}/env", encoding="utf-8") as file:
            pairs = (word.partition("=") for word in shlex.split(file.read()))
            self.settings = {key: value for key, _, value in pairs}
        return self

    def __exit__(self, *_):
        subprocess.run([f"{LAB}/asterisk", "stop", self.folder], check=True)


class Stage:
    def __init__(self, server):
        self._server = server
        self._phones, self._callers = [], []
        self.clicks, self.looks = [], []
        self.tape = Tape()
        self.ami = Ami(server.settings, self.tape)
        self.ari = Ari(server.settings, self.tape)
        self._reader = Ami(server.settings, Tape(), events="off")

    # ---- who takes part ----

    def phone(self, number, behaviour, to=None, **options):
        """A phone that listens: phone("101", "answer", answer_after=500); "trunk" is outside."""
        words = [f"{LAB}/phone", "--lab", self._server.folder, "--number", number]
        process = subprocess.Popen(words + [behaviour] + ([to] if to else []) + as_words(options))
        self._phones.append(process)
        subprocess.run(words + ["ready"], check=True)

    def call(self, extension, **options):
        """Somebody calls: from outside, or with as_="103" from a phone."""
        words = [f"{LAB}/caller", "--lab", self._server.folder, extension]
        self._callers.append(subprocess.Popen(words + as_words(options)))

    # ---- what happens ----

    def wait(self, name, count=1, timeout=15, **fields):
        """The count-th AMI event of this name whose fields begin so."""
        return self.tape.wait_event("ami", name, count, timeout, fields)

    def wait_ari(self, kind, count=1, timeout=15, **fields):
        """The same for ARI; channel__id means channel.id."""
        return self.tape.wait_event("ari", kind, count, timeout, fields)

    def action(self, name, **fields):
        return self.ami.action(name, **fields)

    def lasts(self, seconds):
        """A time that is part of the story (people talk), not a wait for something."""
        time.sleep(seconds)

    def look(self):
        """Reads the state back, as a client does after a gap, while nothing happens."""
        self.tape.quiet_for(0.2)
        at = self.tape.now()
        lists = {name: self._reader.list(name)
                 for name in ("CoreShowChannels", "BridgeList", "QueueStatus", "ParkedCalls")}
        bridges = [bridge["BridgeUniqueid"] for bridge in lists["BridgeList"]]
        lists["BridgeInfo"] = {bridge: self._reader.list("BridgeInfo", BridgeUniqueid=bridge)
                               for bridge in bridges}
        objects = {path: self.ari.request("GET", path) for path in ("channels", "bridges")}
        self.looks.append({"at": at, "ami": lists, "ari": objects})

    # ---- the end ----

    def finish(self):
        """Returns when every caller has ended and every channel has gone."""
        for caller in self._callers:
            caller.wait(30)
        self.tape.wait("end of all channels", lambda tape: not living(tape.events()), 40)
        self.tape.quiet_for(0.3)

    def leave(self):
        for process in self._phones + self._callers:
            if process.poll() is None:
                process.terminate()
            process.wait(10)
        self.ami.close()
        self._reader.close()
        self.ari.close()


def living(events):
    """Unique ids of the channels that began and did not end."""
    began = [event["Uniqueid"] for event in events if event["Event"] == "Newchannel"]
    ended = {event["Uniqueid"] for event in events if event["Event"] == "Hangup"}
    return [channel for channel in began if channel not in ended]


def as_words(options):
    """as_="103", hangup_after=2000 become --as 103 --hangup-after 2000."""
    words = []
    for key, value in options.items():
        words += ["--" + key.strip("_").replace("_", "-"), str(value)]
    return words
