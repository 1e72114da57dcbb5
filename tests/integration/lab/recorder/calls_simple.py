"""Calls that are answered or not, by one phone or several. Times in milliseconds."""

from recorder.scenario import scenario


@scenario
def inbound_caller_hangs_up(stage):
    stage.phone("101", "answer", answer_after=800)
    stage.call("101", from_="+493012345", name="Ada Lovelace", hangup_after=2000)
    stage.wait("DialState", DialStatus="RINGING")
    stage.look()
    stage.wait("BridgeEnter", 2)
    stage.look()


@scenario
def inbound_callee_hangs_up(stage):
    stage.phone("101", "answer", answer_after=800, hangup_after=2000)
    stage.call("101", from_="+493012345")


@scenario
def inbound_cancelled(stage):
    stage.phone("101", "noanswer")
    stage.call("101", from_="+493012345", give_up_after=1500)


@scenario
def inbound_busy(stage):
    stage.phone("101", "busy")
    stage.call("101", from_="+493012345")


@scenario
def inbound_noanswer(stage):
    stage.phone("101", "noanswer")
    stage.call("briefly-101", from_="+493012345")


@scenario
def inbound_rejected(stage):
    stage.phone("101", "reject", answer_after=1000)
    stage.call("101", from_="+493012345")


@scenario
def inbound_offline(stage):
    stage.call("120", from_="+493012345")


@scenario
def inbound_nowhere(stage):
    """The number leads to an announcement in early media."""
    stage.call("nowhere", from_="+493012345")


@scenario
def inbound_no_extension(stage):
    """The number is none: SIP says 404, and there never is a channel."""
    stage.call("nobody", from_="+493012345")


@scenario
def inbound_congestion(stage):
    stage.call("congestion", from_="+493012345")


@scenario
def internal_answered(stage):
    stage.phone("101", "answer", answer_after=800)
    stage.call("101", as_="102", hangup_after=2000)


@scenario
def outbound_answered(stage):
    stage.phone("trunk", "answer", answer_after=800)
    stage.call("0493055500", as_="102", hangup_after=2000)


@scenario
def outbound_busy(stage):
    stage.phone("trunk", "busy")
    stage.call("0493055500", as_="102")


@scenario
def two_calls_at_once(stage):
    stage.phone("101", "answer", answer_after=800)
    stage.phone("102", "answer", answer_after=500)
    stage.call("101", from_="+493012345", hangup_after=2500)
    stage.wait("DialBegin")
    stage.call("102", from_="+493067890", hangup_after=1000)


@scenario
def group_second_answers(stage):
    stage.phone("101", "noanswer")
    stage.phone("102", "answer", answer_after=1200)
    stage.phone("103", "noanswer")
    stage.call("group", from_="+493012345", hangup_after=2000)
    stage.wait("DialState", 3, DialStatus="RINGING")
    stage.look()


@scenario
def group_one_busy(stage):
    stage.phone("101", "busy")
    stage.phone("102", "answer", answer_after=1200)
    stage.phone("103", "reject", answer_after=600)
    stage.call("group", from_="+493012345", hangup_after=2000)


@scenario
def group_cancelled(stage):
    for number in ("101", "102", "103"):
        stage.phone(number, "noanswer")
    stage.call("group", from_="+493012345", give_up_after=1500)


@scenario
def group_all_busy(stage):
    for number in ("101", "102", "103"):
        stage.phone(number, "busy")
    stage.call("group", from_="+493012345")


@scenario
def digits(stage):
    """The caller presses 12#, the phone 9."""
    stage.phone("101", "dtmf", "9", answer_after=500, after=2500)
    stage.call("101", from_="+493012345", dtmf="12#", hangup_after=2500)


@scenario
def recorded(stage):
    """MixMonitor by AMI: begun, paused, continued, stopped."""
    stage.phone("101", "answer", answer_after=500, audio="yes")
    stage.call("101", from_="+493012345", audio="yes", hangup_after=3000)
    stage.wait("BridgeEnter", 2)
    channel = stage.wait("Newchannel")["Channel"]
    stage.action("MixMonitor", Channel=channel, File="/lab/spool/recording/recorded.wav",
                 Options="b")
    stage.wait("MixMonitorStart")
    for state in ("1", "0"):
        stage.lasts(0.5)
        stage.action("MixMonitorMute", Channel=channel, Direction="both", State=state)
    stage.lasts(0.5)
    stage.action("StopMixMonitor", Channel=channel)
