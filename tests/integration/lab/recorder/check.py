"""What must hold for every recording, whatever it is of."""

import json


def read(path):
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return lines[0], lines[1:]


def check(path):
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
    linkedids = sorted({value for event in ami for key, value in event.items() if key.endswith("Linkedid")})
    names = " ".join(event["Channel"] for event in began.values())
    left = f", {len(bridges)} bridges stay" if bridges else ""
    return troubles, f"{len(lines)} events, {len(linkedids)} linkedids, {len(began)} channels: {names}{left}"
