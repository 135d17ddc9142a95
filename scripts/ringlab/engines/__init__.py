"""Call engines: each is a program for one end of a call, run in that end's namespace, led by lines of JSON.

Events: ready, connected, failed, ended, stats. Commands: hangup, hold, resume, mute, unmute, die. `signal` goes to the other
end through the lab, never over the wire."""
