"""A visitor without a browser: speaks to the server as Streamlit's page does, and uploads through its own route.

What the page would show is kept as text: HTML and captions, and what the pictures' component is given, as JSON.
"""

import http.client
import re
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

LIMIT_S = 120.0
_ADDRESS = re.compile(r"/media/[\w.]+")
PHOTO_IN = "rupa-drop"  # part of the id of the drop zone for photos


class Visitor:
    """One open page. Not for several threads."""

    def __init__(self, address: str, **headers: str) -> None:
        self._host = urlsplit(address).netloc
        self._closing = ExitStack()
        self._line = self._open(headers)
        self.session = ""
        self._page = ""
        self._drop_zone = ""
        self._answered: dict[str, FileURLs] = {}
        self._forget()
        self.rerun()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._closing.close()

    def rerun(self) -> None:
        """Open the page, or look at it again, until it is drawn."""
        self._send(self._question())
        self._until(lambda: self.finished)

    def upload(self, name: str, photo: bytes) -> int:
        """Bring a file to the server's store, without telling the page; the status of that."""
        return self.put(self.place(name).upload_url, name, photo)

    def place(self, name: str) -> FileURLs:
        """Where this page may put a file of this name."""
        asked = BackMsg()
        asked.file_urls_request.request_id = uuid.uuid4().hex
        asked.file_urls_request.file_names.append(name)
        asked.file_urls_request.session_id = self.session
        self._send(asked)
        self._until(lambda: asked.file_urls_request.request_id in self._answered)
        return self._answered.pop(asked.file_urls_request.request_id)

    def put(self, path: str, name: str, photo: bytes, method: str = "PUT") -> int:
        connection = http.client.HTTPConnection(self._host, timeout=LIMIT_S)
        head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        headers = {"Content-Type": "multipart/form-data; boundary=x", "X-Xsrftoken": self.token}
        headers["Cookie"] = f"_streamlit_xsrf={self.token}"
        connection.request(method, path, head + photo + b"\r\n--x--\r\n", headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def answered(self, name: str, photo: bytes) -> float:
        """Drop a photo on the page; seconds until the cards of its faces are there."""
        began = time.perf_counter()
        place = self.place(name)
        if (status := self.put(place.upload_url, name, photo)) != 204:
            raise RuntimeError(f"the upload was answered with {status}")
        question = self._question()
        widget = question.rerun_script.widget_states.widgets.add(id=self._drop_zone)
        file = widget.file_uploader_state_value.uploaded_file_info.add(
            name=name, size=len(photo), file_id=place.file_id
        )
        file.file_urls.CopyFrom(place)
        self._forget()
        self._send(question)
        self._until(lambda: "rupa-card" in self.html or "rupa-trouble" in self.html)
        took_s = time.perf_counter() - began
        self._until(lambda: self.finished)
        if "rupa-trouble" in self.html:
            raise RuntimeError("the photo had no answer")
        return took_s

    def _open(self, headers: dict[str, str]) -> ClientConnection:
        connection = http.client.HTTPConnection(self._host, timeout=LIMIT_S)
        connection.request("GET", "/_stcore/health")
        answer = connection.getresponse()
        answer.read()
        connection.close()
        self.token = (answer.headers["Set-Cookie"] or "=").partition("=")[2].partition(";")[0]
        line = connect(
            f"ws://{self._host}/_stcore/stream",
            additional_headers={"Cookie": f"_streamlit_xsrf={self.token}", **headers},
            subprotocols=["streamlit", self.token],  # type: ignore[list-item]
            max_size=None,
            open_timeout=LIMIT_S,
        )
        return self._closing.enter_context(line)

    def _question(self) -> BackMsg:
        question = BackMsg()
        question.rerun_script.page_script_hash = self._page
        question.rerun_script.query_string = ""
        return question

    def _forget(self) -> None:
        self.finished = False
        self.html = ""
        self.captions: list[str] = []
        self.pictures: list[str] = []
        self.addresses: set[str] = set()  # of what the server keeps for this page beside it

    def _send(self, message: BackMsg) -> None:
        if message.WhichOneof("type") == "rerun_script":
            self.finished = False
        self._line.send(message.SerializeToString())

    def _until(self, seen: Callable[[], bool]) -> None:
        end = time.monotonic() + LIMIT_S
        while not seen():
            message = ForwardMsg()
            message.ParseFromString(self._line.recv(timeout=end - time.monotonic()))
            self._took(message)

    def _took(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
            self._page = message.new_session.page_script_hash
        elif kind == "script_finished":
            # A page that is interrupted by what it is asked next is not drawn yet.
            self.finished = message.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY,
                ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
            )
        elif kind == "file_urls_response":
            answer = message.file_urls_response
            self._answered[answer.response_id] = answer.file_urls[0]
        self.addresses |= set(_ADDRESS.findall(str(message)))
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._element(message.delta.new_element)

    def _element(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "file_uploader" and PHOTO_IN in element.file_uploader.id:
            self._drop_zone = element.file_uploader.id
        elif kind == "html" and not element.html.body.startswith("<style>"):
            self.html += element.html.body
        elif kind == "markdown":
            self.captions.append(element.markdown.body)
        elif kind == "bidi_component":
            self.pictures.append(element.bidi_component.json)
