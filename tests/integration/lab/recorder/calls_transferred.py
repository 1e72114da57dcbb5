"""Calls that somebody hands on."""

from recorder.scenario import scenario


@scenario
def blind_by_callee(stage):
    stage.phone("101", "transfer", "102", answer_after=500, after=1000)
    stage.phone("102", "answer", answer_after=800, hangup_after=2000)
    stage.call("101", from_="+493012345")


@scenario
def blind_by_caller(stage):
    """103 calls 101 and sends 101 on to 102."""
    stage.phone("101", "answer", answer_after=500)
    stage.phone("102", "answer", answer_after=800, hangup_after=2000)
    stage.call("101", as_="103", transfer="102", after=1000, hangup_after=500)


@scenario
def blind_to_busy(stage):
    stage.phone("101", "transfer", "102", answer_after=500, after=1000)
    stage.phone("102", "busy")
    stage.call("101", from_="+493012345")


@scenario
def blind_by_ami(stage):
    """101 presses a button in a program: BlindTransfer."""
    stage.phone("101", "answer", answer_after=500)
    stage.phone("102", "answer", answer_after=800, hangup_after=2000)
    stage.call("101", from_="+493012345")
    stage.wait("BridgeEnter", 2)
    stage.lasts(1)
    phone = stage.wait("Newchannel", 2)["Channel"]
    stage.action("BlindTransfer", Channel=phone, Exten="102", Context="from-phones")


@scenario
def attended(stage):
    """101 holds, asks 102 with a call of its own, connects the two: REFER with Replaces."""
    stage.phone("101", "attended", "102", answer_after=500, after=1000, hold_for=1500)
    stage.phone("102", "answer", answer_after=600, hangup_after=2500)
    stage.call("101", from_="+493012345")
    stage.wait("BridgeEnter", 4)
    stage.look()
    stage.wait("AttendedTransfer")
    stage.look()


@scenario
def attended_cancelled(stage):
    """101 holds, asks 102 with a call of its own, and takes the caller back."""
    stage.phone("101", "consult", "102", answer_after=500, after=1000, hold_for=1500,
                hangup_after=1500)
    stage.phone("102", "answer", answer_after=600)
    stage.call("101", from_="+493012345")


def ask(stage, audio="no", **colleague):
    """An inbound call with 101, who asks 102 by the PBX's own feature (*2, here by AMI)."""
    stage.phone("102", "answer", audio=audio, **colleague)
    stage.call("101", from_="+493012345", audio=audio)
    stage.wait("BridgeEnter", 2)
    stage.lasts(1)
    phone = stage.wait("Newchannel", 2)["Channel"]
    stage.action("Atxfer", Channel=phone, Exten="102", Context="from-phones")
    stage.wait("DialState", 2, DialStatus="RINGING")
    return phone


@scenario
def feature_attended(stage):
    """101 talks to 102 and hangs up: the caller and 102 stay, the Local channels go."""
    stage.phone("101", "answer", answer_after=500, audio="yes", hangup_after=2000)
    ask(stage, audio="yes", answer_after=600, hangup_after=4500)
    stage.wait("DialEnd", 2, DialStatus="ANSWER")
    stage.look()


@scenario
def feature_attended_cancelled(stage):
    """101 talks to 102 and takes the caller back."""
    stage.phone("101", "answer", answer_after=500, hangup_after=3500)
    phone = ask(stage, answer_after=600)
    stage.wait("DialEnd", 2, DialStatus="ANSWER")
    stage.lasts(1.5)
    stage.action("CancelAtxfer", Channel=phone)


@scenario
def feature_blonde(stage):
    """101 hangs up while 102 still rings: the caller gets 102."""
    stage.phone("101", "answer", answer_after=500, hangup_after=2000)
    ask(stage, answer_after=4000, hangup_after=2000)
