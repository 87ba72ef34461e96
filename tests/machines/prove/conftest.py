"""The parts of the proof find each other: this folder is looked through."""
