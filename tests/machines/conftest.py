"""The machines find each other's parts: this folder and the ones in it are looked through."""
