"""One episode as pictures: the environment, the network at work, its action."""
