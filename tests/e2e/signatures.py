"""Keys that sign mails, and Debian's DKIM verifier, which is not ours."""

import json

import dkim

from certificates import openssl

KINDS = {"rsa": ["rsa", "-pkeyopt", "rsa_keygen_bits:2048"], "weak": ["rsa", "-pkeyopt", "rsa_keygen_bits:1024"],
         "short": ["rsa", "-pkeyopt", "rsa_keygen_bits:768"],
         "ed25519": ["ed25519"], "other": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]}


def new_key(folder, kind):
    file = folder / f"{kind}.pem"
    openssl("genpkey", "-algorithm", *KINDS[kind], "-out", file)
    return file


def signing_with(key):
    return {"BUSBAR_EMAIL_DKIM_KEY_FILE": str(key), "BUSBAR_EMAIL_DKIM_SELECTOR": "mail-2026"}


def verifies(busbar, message):
    """With the record that the program says to publish."""
    code, out, err = busbar.command("mail", "dkim", "--json")
    assert code == 0, err
    record = json.loads(out)
    names = {f"{record['name']}.".encode(): record["value"].encode()}
    return dkim.verify(message, dnsfunc=lambda name, timeout=5: names.get(name))
