"""What must hold for every recording, and whether it fits its expected history."""

import json
import os

TOLD = ("Newstate", "BridgeEnter", "BridgeLeave", "Hangup")


def read(path):
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return lines[0], lines[1:]


def check(path, expected):
    """Returns (troubles, one line about the recording)."""
    _, lines = read(path)
    troubles = []
    if any(later["at"] < earlier["at"] for earlier, later in zip(lines, lines[1:])):
        troubles.append("time runs backwards")
    ami = [line["ami"] for line in lines if "ami" in line]
    began = {event["Uniqueid"]: event for event in ami if event["Event"] == "Newchannel"}
    ended = [event["Uniqueid"] for event in ami if event["Event"] == "Hangup"]
    for channel, event in began.items():
        if ended.count(channel) != 1:
            troubles.append(f"{event['Channel']} ends {ended.count(channel)} times")
    for channel in set(ended) - set(began):
        troubles.append(f"{channel} ends and never began")
    bridges = [event["BridgeUniqueid"] for event in ami if event["Event"] == "BridgeCreate"]
    for event in ami:
        if event["Event"] == "BridgeDestroy" and event["BridgeUniqueid"] in bridges:
            bridges.remove(event["BridgeUniqueid"])
    linkedids = {value for event in ami for key, value in event.items() if key.endswith("Linkedid")}
    names = " ".join(event["Channel"] for event in began.values())
    left = f", {len(bridges)} bridges stay" if bridges else ""
    if os.path.exists(expected):
        troubles += check_expected(expected, lines)
    else:
        troubles.append("nobody wrote down what is expected")
    return troubles, (f"{len(lines)} events, {len(linkedids)} linkedids, "
                      f"{len(began)} channels: {names}{left}")


def check_expected(path, lines):
    """Every channel but the Local ones is somebody's leg, and lasted about as long as expected."""
    with open(path, encoding="utf-8") as file:
        calls = json.load(file)["calls"]
    legs = [leg for call in calls for leg in call["legs"]]
    channels = spans(lines)
    troubles = []
    for endpoint in sorted({one["endpoint"] for one in legs + channels}):
        wanted = [leg for leg in legs if leg["endpoint"] == endpoint]
        found = [channel for channel in channels if channel["endpoint"] == endpoint]
        if len(wanted) != len(found):
            troubles.append(f"{endpoint}: {len(found)} channels, {len(wanted)} expected legs")
        for leg, channel in zip(wanted, found):
            troubles += check_leg(leg, channel)
    return troubles


def check_leg(leg, channel):
    troubles = []
    for word, happened in (("rang", channel["rang"]), ("answered", channel["up"] is not None)):
        if word in leg and leg[word] != happened:
            troubles.append(f"{leg['endpoint']}: expected {word} {leg[word]}")
    if "talk" in leg and channel["up"] is not None:
        lasted = channel["ended"] - channel["up"]
        # Who picks up or unparks is up a moment before the conversation begins.
        if not leg["talk"][0] <= lasted <= leg["talk"][1]:
            troubles.append(f"{leg['endpoint']}: up for {lasted:.3f} s, expected {leg['talk']}")
    return troubles


def spans(lines):
    """All but the Local channels, in the order they began: rang, up (None if never), ended."""
    found = {}
    for line in lines:
        event = line.get("ami", {})
        name = event.get("Event")
        if name == "Newchannel" and not event["Channel"].startswith("Local/"):
            endpoint = event["Channel"].rpartition("-")[0]
            found[event["Uniqueid"]] = {"endpoint": endpoint, "rang": False, "up": None,
                                        "left": None, "ended": None}
        channel = found.get(event.get("Uniqueid")) if name in TOLD else None
        if channel is None:
            continue
        if name == "BridgeLeave":
            channel["left"] = line["at"]
        elif name == "BridgeEnter":
            channel["left"] = None
        elif name == "Hangup":
            # Who leaves a transfer before it is through stays a channel for a while.
            channel["ended"] = channel["left"] or line["at"]
        elif event["ChannelStateDesc"] == "Ringing":
            channel["rang"] = True
        elif event["ChannelStateDesc"] == "Up" and channel["up"] is None:
            channel["up"] = line["at"]
    return list(found.values())
