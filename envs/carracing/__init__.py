"""Car racing, the third control task of the paper: Gymnasium's ``CarRacing-v3`` as compiled code.

``physics`` lets the car move on its track, ``sight`` makes a picture and features of it, ``play``
lets networks drive. ``task`` and ``environment`` offer that; ``original`` is Gymnasium's own.
"""
