"""What a broker may have left behind."""

import os
import pathlib

from processes import running_processes
from rabbitmq import accepts


def processes_of(folder):
    """Those that run with the folder in their arguments or variables, but for this test and its pytest."""
    found = []
    for pid in running_processes():
        try:
            texts = [pathlib.Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
        except OSError:  # it has just ended, or belongs to another user
            continue
        if pid != os.getpid() and any(str(folder).encode() in text for text in texts):
            found.append(pid)
    return found


def ports_of(description):
    return [description[name] for name in ("port", "epmd_port", "distribution_port")]


def nothing_is_left(description):
    return (not pathlib.Path(description["home"]).exists() and not processes_of(description["home"])
            and not any(accepts(port) for port in ports_of(description)))
