"""What is seen of the race: a track from above, the picture around the car, its features."""
