"""Rules of the network, values in and values out: places, calendars, freight."""
