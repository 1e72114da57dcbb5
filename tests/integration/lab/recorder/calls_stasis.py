"""Calls led by an ARI application."""

from recorder.ari import APP
from recorder.scenario import scenario


def bring_together(stage, caller, phone):
    """Calls a phone for somebody in Stasis; both talk in a bridge until the phone hangs up."""
    ask = stage.ari.request
    ask("POST", "bridges/lab-bridge", type="mixing")
    ask("POST", "channels/lab-leg", app=APP, endpoint=f"PJSIP/{phone}", originator=caller,
        timeout=20)
    stage.wait_ari("StasisStart", channel__id="lab-leg")
    ask("POST", "channels/lab-leg/answer", may_fail=True)
    ask("POST", "bridges/lab-bridge/addChannel", channel=f"{caller},lab-leg")
    stage.wait_ari("StasisEnd", channel__id="lab-leg")
    ask("DELETE", f"channels/{caller}", may_fail=True)
    ask("DELETE", "bridges/lab-bridge")


@scenario
def stasis_dialled(stage):
    """Answered, a prompt, then phone 101."""
    stage.phone("101", "answer", answer_after=800, hangup_after=2000)
    stage.call(f"app-{APP}", from_="+493012345", audio="yes")
    caller = stage.wait_ari("StasisStart")["channel"]["id"]
    stage.ari.request("POST", f"channels/{caller}/answer")
    stage.ari.request("POST", f"channels/{caller}/play/lab-prompt", media="sound:vm-goodbye")
    stage.wait_ari("PlaybackFinished")
    bring_together(stage, caller, "101")


@scenario
def stasis_noanswer(stage):
    """Phone 101 rings for two seconds, then the application lets the caller hear busy and go."""
    stage.phone("101", "noanswer")
    stage.call(f"app-{APP}", from_="+493012345")
    caller = stage.wait_ari("StasisStart")["channel"]["id"]
    stage.ari.request("POST", f"channels/{caller}/ring")
    stage.ari.request("POST", "channels/lab-leg", app=APP, endpoint="PJSIP/101", originator=caller,
                      timeout=2)
    stage.wait_ari("ChannelDestroyed", channel__id="lab-leg")
    stage.ari.request("DELETE", f"channels/{caller}", reason="no_answer")


@scenario
def stasis_queued(stage):
    """A queue of our own: music until phone 101 is called, then the conversation."""
    stage.phone("101", "answer", answer_after=800, hangup_after=2000)
    stage.call(f"app-{APP}", from_="+493012345", audio="yes")
    caller = stage.wait_ari("StasisStart")["channel"]["id"]
    stage.ari.request("POST", f"channels/{caller}/answer")
    stage.ari.request("POST", "bridges/lab-waiting", type="holding")
    stage.ari.request("POST", "bridges/lab-waiting/addChannel", channel=caller)
    stage.ari.request("POST", "bridges/lab-waiting/moh")
    stage.wait_ari("ChannelEnteredBridge")
    stage.look()
    stage.lasts(1.5)
    stage.ari.request("POST", "bridges/lab-waiting/removeChannel", channel=caller)
    stage.wait_ari("ChannelLeftBridge")
    bring_together(stage, caller, "101")
    stage.ari.request("DELETE", "bridges/lab-waiting")


@scenario
def stasis_continued(stage):
    """The application looks and hands the caller on to the dial plan, which rings phone 101."""
    stage.phone("101", "answer", answer_after=800, hangup_after=2000)
    stage.call(f"app-{APP}", from_="+493012345")
    caller = stage.wait_ari("StasisStart")["channel"]["id"]
    stage.ari.request("POST", f"channels/{caller}/continue", context="phones", extension="101",
                      priority=1)


@scenario
def stasis_joined(stage):
    """Two people call the application, which brings them together: two calls become one."""
    stage.call(f"app-{APP}", from_="+493012345", hangup_after=3500)
    caller = stage.wait_ari("StasisStart")["channel"]["id"]
    stage.ari.request("POST", f"channels/{caller}/answer")
    stage.lasts(1)
    stage.call(f"app-{APP}", as_="103")
    colleague = stage.wait_ari("StasisStart", 2)["channel"]["id"]
    stage.ari.request("POST", f"channels/{colleague}/answer")
    stage.ari.request("POST", "bridges/lab-bridge", type="mixing")
    stage.ari.request("POST", "bridges/lab-bridge/addChannel", channel=f"{caller},{colleague}")
    stage.wait_ari("StasisEnd")
    stage.ari.request("DELETE", f"channels/{colleague}")
    stage.ari.request("DELETE", "bridges/lab-bridge")
