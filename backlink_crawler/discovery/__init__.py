"""Open sources that know pages which link to a target: one module for each, behind one interface (`source.py`)."""
