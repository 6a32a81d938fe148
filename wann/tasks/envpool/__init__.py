"""EnvPool's environments, which are C++, as tasks."""
