"""A world of shoppers, shelves, parcels and mishaps, on simulated time."""

from anyshelf.simulator.world.choosing import Chooser
from anyshelf.simulator.world.demand import Day, Demand, invented
from anyshelf.simulator.world.playing import World, play
from anyshelf.simulator.world.stage import (
    Goods,
    Place,
    Stage,
    invented_stage,
    nodes_of,
    opening,
    rates_of,
    stage_for,
    stage_of,
)

__all__ = [
    "Chooser",
    "Day",
    "Demand",
    "Goods",
    "Place",
    "Stage",
    "World",
    "invented",
    "invented_stage",
    "nodes_of",
    "opening",
    "play",
    "rates_of",
    "stage_for",
    "stage_of",
]
