"""Calls through Asterisk's own queues: 101, then 102 ring for two seconds each in calls-aq."""

from recorder.scenario import scenario


@scenario
def queue_answered(stage):
    stage.phone("101", "answer", answer_after=1200)
    stage.call("queue", from_="+493012345", hangup_after=3000)


@scenario
def queue_waited(stage):
    """Agent 101 talks to somebody else, 102 pauses: the caller waits until 101 is free again."""
    stage.phone("101", "answer", answer_after=500, hangup_after=2500)
    stage.action("QueuePause", Queue="calls-aq", Interface="PJSIP/102", Paused="true",
                 Reason="lunch")
    stage.call("101", from_="+493067890")
    stage.wait("BridgeEnter", 2)
    stage.call("queue", from_="+493012345")
    stage.wait("QueueCallerJoin")
    stage.look()
    stage.wait("QueueCallerLeave")
    stage.action("QueuePause", Queue="calls-aq", Interface="PJSIP/102", Paused="false")


@scenario
def queue_first_busy(stage):
    stage.phone("101", "busy")
    stage.phone("102", "answer", answer_after=1000, hangup_after=2000)
    stage.call("queue", from_="+493012345")


@scenario
def queue_first_noanswer(stage):
    stage.phone("101", "noanswer")
    stage.phone("102", "answer", answer_after=1000, hangup_after=2000)
    stage.call("queue", from_="+493012345")


@scenario
def queue_agent_hangs_up(stage):
    stage.phone("101", "answer", answer_after=500, hangup_after=2000)
    stage.call("queue", from_="+493012345")


@scenario
def queue_abandoned(stage):
    """The caller, answered by the queue, gives up while the first agent's phone rings."""
    stage.phone("101", "noanswer")
    stage.phone("102", "noanswer")
    stage.call("queue", from_="+493012345", hangup_after=1000)


@scenario
def queue_timeout(stage):
    """Nobody answers within 4 seconds; the dial plan goes on to phone 103, which does."""
    stage.phone("101", "noanswer")
    stage.phone("102", "noanswer")
    stage.phone("103", "answer", answer_after=500)
    stage.call("briefly-queue", from_="+493012345", hangup_after=6000)


@scenario
def queue_local(stage):
    """Members behind Local channels: the first is busy, the second answers."""
    stage.phone("101", "busy")
    stage.phone("102", "answer", answer_after=1000, hangup_after=2000)
    stage.call("local-queue", from_="+493012345")
    stage.wait("AgentConnect")
    stage.look()


@scenario
def queue_transferred(stage):
    """The agent who answered transfers the caller blindly to 103."""
    stage.phone("101", "transfer", "103", answer_after=500, after=1000)
    stage.phone("103", "answer", answer_after=500)
    stage.call("queue", from_="+493012345", hangup_after=5000)


@scenario
def queue_attended(stage):
    """The agent who answered asks 103 and connects the caller: REFER with Replaces."""
    stage.phone("101", "attended", "103", answer_after=500, after=1000, hold_for=1500)
    stage.phone("103", "answer", answer_after=500, hangup_after=3000)
    stage.call("queue", from_="+493012345")
