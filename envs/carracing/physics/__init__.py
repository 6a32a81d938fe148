"""The race: numbers and polygons as Box2D has them, the car, its track, rewards and ends."""
