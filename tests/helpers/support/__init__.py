"""What several tests need: networks, environments with mistakes, files of strangers."""
