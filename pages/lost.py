"""For an address that leads nowhere: says so, and shows the way home."""

import streamlit as st

from ui.language import t

st.title(t("There is no page here"))
st.write(t("The address may have been mistyped, or the page may have moved."))
if st.button(t("To the first page"), type="primary"):
    st.switch_page("../pages/photo.py")
