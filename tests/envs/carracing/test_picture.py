"""What the encoder sees: Gymnasium's frames made small, nearly; and its features."""

import math

import numpy as np
import pytest
from support.racing import drivers, encoder, gymnasiums

from envs.carracing.physics.race import begin, drive, new_race
from envs.carracing.physics.track import FIELD, track_of
from envs.carracing.play import see
from envs.carracing.sight.encoder import Encoder
from envs.carracing.sight.picture import (
    BOTTOM,
    COLUMNS,
    LEFT,
    PIXELS,
    RIGHT,
    ROWS,
    TOP,
    ZOOMED,
    look,
    reduced,
    view,
    zoom_at,
)
from envs.carracing.sight.raster import (
    BLOCK,
    COLOURS,
    LEVELS,
    ORIGIN,
    TEXEL,
    WIDTH,
    field,
    raster_of,
)
from wann.errors import WannError


def seen(race, raster):
    picture = np.empty(3 * PIXELS, np.float32)
    see(race, raster, view(), picture)
    return picture.reshape(ROWS, COLUMNS, 3)


def colour_at(raster, level, x, y):
    """Return the red, green and blue of the texel of a level at a place [m]."""
    side = (WIDTH >> level) // BLOCK
    column, row = (
        int(np.clip((p - ORIGIN) // (TEXEL * 2**level), 0, side * BLOCK - 1)) for p in (x, y)
    )
    block = raster.blocks[raster.first[level] + row // BLOCK * side + column // BLOCK]
    texel = int(raster.texels.reshape(-1, BLOCK, BLOCK)[block, row % BLOCK, column % BLOCK])
    return [texel >> shift & 255 for shift in (0, 8, 16)]


def drive_both(seed, steps):
    """Yield the number of the frame, Gymnasium's picture made small, and ours at the same pose."""
    pytest.importorskip("Box2D", reason="compares with Gymnasium's CarRacing-v3")
    env, track = gymnasiums(pictures=True), track_of(seed)
    frame, _ = env.reset(seed=seed)
    race, raster, driver = new_race(track.size), raster_of(track), drivers(seed)["holds"]
    begin(race, track)
    yield 1, reduced(frame), seen(race, raster)
    for number in range(2, steps):
        action = driver(track, race.car.bodies[0]) * (0.6, 0.6, 1.0)
        frame = env.step(action)[0]
        drive(race, track, *action.tolist())
        yield number, reduced(frame), seen(race, raster)


def test_pictures_are_nearly_those_of_gymnasium():
    """Means over frames of the share of pixels that differ by more than 8 of 255 and of how much a
    number differs, and the square of that as a share of what there is to see.
    """
    found = {True: [], False: []}
    shown = {True: [], False: []}
    for number, gymnasium, own in drive_both(3, 130):
        off = abs(gymnasium - own)
        share = (off.max(axis=-1) > 8).mean()
        found[number < ZOOMED].append((share, off.mean(), (off**2).mean()))
        shown[number < ZOOMED].append(gymnasium)
    for zooming, (most, mean, square) in {
        True: (0.06, 1.0, 0.01),
        False: (0.025, 0.4, 0.008),
    }.items():
        measured = np.mean(found[zooming], axis=0)
        variance = np.var(shown[zooming], axis=0).mean()
        spread = np.var(np.array(shown[zooming]).reshape(-1, 3), axis=0).mean()
        assert variance > 1  # the car moves
        assert measured[0] < most and measured[1] < mean and measured[2] < square * spread


def test_features_are_nearly_those_of_gymnasium():
    features = encoder()
    pairs = [
        (features.features(gymnasium), features.features(own))
        for number, gymnasium, own in drive_both(4, 150)
        if number >= ZOOMED
    ]
    theirs, ours = np.array(pairs).swapaxes(0, 1)
    error = np.sqrt(((theirs - ours) ** 2).mean(axis=0)) / theirs.std(axis=0)
    assert error.max() < 0.15 and np.median(error) < 0.08


@pytest.mark.parametrize("number", [1, 10, 25, 50, 300])
def test_a_pixel_is_the_texel_at_its_middle(number):
    """The look-up against one pixel at a time, in metres of the world."""
    raster, place = raster_of(track_of(3)), (150.0, -40.0, 0.7)
    picture = np.empty(3 * PIXELS, np.float32)
    x, y, angle = place
    look(raster, view(), number, x, y, math.sin(angle), math.cos(angle), 0.0, picture)
    picture, zoom = picture.reshape(ROWS, COLUMNS, 3), zoom_at(number)
    level = min(LEVELS - 1, round(math.log2(zoom_at(ZOOMED) / zoom)))
    same, compared = 0, 0
    for i in range(ROWS):
        for j in range(COLUMNS):
            if TOP <= i < BOTTOM and LEFT <= j < RIGHT:
                continue  # the car
            right, ahead = ((j + 0.5) * 1000 / 32 - 500) / zoom, (600 - (i + 0.5) * 25) / zoom
            east = x + right * math.cos(angle) - ahead * math.sin(angle)
            north = y + right * math.sin(angle) + ahead * math.cos(angle)
            expected = colour_at(raster, level, east, north)
            same += picture[i, j].tolist() == expected
            compared += 1
    assert same >= compared - 2  # rounding may take the texel beside it


def test_rasters_show_field_road_and_kerbs():
    track = track_of(3)
    raster = raster_of(track)
    for _, x, y in track.points[::25]:
        red, green, blue = colour_at(raster, 0, x, y)
        assert 100 <= red == green == blue <= 105
    assert (
        colour_at(raster, 0, 0.25 * FIELD / 20, 0.5 * FIELD / 20) == COLOURS[2].tolist()
    )  # a light patch
    assert colour_at(raster, 0, 1.5 * FIELD / 20, 0.5 * FIELD / 20) == COLOURS[1].tolist()
    assert colour_at(raster, 0, -FIELD - 2, 0) == [0, 0, 0]
    middles = track.kerbs.mean(axis=1)
    assert len(middles) and all(max(colour_at(raster, 0, *middle)) > 150 for middle in middles)
    assert raster.texels.nbytes < 2e6


def test_a_track_has_blocks_of_its_own_only_where_its_road_is():
    """What changes by the road lies in them; all else is the field."""
    track, plain = track_of(5), field().raster
    raster = raster_of(track)
    known = len(plain.texels)
    assert np.array_equal(raster.texels[:known], plain.texels)
    assert np.array_equal(plain.first, raster.first)
    for level in range(LEVELS):
        side = (WIDTH >> level) // BLOCK
        blocks = raster.blocks[raster.first[level] :][: side**2].reshape(side, side)
        own = blocks * BLOCK * BLOCK >= known
        width = TEXEL * 2**level * BLOCK
        for place in (track.quads.reshape(-1, 2) - ORIGIN) // width:
            column, row = place.astype(int)
            assert own[row, column]
        if level == 0:
            assert 0.02 < own.mean() < 0.3
        rest = plain.blocks[plain.first[level] :][: side**2].reshape(side, side)
        assert np.array_equal(blocks[~own], rest[~own])


def test_the_car_is_seen_where_it_is_and_its_wheels_turn():
    """At rest on the road: red in the middle of the lower part, whatever the steering."""
    raster, track = raster_of(track_of(3)), track_of(3)
    pictures = []
    for steer in (-0.4, 0.0, 0.4):
        picture = np.empty(3 * PIXELS, np.float32)
        angle, x, y = track.points[40]
        look(raster, view(), 100, x, y, math.sin(angle), math.cos(angle), steer, picture)
        pictures.append(picture.reshape(ROWS, COLUMNS, 3).copy())
    inside = pictures[1][TOP:BOTTOM, LEFT:RIGHT]
    assert (inside[..., 0] > inside[..., 1] + 20).all()
    assert not np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures[0][:TOP], pictures[2][:TOP])
    # turned to either side it is the mirror image
    car = view().car[ZOOMED]
    assert np.allclose(car[0], car[-1][:, ::-1], atol=0.02)


def test_frames_are_made_small_by_means():
    frame = np.random.default_rng(0).integers(0, 256, (2, 96, 96, 3)).astype(np.uint8)
    small = reduced(frame)
    assert small.shape == (2, ROWS, COLUMNS, 3) and small.dtype == np.float32
    assert small[1, 5, 7] == pytest.approx(frame[1, 15:18, 21:24].mean(axis=(0, 1)), rel=1e-6)
    assert small[0, -1, -1] == pytest.approx(frame[0, 81:84, 93:96].mean(axis=(0, 1)), rel=1e-6)


@pytest.mark.parametrize("n", [1, 16, 17, 40])
def test_features_are_the_components(n):
    rng = np.random.default_rng(0)
    mean, components = rng.uniform(0, 255, 3 * PIXELS), rng.normal(size=(n, 3 * PIXELS))
    pictures = rng.uniform(0, 255, (5, ROWS, COLUMNS, 3)).astype(np.float32)
    made = Encoder.of(mean, components)
    found = made.features(pictures)
    exact = (pictures.reshape(5, -1) - mean) @ components.T
    assert found.shape == (5, n) and found.dtype == np.float32
    assert np.allclose(found, exact, atol=0.01 * abs(exact).max())
    assert not made.features(mean.astype(np.float32).reshape(ROWS, COLUMNS, 3)).any()
    alone = np.array([made.features(picture) for picture in pictures])
    assert alone.tobytes() == found.tobytes()


@pytest.mark.parametrize(
    ("mean", "components"),
    [
        (np.zeros(3), np.zeros((2, 3 * PIXELS))),
        (np.zeros(3 * PIXELS), np.zeros((2, 3))),
        (np.zeros(3 * PIXELS), np.zeros(3 * PIXELS)),
        (np.zeros(3 * PIXELS), np.zeros((0, 3 * PIXELS))),
        (np.full(3 * PIXELS, np.nan), np.zeros((2, 3 * PIXELS))),
    ],
)
def test_encoders_of_other_shapes_are_refused(mean, components):
    with pytest.raises(WannError, match="encoder: "):
        Encoder.of(mean, components)
