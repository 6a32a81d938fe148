"""Numbers that compiled code computes with: functions of floats and lanes, and activations."""
