"""The list of scenarios, filled by the modules that tell them."""

SCENARIOS = {}


def scenario(play):
    """Makes a function of a stage a scenario."""
    SCENARIOS[play.__name__] = play
    return play
