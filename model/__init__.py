"""From untrusted bytes to an honest answer. Never imports streamlit, ui, api or training."""
