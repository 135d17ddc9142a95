"""Chromium's WebRTC, headless: a page of our own on the loopback device, which asks this program for its signalling."""

import asyncio
import json
import os

from .endpoint import Endpoint

PAGE = """<!doctype html><script>
const options = %s;
const peer = new RTCPeerConnection({iceServers: options.servers, iceTransportPolicy: options.relay_only ? 'relay' : 'all'});
const tell = (message) => fetch('/tell', {method: 'POST', body: JSON.stringify(message)});
const context = new AudioContext();
const out = context.createMediaStreamDestination();
const noise = context.createBuffer(1, context.sampleRate * 2, context.sampleRate);
const samples = noise.getChannelData(0);
for (let i = 0, level = 0.3; i < samples.length; i++) {
  if (i %% 6000 === 0) level = [0, 0.05, 0.3, 0.6][Math.floor(Math.random() * 4)];
  samples[i] = (Math.random() * 2 - 1) * level;
}
const source = context.createBufferSource();
source.buffer = noise; source.loop = true; source.connect(out); source.start();
out.stream.getTracks().forEach((track) => peer.addTrack(track, out.stream));
if (options.video) {
  const canvas = document.createElement('canvas');
  canvas.width = 320; canvas.height = 240;
  const paint = canvas.getContext('2d');
  setInterval(() => {
    const image = paint.createImageData(320, 240);
    const words = new Uint32Array(image.data.buffer);
    for (let y = 0; y < 240; y += 8) for (let x = 0; x < 320; x += 8) {
      const color = 0xff000000 | Math.random() * 0xffffff;
      for (let j = 0; j < 8; j++) words.fill(color, (y + j) * 320 + x, (y + j) * 320 + x + 8);
    }
    paint.putImageData(image, 0, 0);
  }, 100);
  canvas.captureStream(10).getTracks().forEach((track) => peer.addTrack(track, out.stream));
}
peer.onicecandidate = (event) => event.candidate && tell({signal: {candidate: event.candidate.toJSON()}});
peer.onconnectionstatechange = () => tell({state: peer.connectionState});
async function hear(data) {
  if (data.candidate) return peer.addIceCandidate(data.candidate);
  await peer.setRemoteDescription(data);
  if (data.type === 'offer') { await peer.setLocalDescription(await peer.createAnswer()); tell({signal: peer.localDescription.toJSON()}); }
}
(async () => {
  await context.resume();
  await tell({state: 'page'});
  if (options.caller) { await peer.setLocalDescription(await peer.createOffer()); tell({signal: peer.localDescription.toJSON()}); }
  while (true) {
    const next = await (await fetch('/next')).json();
    if (next.hangup) { peer.close(); await tell({state: 'hungup'}); }
    if (next.mute !== undefined) out.stream.getTracks().forEach((track) => track.enabled = !next.mute);
    if (next.data) await hear(next.data).catch((error) => tell({error: String(error)}));
  }
})();
</script>"""

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-default-apps", "--disable-sync", "--disable-extensions", "--metrics-recording-only", "--mute-audio", "--no-pings",
         "--autoplay-policy=no-user-gesture-required", "--disable-features=WebRtcHideLocalIpsWithMdns,OptimizationHints,MediaRouter,Translate,"
         "AsyncDns,DnsOverHttps,NetworkTimeServiceQuerying", "--disable-domain-reliability", "--disable-dev-shm-usage",
         "--disable-quic"]


class Chromium(Endpoint):
    async def start(self):
        self.queue = asyncio.Queue()
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 8099)
        folder = os.path.join(self.options["folder"], "caller" if self.options.get("caller") else "callee")
        self.process = await asyncio.create_subprocess_exec(
            "chromium", *FLAGS, f"--user-data-dir={folder}",
            # No name is looked up; a TURN server over TCP must be named here even by its address.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1" + "".join(f", EXCLUDE {a}" for a in self.options.get("hosts", [])), "http://127.0.0.1:8099/", stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, env={**os.environ, "HOME": folder})

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1]
                body = b""
                if b"content-length:" in head.lower():
                    body = await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
                kind, answer = "application/json", "{}"
                if path == b"/":
                    kind, answer = "text/html", PAGE % json.dumps(self.options)
                elif path == b"/next":
                    answer = json.dumps(await self.queue.get())
                elif path == b"/tell":
                    self.told(json.loads(body))
                data = answer.encode()
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def told(self, message):
        if "signal" in message:
            self.signal(**message["signal"])
        state = message.get("state")
        if state == "page":
            self.emit("ready")
        elif state:
            self.emit({"connected": "connected", "failed": "failed", "hungup": "hungup"}.get(state, "state"), state=state)
        elif "error" in message:
            self.emit("note", text=message["error"][:200])

    async def on_signal(self, message):
        await self.queue.put({"data": message["data"]})

    async def on_hangup(self, message):
        await self.queue.put({"hangup": True})

    async def on_mute(self, message):
        await self.queue.put({"mute": True})

    async def on_unmute(self, message):
        await self.queue.put({"mute": False})

    async def finish(self):
        if self.process.returncode is None:
            self.process.kill()


if __name__ == "__main__":
    Chromium.run()
