"""Car racing, the third control task of the paper: Gymnasium's ``CarRacing-v3`` as compiled code.

``track`` makes tracks, ``car`` and ``solver`` let the car move, ``race`` says what it is rewarded
for, ``raster`` and ``picture`` show it, ``encoder`` makes features of that, ``play`` lets networks
drive; ``task`` and ``environment`` offer all this, and ``original`` is Gymnasium's own.
"""
