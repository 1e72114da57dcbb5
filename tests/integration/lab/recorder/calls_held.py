"""Calls that wait, are taken by somebody else, or have more than two people."""

from recorder.scenario import scenario


@scenario
def hold(stage):
    stage.phone("101", "hold", answer_after=500, after=1000, hold_for=1500)
    stage.call("101", from_="+493012345", hangup_after=4000)
    stage.wait("Hold")
    stage.look()


@scenario
def pickup_directed(stage):
    """101 rings; 103 dials 8101 and has the caller."""
    stage.phone("101", "noanswer")
    stage.call("101", from_="+493012345")
    stage.wait("DialState", DialStatus="RINGING")
    stage.lasts(1)
    stage.call("8101", as_="103", hangup_after=2000)


@scenario
def pickup_group(stage):
    """101 rings; 103 of the same group dials *8."""
    stage.phone("101", "noanswer")
    stage.call("101", from_="+493012345")
    stage.wait("DialState", DialStatus="RINGING")
    stage.lasts(1)
    stage.call("*8", as_="103", hangup_after=2000)


@scenario
def parked(stage):
    """101 parks the caller (transfer to park); 103 takes the call from its place."""
    stage.phone("101", "transfer", "park", answer_after=500, after=1000)
    stage.call("101", from_="+493012345")
    place = stage.wait("ParkedCall")["ParkingSpace"]
    stage.look()
    stage.lasts(1.5)
    stage.call(place, as_="103", hangup_after=2000)


@scenario
def parked_by_ami(stage):
    stage.phone("101", "answer", answer_after=500)
    stage.call("101", from_="+493012345")
    stage.wait("BridgeEnter", 2)
    stage.lasts(1)
    caller, phone = (stage.wait("Newchannel", n)["Channel"] for n in (1, 2))
    stage.action("Park", Channel=caller, TimeoutChannel=phone, Parkinglot="default")
    place = stage.wait("ParkedCall")["ParkingSpace"]
    stage.lasts(1.5)
    stage.call(place, as_="103", hangup_after=2000)


@scenario
def park_timeout(stage):
    """Nobody takes the parked caller: 101, who parked, rings again and answers."""
    stage.phone("101", "answer", answer_after=500)
    stage.call("101", from_="+493012345", hangup_after=9000)
    stage.wait("BridgeEnter", 2)
    stage.lasts(1)
    caller, phone = (stage.wait("Newchannel", n)["Channel"] for n in (1, 2))
    stage.action("Park", Channel=caller, TimeoutChannel=phone, Parkinglot="short")


@scenario
def park_abandoned(stage):
    stage.phone("101", "transfer", "park", answer_after=500, after=1000)
    stage.call("101", from_="+493012345", hangup_after=2500)


@scenario
def local_optimised(stage):
    """A phone behind a Local channel, which the PBX takes out once both sides talk."""
    stage.phone("101", "answer", answer_after=800, audio="yes")
    stage.call("local-101", from_="+493012345", audio="yes", hangup_after=2500)


@scenario
def local_kept(stage):
    stage.phone("101", "answer", answer_after=800, audio="yes")
    stage.call("kept-local-101", from_="+493012345", audio="yes", hangup_after=2500)


@scenario
def conference(stage):
    """Two phones and one from outside meet; they leave one by one."""
    stage.call("conf-blue", as_="101", hangup_after=6500)
    stage.wait("ConfbridgeJoin")
    stage.call("conf-blue", as_="102", hangup_after=3500)
    stage.wait("ConfbridgeJoin", 2)
    stage.call("conf-blue", from_="+493012345", hangup_after=1500)
    stage.wait("ConfbridgeJoin", 3)
    stage.look()
