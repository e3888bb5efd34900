"""我述你评: what it costs."""
