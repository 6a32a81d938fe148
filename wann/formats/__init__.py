"""The formats that a network can be written in: what each holds and loses is said in its module."""
