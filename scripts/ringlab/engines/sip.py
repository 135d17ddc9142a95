"""SIP call end: baresip with G.711 or Opus, led by its control port; the client has a public address, as SIP needs here."""

import asyncio
import json
import os

from .endpoint import Endpoint

CONFIG = """poll_method epoll
sip_listen {address}:5060
audio_player aubridge,nil
audio_source ausine,{tone}
audio_alert aubridge,nil
ausrc_srate 48000
auplay_srate 48000
ausrc_channels 2
auplay_channels 2
audio_buffer 20-160
audio_telev_pt 101
rtp_tos 184
rtp_ports {first}-{last}
rtcp_mux no
jitter_buffer_type off
module_path /usr/lib/baresip/modules
module {codec}.so
module ausine.so
module aubridge.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:4444
"""


class SIP(Endpoint):
    async def start(self):
        o = self.options
        folder = os.path.join(o["folder"], "caller" if o.get("caller") else "callee")
        os.makedirs(folder, exist_ok=True)
        first = 16000 + o["seed"] % 8000 * 2
        codec = o.get("codec", "g711")
        with open(os.path.join(folder, "config"), "w") as f:
            f.write(CONFIG.format(address=o["address"], tone=300 + o["seed"] % 500,  codec=codec, first=first, last=first + 100))
        name = "alice" if o.get("caller") else "bob"
        answer = "" if o.get("unanswered") else ";answermode=auto"
        with open(os.path.join(folder, "accounts"), "w") as f:
            f.write(f"<sip:{name}@{o['address']}>;regint=0{answer}\n")
        open(os.path.join(folder, "contacts"), "w").close()
        self.process = await asyncio.create_subprocess_exec("baresip", "-f", folder, stdin=asyncio.subprocess.PIPE,
                                                            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        asyncio.create_task(self.read())
        for _ in range(50):
            try:
                self.reader, self.writer = await asyncio.open_connection("127.0.0.1", 4444)
                break
            except OSError:
                await asyncio.sleep(0.1)
        else:
            self.emit("failed", state="no control port")
            return
        self.emit("ready")
        if o.get("caller"):
            await asyncio.sleep(0.5)
            await self.tell("dial", f"sip:bob@{o['peer']}")

    async def tell(self, command, parameters=""):
        text = json.dumps({"command": command, "params": parameters, "token": "x"})
        self.writer.write(f"{len(text)}:{text},".encode())
        await self.writer.drain()

    async def read(self):
        async for line in self.process.stdout:
            text = line.decode(errors="replace").strip()
            if "Call established" in text:
                self.emit("connected")
            elif "session closed" in text or "terminated" in text:
                self.emit("closed", text=text[:120])
            elif text:
                print(text[:160].replace("{", "("), flush=True)

    async def on_hangup(self, message):
        await self.tell("hangup")
        await asyncio.sleep(0.4)
        self.emit("hungup")

    async def on_hold(self, message):
        await self.tell("hold")

    async def on_resume(self, message):
        await self.tell("resume")

    async def finish(self):
        if self.process.returncode is None:
            self.process.terminate()


if __name__ == "__main__":
    SIP.run()
