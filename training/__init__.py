"""From labelled photos to a model that can be trusted. Imports model; never streamlit, ui or api."""
