"""The English sentence for each error code, of photos and of models: what happened, and what to do about it.

A code is for programs and never changes; its sentence is for the person who meets it. The terminal and the
API print these; the interface has its own in each language, from the same codes and the same `{facts}`.
"""

SENTENCES = {
    "empty": "The file is empty; choose a picture that opens on your device.",
    "not_an_image": "The file is not a picture; choose a JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP file.",
    "unsupported": "{format} files of this kind cannot be read; save it as a JPEG or PNG and try again.",
    "too_big": "The file has {mb:.1f} MB; at most {max_mb} MB can be read. Save it smaller and try again.",
    "too_many_pixels": (
        "The picture has {width:,} × {height:,} pixels; at most {max_mp} million of this kind in all and "
        "{max_side:,} on a side can be read. Make it smaller and try again."
    ),
    "truncated": "The picture is damaged or cut off; send or save it once more and try again.",
    "too_slow": "Reading the picture took over {seconds:g} seconds; save it as a plain JPEG and try again.",
    "unreadable": "The file cannot be opened: {reason}; check its name and that you may read it.",
    "busy": "Too much is going on at this moment; wait a few seconds and try again.",
    "no_decoder": (
        "Pictures cannot be read now, because the part of the app that opens them does not start; start the app "
        "again, and if that does not help, see its log."
    ),
    "no_face": "No face was found; try a photo in which a face is larger, upright and well lit.",
    "card_wrong": "The card of the model cannot be used: {what}. Restore the model's folder, or train it again.",
    "file_missing": "The model's file {file} is missing; restore the model's folder, or train it again.",
    "file_changed": "The model's file {file} is not the one its card describes, so it was not opened.",
    "other_crop": "The model wants faces cut as {crop!r}, which this version cannot do; choose another model.",
    "model_broken": "The model {name} cannot be opened; choose another one, or train it again.",
    "model_unknown": "There is no model called {name!r}; choose one of those that are there.",
    "choice_lost": "Which model should answer could not be read, so the shipped one does; choose again.",
    "no_model": "There is no model here that can be used; train one first, or restore model/artifacts.",
    "device_unknown": "There is no device called {device!r}; choose one of {devices}.",
}


def sentence(code: str, **facts: object) -> str:
    return SENTENCES[code].format(**facts)
