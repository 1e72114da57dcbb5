"""Click-to-call: the PBX rings the user's own phone first, then the other side.

Both a click's own channels have ids we chose, as a program does that wants to know them; the first
line of the recording lists them, because no event says which channels one click made.
"""

from recorder.ari import APP
from recorder.scenario import scenario

NUMBER = "+493055500"


def click(stage, phone, channel, timeout="20000"):
    """Rings a phone; once it is picked up the dial plan calls the number."""
    stage.action("Originate", Channel=f"PJSIP/{phone}", ChannelId=channel, ActionID=channel,
                 Context="from-phones", Exten=f"0{NUMBER}", Priority="1", Timeout=timeout,
                 CallerID=f"<{NUMBER}>", EarlyMedia="false", Async="true")


def tell(stage, *channels):
    stage.clicks.append({"to": NUMBER, "channels": list(channels)})


@scenario
def click_answered(stage):
    tell(stage, "click-1-101")
    stage.phone("101", "answer", answer_after=500)
    stage.phone("trunk", "answer", answer_after=800, hangup_after=2000)
    click(stage, "101", "click-1-101")
    stage.wait("OriginateResponse")


@scenario
def click_far_unanswered(stage):
    """The user picks up, the far side rings, the user gives up."""
    tell(stage, "click-1-101")
    stage.phone("101", "answer", answer_after=500, hangup_after=2500)
    stage.phone("trunk", "noanswer")
    click(stage, "101", "click-1-101")
    stage.wait("OriginateResponse")


@scenario
def click_far_busy(stage):
    tell(stage, "click-1-101")
    stage.phone("101", "answer", answer_after=500)
    stage.phone("trunk", "busy")
    click(stage, "101", "click-1-101")
    stage.wait("OriginateResponse")


@scenario
def click_not_picked_up(stage):
    """The user's own phone rings for two seconds."""
    tell(stage, "click-1-101")
    stage.phone("101", "noanswer")
    click(stage, "101", "click-1-101", timeout="2000")
    stage.wait("OriginateResponse")


@scenario
def click_rejected(stage):
    """The user rejects on the own phone."""
    tell(stage, "click-1-101")
    stage.phone("101", "reject", answer_after=800)
    click(stage, "101", "click-1-101")
    stage.wait("OriginateResponse")


@scenario
def click_two_devices(stage):
    """Both devices of a user ring; 102 is picked up, so 101 stops; the far side answers."""
    tell(stage, "click-1-101", "click-1-102")
    stage.phone("101", "noanswer")
    stage.phone("102", "answer", answer_after=1200)
    stage.phone("trunk", "answer", answer_after=800, hangup_after=2000)
    click(stage, "101", "click-1-101")
    click(stage, "102", "click-1-102")
    stage.wait("OriginateResponse", Response="Success")
    stage.action("Hangup", Channel="click-1-101", Cause="26")
    stage.wait("OriginateResponse", 2)


@scenario
def click_two_devices_bridge(stage):
    """The same by ARI: who is picked up enters Stasis, then the far side; both meet in a bridge."""
    tell(stage, "click-1-101", "click-1-102", "click-1-far")
    stage.phone("101", "noanswer")
    stage.phone("102", "answer", answer_after=1200)
    stage.phone("trunk", "answer", answer_after=800, hangup_after=2000)
    ask = stage.ari.request
    for phone in ("101", "102"):
        ask("POST", f"channels/click-1-{phone}", app=APP, endpoint=f"PJSIP/{phone}",
            callerId=NUMBER, timeout=20)
    first = stage.wait_ari("StasisStart")["channel"]["id"]
    ask("DELETE", "channels/click-1-101", reason="answered_elsewhere")
    ask("POST", "bridges/click-1-bridge", type="mixing")
    ask("POST", "bridges/click-1-bridge/addChannel", channel=first)
    ask("POST", "channels/click-1-far", app=APP, endpoint=f"PJSIP/{NUMBER}@trunk",
        originator=first, timeout=20)
    stage.wait_ari("StasisStart", 2)
    ask("POST", "bridges/click-1-bridge/addChannel", channel="click-1-far")
    stage.wait_ari("StasisEnd", channel__id="click-1-far")
    ask("DELETE", f"channels/{first}", may_fail=True)
    ask("DELETE", "bridges/click-1-bridge")
