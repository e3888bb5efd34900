"""我述你评: what the public, complainants, evaluators and meetings say of a report; no vote leads to a person."""
