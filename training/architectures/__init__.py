"""Networks that `keras.applications` does not have, or has in a form that only it could open again."""
