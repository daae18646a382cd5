"""What can go wrong with a clip, and what is said of one that could only be read in part: codes and their sentences."""

from collections.abc import Mapping

from model import sentences

# Where the model is at fault, the same is said as everywhere.
SENTENCES = sentences.SENTENCES | {
    "empty": "The file is empty; choose a clip that plays on your device.",
    "not_a_video": "The file is not a clip that can be read; choose an MP4, MOV, WebM, MKV or AVI file.",
    "truncated": "The clip is damaged or cut off; send or save it once more and try again.",
    "no_video": "There are no moving pictures in this file, only sound or text; choose another one.",
    "no_codec": "The pictures of this clip are packed in a way that cannot be read; save it as an MP4 and try again.",
    "no_face": "No face was found in this clip; try one in which a face is larger, upright and well lit.",
    "too_big": "The file has {mb:.0f} MB; at most {max_mb} MB can be read. Cut it shorter or save it smaller.",
    "too_many_pixels": (
        "The pictures of this clip have {width:,} × {height:,} pixels, which is too many; save it at 4K or less."
    ),
    "too_slow": "This clip took over {minutes:.0f} minutes and was given up; cut it shorter or save it smaller.",
    "too_much_memory": "This clip needs more memory than there is for it; save it smaller and try again.",
    "result_too_big": "The clip with the answers became too large; cut it shorter and try again.",
    "disk_full": "There is no room left on the disk of the computer that looks at clips; make some and try again.",
    "busy": "Other clips are being looked at on this computer; wait until one is done and try again.",
    "cancelled": "The clip was not looked at to its end.",
    "failed": "The work on this clip ended before it was done; try again, or save the clip as an MP4 first.",
    "no_clip_reader": (
        "Clips cannot be read now, because the part of the app that opens them does not start; start the app again, "
        "and if that does not help, see its log."
    ),
}

NOTES = {
    "cut": "The clip is longer than what can be read; the rest was left out.",
    "damaged": "Parts of the clip are damaged and were passed over.",
    "scaled": "The clip was made smaller; faces are as sharp as the screen can show.",
    "other_model": "The chosen model could not be opened; the answers are those of the model that the app came with.",
    "crowd": "More faces were seen than can be kept; those that were seen for the shortest time were left out.",
    "no_sound": "The sound of this clip could not be kept.",
}


class VideoError(Exception):
    """A clip without a result; the code is for programs, the text is the English sentence."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code
        self.facts: Mapping[str, object] = facts
