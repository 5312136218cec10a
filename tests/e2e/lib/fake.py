# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that is no dossierd: it answers each connection with the next of its replies, whatever was asked.

    h = Hostile([http({"hits": []})]); dossier("search", "x", socket=h.path); h.close()
"""
import json, os, socket, tempfile, threading


class Hostile:
    """A server that gives each connection the next reply, whatever was asked."""

    def __init__(self, replies):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "s")
        self.replies, self.served = replies, 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(16)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        for reply in self.replies:
            try:
                c, _ = self.listener.accept()
            except OSError:
                return
            try:
                c.settimeout(10)
                head = b""
                while b"\r\n\r\n" not in head:
                    head += c.recv(65536)
                c.sendall(reply)
                c.shutdown(socket.SHUT_WR)
                while c.recv(65536):
                    pass
            except OSError:
                pass
            c.close()
            self.served += 1

    def close(self):
        self.listener.close()
        self.folder.cleanup()


def http(body, status=200, extra=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n" % (status, len(body), extra) + body
